"""``script/bench``: one line ``name value unit`` per figure on stdout, progress on stderr."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import sections
from bench.person import Person
from bench.sections import Bench
from bench.servers import ROOT, Server, serving
from bench.shop import Shop


def _note(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _fill(folder: Path) -> Shop:
    """The shop, made by a process of its own: the client stays small."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.shop", str(folder)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        env={k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "SECRET_KEY"}},
    )
    return Shop(**json.loads(done.stdout.splitlines()[-1]))


class _Portal:
    """The portal's server, which a section may start anew."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.stack = folder, contextlib.ExitStack()

    def start(self) -> Server:
        """Stop what runs and start again."""
        self.stack.close()
        return self.stack.enter_context(serving("app.serve", self.folder, "/healthz", "--quiet"))


def main() -> None:
    """Fill a shop, start the servers, run the sections."""
    parser = argparse.ArgumentParser(prog="script/bench", description="How fast the portal is on this machine.")
    parser.add_argument("section", nargs="*", help="sections to run; without one: " + ", ".join(sections.STANDARD))
    parser.add_argument("--quick", action="store_true", help="shorter slices: within 50 s")
    parser.add_argument("--list", action="store_true", help="list the sections and stop")
    options = parser.parse_args()
    if options.list:
        print("\n".join(sections.known()))
        return
    unknown = set(options.section) - set(sections.known())
    if unknown:
        parser.error(f"no such section: {', '.join(sorted(unknown))}; there are {', '.join(sections.known())}")
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        folder = Path(name)
        _note("filling a shop")
        shop = _fill(folder)
        portal = _Portal(folder)
        with contextlib.ExitStack() as stack:
            stack.callback(portal.stack.close)
            floor = stack.enter_context(serving("bench.floor", folder, "/"))
            server = portal.start()
            person = Person(server.port, shop.login, shop.password)
            bench = Bench(shop, server, floor, person, options.quick, _note, portal.start)
            for section in options.section or sections.STANDARD:
                for line in sections.run(section, bench):
                    print(line, flush=True)
    _note(f"{time.perf_counter() - began:.0f} s, load {' '.join(f'{x:.1f}' for x in os.getloadavg())}")


if __name__ == "__main__":
    main()
