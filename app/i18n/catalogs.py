"""Catalogues as translators see them: strings found in the sources, merged into .po, checked.

Written so that several people may add strings at the same time: entries are sorted by their English
text, carry file names without line numbers and no dates, and nothing is ever guessed (no fuzzy entries).
"""

from __future__ import annotations

import fcntl
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import write_po

from app.i18n.compiled import read_catalog, replace_file
from app.i18n.locales import TRANSLATED

KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2), "n_": (1, 2)}
FIELD = re.compile(r"%(?:\(\w+\))?[#0\- +]?\d*(?:\.\d+)?[sdfr%]|</?\w+")
#: Headers that change with every run or say nothing; the rest is kept.
IDLE_HEADERS = (
    "Project-Id-Version",
    "Report-Msgid-Bugs-To",
    "POT-Creation-Date",
    "PO-Revision-Date",
    "Last-Translator",
    "Language-Team",
    "Generated-By",
)
#: Frequent characters that exist in one script only: a wrong one betrays a line pasted into the wrong file.
SIMPLIFIED_ONLY = frozenset(
    "们这个为来说时会对过还没进发现实处间关电话务员录复应单响请"
    "问题类别选择订货递运输约条将转听队认证办码节页载图标签语权"
)
TRADITIONAL_ONLY = frozenset(
    "們這個為來說時會對過還沒進發現實處間關電話務員錄復應單響請"
    "問題類別選擇訂貨遞運輸約條將轉聽隊認證辦碼節頁載圖標籤語權"
)


def extract(root: Path) -> Catalog:
    """Every string in the sources under `root`, with the files it stands in.

    Raises:
        jinja2.TemplateSyntaxError: a template does not parse, so its strings can't be known.
    """
    with (root / "babel.cfg").open(encoding="utf-8") as stream:
        method_map, options_map = parse_mapping_cfg(stream)  # type: ignore[no-untyped-call, unused-ignore]
    catalog = Catalog(project="Hearback", charset="utf-8")
    found = extract_from_dir(
        root, method_map, options_map, KEYWORDS, comment_tags=("i18n:",), directory_filter=_SourceFilter(root)
    )
    for filename, _line, text, comments, context in found:
        catalog.add(text, None, [(Path(filename).as_posix(), 0)], auto_comments=comments, context=context)
    return catalog


class _SourceFilter:
    """Only app/ and static/js/ are read; the walk never enters environments or node_modules."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, folder: str) -> bool:
        parts = Path(folder).resolve().relative_to(self.root.resolve()).parts
        if parts[:1] == ("app",):
            return "__pycache__" not in parts
        return parts in ((), ("static",)) or parts[:2] == ("static", "js")


def update(root: Path, *, prune: bool = False) -> dict[str, int]:
    """Merge new strings into every catalogue; language -> how many still need a translation.

    What is translated stays, even when its string is not found at the moment (somebody may be moving
    it), unless `prune` drops what no source uses.
    """
    template = extract(root)
    missing: dict[str, int] = {}
    with _alone(root / "static" / "i18n"):
        for code in TRANSLATED:
            catalog = merge(read_catalog(root / "translations", code), template, code, prune=prune)
            write_catalog(root / "translations" / code / "LC_MESSAGES" / "messages.po", catalog)
            missing[code] = sum(1 for message in catalog if message.id and not _complete(message, catalog))
    return missing


def fill(root: Path, translations: dict[str, dict[str, str]]) -> list[str]:
    """Put translations into the catalogues: English -> {language code: text}; the texts that are not known.

    Chinese has one plural form, so a plural is named by its English singular and takes one text.
    """
    unknown = []
    with _alone(root / "static" / "i18n"):
        for code in TRANSLATED:
            catalog = read_catalog(root / "translations", code)
            for english, texts in translations.items():
                message = catalog.get(english)
                if message is None:
                    unknown.append(english)
                elif code in texts:
                    message.string = (texts[code],) if isinstance(message.id, (list, tuple)) else texts[code]
            write_catalog(root / "translations" / code / "LC_MESSAGES" / "messages.po", catalog)
    return sorted(set(unknown))


def merge(known: Catalog, template: Catalog, code: str, *, prune: bool = False) -> Catalog:
    """`template` with the translations of `known`; without `prune` also what only `known` has."""
    merged = Catalog(locale=code, project="Hearback", charset="utf-8", fuzzy=False)
    for source in template:
        if source.id:
            merged[source.id] = _with_translation(source, known.get(source.id, source.context), merged)
    for message in known:
        if message.id and message.id not in merged and not prune:
            message.locations, message.auto_comments = [], []
            merged[message.id] = message
    return merged


def write_catalog(file: Path, catalog: Catalog) -> None:
    """Write a .po that changes only where strings do."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, sort_output=True, include_lineno=False, ignore_obsolete=True, width=120)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    start = next(index for index, line in enumerate(lines) if line.startswith("msgid "))
    kept = [line for line in lines[start:] if not line.lstrip('"').startswith(IDLE_HEADERS)]
    text = f"# {catalog.locale_identifier} catalogue of Hearback. See docs/translating.md.\n" + "".join(kept)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        replace_file(file, text.encode())


