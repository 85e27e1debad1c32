"""An icon that is not in the sprite shows nothing at all, and nobody gets an error."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
USED = re.compile(r"""\b(?:[Ii]con|self_icon)(?:\(|=|: ?)["']([a-z][a-z0-9-]+)["']""")
#: In scripts: the name that a component is given, what a condition gives it, and tables of signs.
GIVEN = re.compile(r"""Icon\} name=(?:"([a-z][a-z0-9-]+)"|\$\{([^}]*)\})""")
TABLES = re.compile(r"const SIGNS = \{(.*?)\}", re.DOTALL)
CHOICE = re.compile(r"""[?:]\s*"([a-z][a-z0-9-]+)\"""")


def names_in(source: str) -> set[str]:
    """Every icon that the text names."""
    given = GIVEN.findall(source)
    chosen = [*(condition for _, condition in given), *TABLES.findall(source)]
    return {
        *USED.findall(source),
        *(name for name, _ in given if name),
        *(name for text in chosen for name in CHOICE.findall(text)),
    }


def test_every_icon_in_use_is_in_the_sprite() -> None:
    lines = (ROOT / "static" / "icons.txt").read_text(encoding="utf-8").splitlines()
    known = {line for line in lines if line and not line.startswith("#")}
    sources = [*(ROOT / "app").rglob("*.html"), *(ROOT / "static" / "js").rglob("*.js")]
    used = {
        (name, source.relative_to(ROOT).as_posix())
        for source in sources
        for name in names_in(source.read_text(encoding="utf-8"))
    }
    assert len(used) > 10
    assert sorted((name, source) for name, source in used if name not in known) == []


def test_names_in_scripts_are_seen() -> None:
    table = 'const SIGNS = { a: "one", b: "two" };'
    pieces = """html`<${Icon} name="three" /><${Icon} name=${x === "y" ? "four" : "five"} />`"""
    assert names_in(table + pieces) == {"one", "two", "three", "four", "five"}
