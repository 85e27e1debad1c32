"""The documents say what is: settings, targets, files, roles. And no tracked text tells where it was written."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.security.models import ROLES
from app.security.roles import PERMISSIONS
from config import Settings

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "benchmarks" / "README.md"]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"")
#: What is made here or comes from elsewhere, and is not in the repository.
MADE = {".venv", "node_modules", "var", "vendor", "i18n", ".git", ".hypothesis", "__pycache__"}
TEXT = {".py", ".js", ".mjs", ".css", ".html", ".md", ".toml", ".txt", ".in", ".json", ".yaml", ".po", ".cfg", ".mako"}
#: Texts whose names have no ending.
PLAIN = {"Makefile", "Dockerfile", "LICENSE", "run", ".npmrc", ".gitignore", ".dockerignore"}
#: Written in two parts, so that this file does not find itself.
HOSTS = ("pypi" + ".org", "python" + "hosted", "npmjs" + ".org", "npmjs" + ".com", "unp" + "kg.com", "jsde" + "livr")
MACHINE = re.compile(
    "(?<![A-Za-z0-9_.}])/(?:" + "|".join(("wo" + "rk", "ro" + "ot", "fa" + "rm", "home/" + "[a-z]+")) + ")/"
)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def document(name: str) -> str:
    return text_of(ROOT / "docs" / name)


def first_cells(text: str) -> list[str]:
    """The first cell of every row of every table."""
    return [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]


def tracked_texts() -> Iterator[Path]:
    for folder, below, names in os.walk(ROOT):
        here = Path(folder)
        # app/i18n is code, static/i18n is made from the catalogs.
        below[:] = [
            name
            for name in below
            if (here.name == "app" and name == "i18n")
            or name == ".ci"
            or (name not in MADE and not name.startswith("."))
        ]
        yield from (here / name for name in names if Path(name).suffix in TEXT or name in PLAIN)


def test_every_setting_is_documented() -> None:
    keys = set(re.findall(r'env\.get\(\s*"([A-Z_]+)"', text_of(ROOT / "config.py")))
    assert len(keys) == len(dataclasses.fields(Settings))
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", document("operations.md"), re.MULTILINE))
    assert told == keys | {"HEARBACK_VAR"}


def test_every_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    named = {name for path in DOCUMENTS for name in re.findall(r"`make ([a-z0-9]+)", text_of(path))}
    assert {"run", "test"} <= named
    assert named <= targets


def test_every_file_named_exists() -> None:
    named = {
        name
        for path in DOCUMENTS
        for name in re.findall(r"`((?:app|docs|migrations|static|tests|benchmarks)/[\w./-]+)`", text_of(path))
    }
    assert len(named) > 30
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for pair in LINK.findall(text_of(path)):
        target, _, anchor = (pair[0] or pair[1]).partition("#")
        if target.startswith(("http://", "https://")):
            continue
        found = (path.parent / target).resolve() if target else path
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", text_of(found), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_picture_is_shown_and_small() -> None:
    pictures = sorted((ROOT / "docs" / "images").glob("*"))
    shown = "".join(text_of(path) for path in DOCUMENTS)
    assert pictures
    assert [picture.name for picture in pictures if picture.name not in shown] == []
    assert [picture.name for picture in pictures if picture.stat().st_size > 200_000] == []


def test_the_table_of_roles_is_the_table_of_the_program() -> None:
    head = f"| permission | {' | '.join(ROLES)} |"
    rows = [
        f"| `{permission}` | {' | '.join('✓' if role in roles else '–' for role in ROLES)} |"
        for permission, roles in PERMISSIONS.items()
    ]
    text = document("security.md")
    assert head in text
    assert re.findall(r"^\| `[a-z]+\.[a-z]+` \|.*$", text, re.MULTILINE) == rows


def test_every_invariant_that_is_checked_is_listed() -> None:
    checked = set(re.findall(r"\bI\d+\b", text_of(ROOT / "tests" / "invariants" / "checks.py")))
    assert checked <= set(first_cells(document("architecture.md")))


def test_no_text_tells_of_registries_or_of_the_machine_it_was_written_on() -> None:
    texts = {path: text_of(path) for path in tracked_texts()}
    assert len(texts) > 200
    assert [str(path) for path, text in texts.items() if any(host in text for host in HOSTS)] == []
    assert [(str(path), found[0]) for path, text in texts.items() if (found := MACHINE.findall(text))] == []
