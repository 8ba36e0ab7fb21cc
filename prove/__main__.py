"""``script/prove``: run the sections and print what they got against what is wanted."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from prove import crowds, killed, record, stock
from prove.ground import Ground, Sheet, engines

SECTIONS = {
    "last_slot": crowds.last_slot,
    "double_submit": crowds.double_submit,
    "lost_update": crowds.lost_update,
    "kill9": killed.kill9,
    "audit": record.audit,
    "last_part": stock.last_part,
    "one_delivery": stock.one_delivery,
    "any_moves": stock.any_moves,
}
GROUPS = {"stock": ("last_part", "one_delivery", "any_moves")}


def main() -> int:
    """0 when every figure is met, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="script/prove", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=" ".join((*SECTIONS, *GROUPS)))
    parser.add_argument("--full", action="store_true", help="the figures of the design, such as 200 kills")
    options = parser.parse_args()
    names = [one for name in options.names for one in GROUPS.get(name, (name,))]
    unknown = set(names) - set(SECTIONS)
    if unknown:
        parser.error(f"no such proof: {' '.join(sorted(unknown))}")
    sheet = Sheet()
    with engines() as fresh:
        for name in names or SECTIONS:
            for engine in ("sqlite", "postgres"):
                with tempfile.TemporaryDirectory(prefix="prove-") as folder:
                    ground = Ground(engine, fresh(engine, Path(folder)), Path(folder), options.full)
                    try:
                        SECTIONS[name](ground, sheet.lines(name, engine))
                    finally:
                        ground.close()
    return 1 if sheet.failed else 0


if __name__ == "__main__":
    sys.exit(main())
