"""An icon that is not in the sprite shows nothing at all, and nobody gets an error."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
USED = re.compile(r"""\b(?:[Ii]con|self_icon)(?:\(|=|: ?)["']([a-z][a-z0-9-]+)["']""")


def test_every_icon_in_use_is_in_the_sprite() -> None:
    lines = (ROOT / "static" / "icons.txt").read_text(encoding="utf-8").splitlines()
    known = {line for line in lines if line and not line.startswith("#")}
    sources = [*(ROOT / "app").rglob("*.html"), *(ROOT / "static" / "js").rglob("*.js")]
    used = {
        (name, source.relative_to(ROOT).as_posix())
        for source in sources
        for name in USED.findall(source.read_text(encoding="utf-8"))
    }
    assert len(used) > 10
    assert sorted((name, source) for name, source in used if name not in known) == []
