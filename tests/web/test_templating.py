"""What is put into templates when they are compiled must be what asking at each request would give."""

from __future__ import annotations

from flask import Flask, g, render_template_string
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.domain.staff.model import Language
from tests.support import cast
from tests.support.page_client import PageClient

UI = '{% from "components/ui.html" import icon, state, money %}'


def drawn(app: Flask, text: str, language: str, **values: object) -> str:
    """A template as it is compiled for a language."""
    with app.test_request_context():
        g.language = language
        template = app.jinja_env.bound_to(language).from_string(UI + text)  # type: ignore[attr-defined]
        return template.render(**values)


def test_each_person_reads_the_page_in_their_own_language_whoever_came_first(
    client: PageClient, session: Session
) -> None:
    cast.person(session, "adviser", Language.CHINESE)
    cast.person(session, "controller", Language.ENGLISH)
    session.commit()
    for _ in range(2):  # compiled, and compiled already
        chinese = client.as_("adviser").get("/orders").get_data(as_text=True)
        english = client.as_("controller").get("/orders").get_data(as_text=True)
        assert '<html lang="zh-CN">' in chinese and "Skip to content" not in chinese
        assert '<html lang="en">' in english and "Skip to content" in english


def test_two_people_with_different_permissions_see_their_own_departments(client: PageClient, session: Session) -> None:
    cast.person(session, "adviser")
    cast.person(session, "administrator")
    session.commit()
    for _ in range(2):
        assert "/admin/staff" not in client.as_("adviser").get("/").get_data(as_text=True)
        assert "/admin/staff" in client.as_("administrator").get("/").get_data(as_text=True)


def test_text_and_markup_of_the_same_characters_are_not_mixed_up(app: Flask) -> None:
    text = "{{ state(label, 'late') }}"
    for _ in range(2):
        assert "<b>x</b>" in drawn(app, text, "en", label=Markup("<b>x</b>"))
        assert "&lt;b&gt;x&lt;/b&gt;" in drawn(app, text, "en", label="<b>x</b>")


def test_values_in_a_sentence_are_escaped(app: Flask) -> None:
    text = "{{ _('No match for “%(text)s”', text=typed) }}"
    for language in ("en", "zh_Hans_CN"):
        assert "&lt;script&gt;" in drawn(app, text, language, typed="<script>")
        assert "<i>ok</i>" in drawn(app, text, language, typed=Markup("<i>ok</i>"))


def test_a_percent_sign_in_a_sentence_stays_one(app: Flask) -> None:
    assert "13 %" in drawn(app, "{{ _('of which VAT 13 %%') }}", "en")
    assert "%%" not in drawn(app, "{{ _('of which VAT 13 %%') }}", "zh_Hans_CN")


def test_a_name_of_the_template_hides_the_macro_of_the_same_name(app: Flask) -> None:
    with app.test_request_context():
        g.language = "en"
        template = app.jinja_env.bound_to("en").from_string(  # type: ignore[attr-defined]
            "{% macro icon(name) %}[{{ name }}]{% endmacro %}{{ icon('x') }}{{ icon(y) }}"
        )
        assert template.render(y="z") == "[x][z]"


def test_a_template_from_a_string_works_as_ever(app: Flask) -> None:
    with app.test_request_context():
        g.language = "en"
        assert render_template_string("{{ _('Orders') }} {{ url_for('home.search') }}") == "Orders /search"
