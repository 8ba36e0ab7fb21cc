"""What a test process works out once: some thousand applications are made in it, and each would begin cold.

Compiling templates and statements anew for each took more than half of the processor's time of the tests. A shop's
worker does it once in its life.
"""

from __future__ import annotations

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache


class _Templates(BytecodeCache):
    """Compiled templates; Jinja asks for them by their source, and our words are folded into the code by language."""

    def __init__(self) -> None:
        self.known: dict[tuple[str | None, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Called by Jinja before it compiles."""
        if found := self.known.get((bucket.environment.language, bucket.key)):  # type: ignore[attr-defined]
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Called by Jinja after it has compiled."""
        self.known[bucket.environment.language, bucket.key] = bucket.bytecode_to_string()  # type: ignore[attr-defined]


TEMPLATES = _Templates()

# Compiled statements are kept by dialect, and each engine has a dialect object of its own: here, those of one kind are
# one. All engines of a process talk to the same server and the same library, so that they differ in nothing.
STATEMENTS: LRUCache[object, object] = LRUCache(3000)
DefaultDialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign,assignment]
DefaultDialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
