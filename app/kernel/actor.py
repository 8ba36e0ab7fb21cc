"""Who does it: handed to every operation, so that no rule reads a global user."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.kernel.errors import N_, Forbidden
from app.kernel.permission import Permission


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or the system, or a customer behind a signed link) with what they may do."""

    name: str
    staff_id: int | None = None
    permissions: frozenset[Permission] = field(default_factory=frozenset)
    via: str = "password"  # password | pin | link | system

    def may(self, permission: Permission) -> bool:
        """True when the actor holds ``permission``."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise :class:`Forbidden` unless the actor holds ``permission``."""
        if permission not in self.permissions:
            raise Forbidden(N_("You may not do this. Ask someone whose role allows it."))


SYSTEM = Actor(name="system", permissions=frozenset(Permission), via="system")
