"""Refusals of the domain: each says what happened in the words of the person who tried."""

from __future__ import annotations

from typing import Any


def N_(text: str) -> str:  # noqa: N802 - the gettext convention for "mark only"
    """Mark ``text`` for translation; the edge translates it when it shows the error."""
    return text


class DomainError(Exception):
    """A refusal with an English message (marked by :func:`N_`) and named parameters.

    ``status`` is the HTTP status that the edge answers with; ``field`` names the form field at fault, if one is.
    """

    status = 409

    def __init__(self, message: str, /, *, field: str | None = None, **params: Any) -> None:
        super().__init__(message)
        self.message = message
        self.params = params
        self.field = field

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


class InvalidInput(DomainError):
    """What was typed cannot be meant; the form is shown again with it."""

    status = 422


class WrongState(DomainError):
    """The move is not possible from where the thing stands now."""


class RuleBroken(DomainError):
    """A guard of the trade forbids the move now, with the reason in words."""


class StaleVersion(DomainError):
    """Somebody else saved in between; what was typed is kept on the screen."""

    def __init__(self) -> None:
        super().__init__(N_("Somebody else changed this in the meantime. Check what is there now, then save again."))


class Forbidden(DomainError):
    """The actor lacks the permission."""

    status = 403


class NotFound(DomainError):
    """No such row, or not one that this actor may see."""

    status = 404


class KeyReused(DomainError):
    """An idempotency key came back with another body."""

    status = 422

    def __init__(self) -> None:
        super().__init__(N_("This form was already sent with other contents. Reload the page and try again."))
