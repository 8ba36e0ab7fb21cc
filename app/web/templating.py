"""Templates that are compiled once per language, with everything that cannot change folded into their text.

A page of this portal has about forty words and thirty addresses that are the same at every request. Asking gettext and
``url_for`` for each of them took more than half of a page's time. So each language has a Jinja environment of its own, in
which ``_('Orders')`` is the translated word already, ``url_for('static', …)`` the address, and a name that no data enters
is plain text when the template is compiled. What depends on a request, a person or a row is left alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import current_app, g, has_app_context
from flask.templating import Environment
from flask_babel import force_locale, get_locale, gettext
from jinja2 import Template, nodes, pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, _escape_inner, escape


def current_language() -> str:
    """The language of this request, asked of Babel once: its answer costs more than a word."""
    known: str | None = g.get("words_language")
    if known is None:
        known = g.words_language = str(get_locale())
    return known


_words: dict[tuple[str, str], str] = {}


def word(msgid: str) -> str:
    """A fixed word of ours in the language of this request; for labels, which long lists ask for again and again.

    Only for msgids of the source: each is kept for ever.
    """
    key = (current_language(), msgid)
    found = _words.get(key)
    if found is None:
        found = _words[key] = gettext(msgid)
    return found


def shown(value: Any) -> str:
    """``value`` as it stands in a page, escaped unless it is markup already.

    What ``escape`` does, without a new Markup around each of some eight hundred values of a page: the page only joins
    them to its text.
    """
    kind = type(value)
    if kind is str:
        return _escape_inner(value)  # the function that ``escape`` itself calls
    return value if kind is Markup else escape(value)


class _Generator(CodeGenerator):
    """Jinja's compiler, with :func:`shown` where a value is put into the page."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        self.writeline("from app.web.templating import shown")
        super().visit_Template(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("shown(")


class _Context(Context):
    """Jinja's context, with a short way to our macros, which never ask for it."""

    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        if type(__obj) is not Macro:
            return super().call(__obj, *args, **kwargs)
        kwargs.pop("_loop_vars", None)
        kwargs.pop("_block_vars", None)
        return __obj(*args, **kwargs)


class _Template(Template):
    """A template whose macros are made once: no page hands out globals of its own, so Jinja need not compare them."""

    def _get_default_module(self, ctx: Context | None = None) -> Any:
        if self._module is None:
            self._module = self.make_module()
        return self._module


DRAWINGS = "components/ui.html"
# Its macros that look at nothing but their values: an order's page draws some hundred, many of them alike.
PURE = ("icon", "state", "money", "quantity", "hours", "plate", "time_at")


def _drawn(environment: PortalEnvironment, name: str) -> Any:
    """A filter that draws by the macro ``name`` and remembers the last some hundred drawings.

    ``typed``: text and markup of the same characters are equal, but only one of them is escaped.
    """

    @lru_cache(maxsize=500, typed=True)
    def draw(*args: Any, **kwargs: Any) -> Any:
        return environment.drawing(name)(*args, **kwargs)

    @pass_context  # so that Jinja does not try it while it compiles the macros themselves
    def drawn(_context: Context, *args: Any, **kwargs: Any) -> Any:
        return draw(*args, **kwargs)

    return drawn


class PortalEnvironment(Environment):
    """Flask's environment, which hands out templates of the request's language."""

    code_generator_class = _Generator
    context_class = _Context
    template_class = _Template
    language: str | None = None  # of an environment whose templates are bound to one

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self.by_language: dict[str, PortalEnvironment] = {}

    def bound_to(self, language: str) -> PortalEnvironment:
        """The environment of one language: our loader, filters and globals, its own compiled templates."""
        found = self.by_language.get(language)
        if found is None:
            found = self.overlay(cache_size=400)  # type: ignore[assignment]
            found.language = language
            found.filters = {**self.filters, **{f"drawn_{name}": _drawn(found, name) for name in PURE}}
            self.by_language[language] = found
        return found

    def drawing(self, name: str) -> Any:
        """A macro of components/ui.html."""
        return getattr(self.get_template(DRAWINGS).module, name)

    def _load_template(self, name: str, globals: Any) -> Template:
        # Included, imported and extended templates are asked of the environment that compiled the outer one: bound already.
        if self.language is None and has_app_context():
            return self.bound_to(current_language())._load_template(name, globals)
        return super()._load_template(name, globals)

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        if self.language is not None:
            auto = self.autoescape(name) if callable(self.autoescape) else self.autoescape
            with force_locale(self.language):
                source = _Fold(self, name, bool(auto)).visit(source)
        return super()._generate(source, name, filename, defer_init=defer_init)


class _Fold(NodeTransformer):
    """Replaces calls whose result is the same at every request by that result."""

    def __init__(self, environment: PortalEnvironment, name: str | None, autoescape: bool) -> None:
        self.environment, self.autoescape, self.inside = environment, autoescape, name == DRAWINGS
        self.drawn = set(PURE) if self.inside else set()  # by the names of this template

    def visit_FromImport(self, node: nodes.FromImport) -> nodes.Node:
        if isinstance(node.template, nodes.Const) and node.template.value == DRAWINGS and self.autoescape:
            self.drawn |= set(PURE) & {name for name in node.names if isinstance(name, str)}
        return node

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:
        self.generic_visit(node.call)  # its values; the call itself has to stay one
        node.body = [self.visit(part) for part in node.body]
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        if isinstance(node.node, nodes.Name) and node.dyn_args is None and node.dyn_kwargs is None:
            if node.node.name == "_" and len(node.args) == 1 and isinstance(node.args[0], nodes.Const):
                return self._words(node, node.args[0].value)
            if node.node.name == "url_for" and (address := _fixed_address(node)):
                return nodes.Const(address, lineno=node.lineno)
            if node.node.name in self.drawn and node.args:
                return self._drawing(node, node.node.name)
        return node

    def _words(self, node: nodes.Call, msgid: str) -> nodes.Node:
        """What ``_`` would give: the text, and ``%`` with the named values, which Markup escapes."""
        text = gettext(msgid)
        text = Markup(text) if self.autoescape else text
        if not node.kwargs:
            return nodes.Const(text % {}, lineno=node.lineno)
        values = [nodes.Pair(nodes.Const(k.key), k.value, lineno=node.lineno) for k in node.kwargs]
        return nodes.Mod(nodes.Const(text), nodes.Dict(values), lineno=node.lineno)

    def _drawing(self, node: nodes.Call, name: str) -> nodes.Node:
        """A pure macro: its text if all its values are fixed, else by way of :func:`_drawn`."""
        if _all_fixed(node) and not self.inside:
            values = {k.key: k.value.value for k in node.kwargs}  # type: ignore[attr-defined]
            text = self.environment.drawing(name)(*(a.value for a in node.args), **values)  # type: ignore[attr-defined]
            return nodes.Const(Markup(text), lineno=node.lineno)
        first, *others = node.args
        return nodes.Filter(first, f"drawn_{name}", others, node.kwargs, None, None, lineno=node.lineno)


def _all_fixed(node: nodes.Call) -> bool:
    values = [*node.args, *(k.value for k in node.kwargs)]
    return bool(node.args) and all(isinstance(value, nodes.Const) for value in values)


def _fixed_address(node: nodes.Call) -> str | None:
    """The address of a route that takes no value of the request, below the root of the server (as our cookies are)."""
    if len(node.args) != 1 or not _all_fixed(node) or any(k.key.startswith("_") for k in node.kwargs):
        return None
    values = {k.key: k.value.value for k in node.kwargs}  # type: ignore[attr-defined]
    endpoint = node.args[0].value  # type: ignore[attr-defined]
    if "." not in endpoint and endpoint != "static":
        return None
    return current_app.url_map.bind("").build(endpoint, values)
