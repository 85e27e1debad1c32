"""Catalogues as programs read them: .mo for the server, one JSON per language for the browser."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.i18n.locales import PSEUDO, TRANSLATED, tag_of

PLACEHOLDER = re.compile(r"%\([^)]+\)[a-z]|%%|<[^>]+>|&\w+;")
ACCENTED = str.maketrans("AaCcDdEeGgIiLlNnOoRrSsTtUuYyZz", "ÅåÇçĐđÉéĜĝÎîĻļÑñÖöŔŕŠšŢţÛûÝýŽž")


def read_catalog(folder: Path, code: str) -> Catalog:
    """The committed catalogue of a language; empty when there is none yet."""
    file = folder / code / "LC_MESSAGES" / "messages.po"
    if not file.exists():
        return Catalog(locale=code)
    with file.open("rb") as stream:
        return read_po(stream, locale=code, ignore_obsolete=True)


def compile_stale(folder: Path, json_folder: Path) -> bool:
    """Compile when a .po is newer than what was made of it. True when something was made."""
    made = [folder / code / "LC_MESSAGES" / "messages.mo" for code in (*TRANSLATED, PSEUDO)]
    made += [json_folder / f"{tag_of(code)}.json" for code in (*TRANSLATED, PSEUDO)]
    sources = [folder / code / "LC_MESSAGES" / "messages.po" for code in TRANSLATED]
    newest = max((file.stat().st_mtime for file in sources if file.exists()), default=0.0)
    if all(file.exists() and file.stat().st_mtime >= newest for file in made):
        return False
    compile_all(folder, json_folder)
    return True


def compile_all(folder: Path, json_folder: Path) -> None:
    """Write .mo and .json of every language and of the pseudo-locale; each file is replaced whole."""
    for code in TRANSLATED:
        _write(read_catalog(folder, code), folder, json_folder, code)
    _write(_pseudo_catalog(read_catalog(folder, TRANSLATED[0])), folder, json_folder, PSEUDO)


def browser_messages(catalog: Catalog) -> dict[str, Any]:
    """What i18n.js reads: plural rule size, and English -> translation (a list where there are plurals)."""
    messages: dict[str, str | list[str]] = {}
    for message in catalog:
        if not message.id or not any(path.endswith(".js") for path, _ in message.locations):
            continue
        if isinstance(message.string, (list, tuple)):
            if all(message.string):
                messages[message.id[0]] = list(message.string)
        elif message.string:
            messages[str(message.id)] = message.string
    return {"plurals": catalog.num_plurals, "messages": dict(sorted(messages.items()))}


def pseudo(text: str) -> str:
    """`text` accented, bracketed and about 40 % longer; placeholders and tags stay as they are."""
    parts = PLACEHOLDER.split(text)
    kept = PLACEHOLDER.findall(text)
    out = "".join(
        part.translate(ACCENTED) + (kept[index] if index < len(kept) else "")
        for index, part in enumerate(parts)
    )
    return f"[{out}{'·' * max(1, round(len(text) * 0.4) - 2)}]"


@cache
def _digest(file: Path, modified: float) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]


def digest(file: Path) -> str:
    """Short content hash of a file, for its address."""
    return _digest(file, file.stat().st_mtime)


def _pseudo_catalog(source: Catalog) -> Catalog:
    catalog = Catalog(locale="en")
    for message in source:
        if not message.id:
            continue
        string = (
            tuple(pseudo(form) for form in message.id)
            if isinstance(message.id, (list, tuple))
            else pseudo(message.id)
        )
        catalog[message.id] = Message(message.id, string, locations=message.locations)
    return catalog


def _write(catalog: Catalog, folder: Path, json_folder: Path, code: str) -> None:
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    replace_file(folder / code / "LC_MESSAGES" / "messages.mo", buffer.getvalue())
    text = json.dumps(browser_messages(catalog), ensure_ascii=False, separators=(",", ":"))
    replace_file(json_folder / f"{tag_of(code)}.json", text.encode())


def replace_file(file: Path, content: bytes) -> None:
    """Put `content` in place whole: readers see the old file or the new one, never a part."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(file)
