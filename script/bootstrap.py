"""Makes the virtual environment where there is neither pip nor python3-venv: `bootstrap.py .venv LOCK`.

Fetches one pinned pip wheel by its hash (from the index that pip's own settings name), and lets it install the lock.
"""

from __future__ import annotations

import configparser
import hashlib
import os
import re
import ssl
import subprocess
import sys
import urllib.parse
import urllib.request
import venv
from pathlib import Path

PIP = "pip-26.3-py3-none-any.whl"
SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
DEFAULT_INDEX = "https://pypi.org/simple"


def setting(name: str) -> str | None:
    """A setting of pip: from the environment, else from its configuration files."""
    if value := os.environ.get("PIP_" + name.upper().replace("-", "_")):
        return value
    for path in (Path.home() / ".config/pip/pip.conf", Path.home() / ".pip/pip.conf", Path("/etc/pip.conf")):
        config = configparser.ConfigParser(interpolation=None)
        try:
            config.read(path)
        except (configparser.Error, OSError):
            continue
        if config.has_option("global", name):
            return config.get("global", name)
    return None


def fetch_pip(target: Path) -> None:
    """Download the pinned wheel; refuses one with another hash."""
    if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() == SHA256:
        return
    context = ssl.create_default_context(cafile=setting("cert"))
    page = (setting("index-url") or DEFAULT_INDEX).rstrip("/") + "/pip/"
    with urllib.request.urlopen(page, context=context, timeout=60) as answer:
        html = answer.read().decode()
    links = [link for link in re.findall(r'href="([^"]+)"', html) if PIP in link]
    if not links:
        sys.exit(f"The package index has no {PIP}.")
    address = urllib.parse.urljoin(page, links[0].split("#")[0].replace("&amp;", "&"))
    with urllib.request.urlopen(address, context=context, timeout=180) as answer:
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != SHA256:
        sys.exit(f"{PIP} has another hash than the pinned one; not used.")
    target.write_bytes(content)


def main() -> None:
    """Make the environment and install the lock into it, every file checked against its hash."""
    folder, lock = Path(sys.argv[1]), sys.argv[2]
    python = folder / "bin" / "python"
    if not python.exists():
        venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
    wheel = folder / PIP
    fetch_pip(wheel)
    command = [str(python), f"{wheel}/pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--require-hashes", "--only-binary", ":all:", "-r", lock], check=True)


if __name__ == "__main__":
    main()