def problems(root: Path) -> list[str]:
    """What keeps the catalogues from being whole, one line each; empty when all is well."""
    template = extract(root)
    found: list[str] = []
    for code in TRANSLATED:
        catalog = read_catalog(root / "translations", code)
        for source in template:
            if source.id:
                found += [f"{code}: {_name(source)}: {fault}" for fault in faults(source, catalog, code)]
    return found


def faults(source: Message, catalog: Catalog, code: str) -> Iterator[str]:
    """What is wrong with the translation of one source string."""
    message = catalog.get(source.id, source.context)
    if message is None or not _complete(message, catalog):
        yield "not translated"
        return
    if message.fuzzy:
        yield "marked fuzzy: look at it and take the mark away"
    plural = isinstance(source.id, (list, tuple))
    if plural != isinstance(message.string, (list, tuple)):
        yield "is a plural in the source but not here, or the other way round"
        return
    wanted = Counter(FIELD.findall(_forms(source.id)[-1]))
    for form in _forms(message.string):
        if Counter(FIELD.findall(form)) != wanted:
            yield f"placeholders or tags differ: {sorted(wanted)} against {sorted(FIELD.findall(form))}"
        strange = set(form) & (TRADITIONAL_ONLY if code == "zh_Hans" else SIMPLIFIED_ONLY)
        if strange:
            yield f"characters of the other script: {''.join(sorted(strange))}"


def _with_translation(source: Message, known: Message | None, catalog: Catalog) -> Message:
    plural = isinstance(source.id, (list, tuple))
    forms = _forms(known.string) if known else [""]
    if plural:
        forms += [""] * (catalog.num_plurals - len(forms))
    string = tuple(forms) if plural else forms[0]
    files = sorted(set(source.locations), key=lambda location: location[0])
    return Message(
        source.id,
        string,
        files,
        {flag for flag in source.flags if flag.endswith("-format")},
        source.auto_comments,
        known.user_comments if known else (),
        context=source.context,
    )


def _forms(text: object) -> list[str]:
    """All forms of a text: several for a plural, else one."""
    return [str(form or "") for form in text] if isinstance(text, (list, tuple)) else [str(text or "")]


def _complete(message: Message, catalog: Catalog) -> bool:
    if isinstance(message.string, (list, tuple)):
        return len(message.string) == catalog.num_plurals and all(message.string)
    return bool(message.string)


def _name(message: Message) -> str:
    text = message.id[0] if isinstance(message.id, (list, tuple)) else str(message.id)
    files = ", ".join(path for path, _ in message.locations[:2])
    return f"{text[:70]!r} ({files})"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One run at a time: two people updating at once must not lose each other's strings."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
