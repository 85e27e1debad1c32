"""Strings of our own browser modules, for the catalogues.

Babel's reader of JavaScript loses texts inside nested template literals (a list inside an htm template), so
this one looks for the calls themselves: `_("…")`, `ngettext("…", "…", n)` with plain string literals.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

LITERAL = r'"((?:[^"\\\n]|\\.)*)"'
COMMENT_LINE = re.compile(r"^\s*(?://|/\*|\*).*$", re.MULTILINE)


def extract_scripts(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[tuple[int, str, str | tuple[str, ...], list[str]]]:
    """Every marked string of one module as (line, function, text or forms, no comments)."""
    source = COMMENT_LINE.sub("", fileobj.read().decode("utf-8"))
    names = "|".join(sorted((re.escape(name) for name in {*keywords, "N_"}), key=len, reverse=True))
    call = re.compile(rf"(?<![\w$.])({names})\(\s*{LITERAL}(?:\s*,\s*{LITERAL})?")
    for found in call.finditer(source):
        line = source.count("\n", 0, found.start()) + 1
        texts = tuple(json.loads(f'"{text}"') for text in found.groups()[1:] if text is not None)
        function = "_" if found[1] == "N_" else found[1]
        yield line, function, texts if len(texts) > 1 else texts[0], []
