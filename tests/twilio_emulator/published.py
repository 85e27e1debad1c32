"""Twilio's own OpenAPI files: taken by npm at set-up, never committed (`python -m tests.twilio_emulator.published`).

They come in a package whose dependencies are 150 MB that nothing here runs. So npm fetches its archive alone, from
whichever registry it is set to; it must have the integrity that `published.json` pins, and three files of it stay.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

PINNED = Path(__file__).with_name("published.json")
PLACE = Path(__file__).with_name(".openapi")


def fetch() -> None:
    """Twilio's files lie in `PLACE`.

    Raises:
        SystemExit: npm did not get the archive, or it is not the one that was pinned.
    """
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"{pinned['package']}@{pinned['version']}", "--silent", "--ignore-scripts"]
        subprocess.run([*command, "--pack-destination", folder], check=True, stdout=subprocess.DEVNULL)
        archive = next(Path(folder).glob("*.tgz"))
        found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if found != pinned["integrity"]:
            sys.exit(f"{pinned['package']}@{pinned['version']} is {found}, not what {PINNED.name} pins.")
        PLACE.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as tar:
            for name, inside in pinned["files"].items():
                source = tar.extractfile(inside)
                if source is None:
                    sys.exit(f"{inside} is not in {pinned['package']}@{pinned['version']}.")
                (PLACE / name).write_bytes(source.read())


def document(name: str) -> dict[str, Any]:
    """One of the files, parsed.

    Raises:
        FileNotFoundError: set-up did not take them; `make test` does.
    """
    path = PLACE / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: `make test` takes Twilio's OpenAPI files at set-up.")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    fetch()
