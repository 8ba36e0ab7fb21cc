"""Workflows: one table of moves per noun; the same table draws the buttons and guards the POST."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.kernel.actor import Actor
from app.kernel.errors import N_, DomainError, RuleBroken, WrongState
from app.kernel.permission import Permission

# A rule looks at plain facts and says why not, or None when the move may happen.
Rule = Callable[[Any], "Refusal | None"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a move is not possible now: an English message marked by N_ and its parameters."""

    message: str
    params: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def because(cls, message: str, **params: Any) -> Refusal:
        """A refusal with named parameters."""
        return cls(message, tuple(params.items()))

    def error(self) -> DomainError:
        """The refusal as the error that an operation raises."""
        return RuleBroken(self.message, **dict(self.params))


@dataclass(frozen=True, slots=True)
class Move:
    """One permitted move: its name (also the URL's last part), from where, to where, who may, and its guard.

    A target of None stays where it is: something about the thing changes, not where it stands.
    """

    name: str
    sources: frozenset[StrEnum]
    target: StrEnum | None
    permission: Permission
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A move as a screen shows it: possible now, or disabled with the reason."""

    move: Move
    refusal: Refusal | None


class Workflow:
    """The moves of one noun."""

    def __init__(self, noun: str, moves: Iterable[Move]) -> None:
        self.noun = noun
        self.moves = {move.name: move for move in moves}

    def check(self, name: str, state: StrEnum, actor: Actor, facts: Any = None) -> StrEnum:
        """The state after move ``name``; raises Forbidden, WrongState or RuleBroken when it may not happen."""
        move = self.moves[name]
        actor.require(move.permission)
        if state not in move.sources:
            raise WrongState(
                N_("This step is not possible any more: someone has moved it on, or an earlier step is missing.")
            )
        if move.rule is not None:
            refusal = move.rule(facts)
            if refusal is not None:
                raise refusal.error()
        return state if move.target is None else move.target

    def offers(self, state: StrEnum, actor: Actor, facts: Any = None) -> list[Offer]:
        """The moves that leave ``state`` and that the actor may do, each with the reason if it is blocked now."""
        return [
            Offer(move, move.rule(facts) if move.rule else None)
            for move in self.moves.values()
            if state in move.sources and actor.may(move.permission)
        ]

    def pairs(self) -> set[tuple[str, str]]:
        """Every (from, to) that the table allows; the invariant check holds the history against it."""
        return {
            (source.value, (source if move.target is None else move.target).value)
            for move in self.moves.values()
            for source in move.sources
        }
