"""A draft of the questions is worked on: what may be changed, what has to stay, what a change means for scores."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.domain.questionnaire import (
    ADDABLE,
    CORE,
    DIMENSIONS,
    HOLES,
    LANGUAGES,
    PARTS,
    REQUIRABLE,
    STANDING,
    Item,
    Kind,
    Questionnaire,
)
from app.domain.scoring.intervals import HIGHEST, LOWEST

#: Four minutes are promised: the nine of version 1, and a few more.
MOST_ITEMS: Final = 15
#: Characters of a question, and of what is said around them.
LONGEST_QUESTION: Final = 300
LONGEST_PART: Final[Mapping[str, int]] = {"opening": 800, "scale": 300, "low": 30, "high": 30, "closing": 300}
_HOLE: Final = re.compile(r"\{[^{}]*\}|[{}]")
_BLANK: Final = dict.fromkeys(LANGUAGES, "")


def part_field(name: str, language: str) -> str:
    """Name of the input for one text around the questions."""
    return f"part-{name}-{language}"


def item_field(key: str, language: str) -> str:
    """Name of the input for the wording of one item."""
    return f"item-{key}-{language}"


def typed(before: Questionnaire, form: Mapping[str, str]) -> Questionnaire:
    """`before` with what was typed: texts trimmed; whether it is required, and its dimension, of added items only.

    A field that the form does not have keeps its value; a box that is not ticked is not sent, so `item-KEY` says that
    the item was in the form.
    """
    parts = {
        name: {
            code: _clean(
                form.get(part_field(name, code), before.part(name, code)), lines=name in ("opening", "closing")
            )
            for code in LANGUAGES
        }
        for name in PARTS
    }
    return replace(before, parts=parts, items=tuple(_typed_item(item, form) for item in before.items))


def _typed_item(item: Item, form: Mapping[str, str]) -> Item:
    texts = {code: _clean(form.get(item_field(item.key, code), item.text(code))) for code in LANGUAGES}
    if not item.added or f"item-{item.key}" not in form:
        return replace(item, texts=texts)
    dimension = form.get(f"item-{item.key}-dimension", item.dimension)
    return replace(
        item,
        texts=texts,
        required=item.kind in REQUIRABLE and form.get(f"item-{item.key}-required") == "1",
        dimension=dimension if dimension in DIMENSIONS else "",
    )


def too_much(draft: Questionnaire) -> dict[str, str]:
    """Field -> code of what cannot even be kept in a draft; empty when all can."""
    found = {
        part_field(name, code): "too_long"
        for name in PARTS
        for code in LANGUAGES
        if len(draft.part(name, code)) > LONGEST_PART[name]
    }
    found |= {
        item_field(item.key, code): "too_long"
        for item in draft.items
        for code in LANGUAGES
        if len(item.text(code)) > LONGEST_QUESTION
    }
    return found


def lacking(draft: Questionnaire) -> dict[str, str]:
    """Field -> code of what stands against publishing; empty when nothing does."""
    found = too_much(draft)
    for code in LANGUAGES:
        for name in PARTS:
            text = draft.part(name, code)
            allowed = HOLES if name == "opening" else ()
            found |= _faults(part_field(name, code), text, allowed)
        whole = not any(part_field(name, code) in found for name in ("scale", "low", "high"))
        if whole and not _says_direction(draft, code):
            found[part_field("scale", code)] = "questionnaire_scale"
        for item in draft.items:
            found |= _faults(item_field(item.key, code), item.text(code), ())
    if [item.key for item in draft.items if item.core] != list(CORE):
        found["items"] = "questionnaire_core"
    if len(draft.items) > MOST_ITEMS:
        found["items"] = "questionnaire_full"
    return found


def _says_direction(draft: Questionnaire, language: str) -> bool:
    """Whether the scale is said with its direction: 1 with the word for 1, 5 with the word for 5, and no number beyond.

    Whoever hears "from 1 to 5" alone takes 1 for the best as often as not: it is a mark at school.
    """
    said = unicodedata.normalize("NFKC", draft.part("scale", language)).casefold()
    said = said.replace("一分", "1分").replace("五分", "5分")
    if any(not LOWEST <= int(number) <= HIGHEST for number in re.findall(r"[0-9]+", said)):
        return False
    ends = ((LOWEST, draft.part("low", language)), (HIGHEST, draft.part("high", language)))
    return all(
        re.search(rf"{number}[^0-9]*{re.escape(unicodedata.normalize('NFKC', word).casefold())}", said)
        for number, word in ends
    )


def _faults(field: str, text: str, allowed: tuple[str, ...]) -> dict[str, str]:
    if not text:
        return {field: "questionnaire_empty"}
    if any(hole not in allowed for hole in _HOLE.findall(text)):
        return {field: "questionnaire_hole" if allowed else "questionnaire_braces"}
    return {}


def may_move(draft: Questionnaire, key: str, step: int) -> bool:
    """Whether the item may change places with its neighbour: items of the core keep their order among themselves."""
    place = _place(draft, key)
    if place is None or not 0 <= place + step < len(draft.items):
        return False
    return not (draft.items[place].core and draft.items[place + step].core)


def moved(draft: Questionnaire, key: str, step: int) -> Questionnaire:
    """The item one place up (-1) or down (1), where it may go there; else unchanged."""
    place = _place(draft, key)
    if place is None or not may_move(draft, key, step):
        return draft
    items = list(draft.items)
    items[place], items[place + step] = items[place + step], items[place]
    return replace(draft, items=tuple(items))


def removed(draft: Questionnaire, key: str) -> Questionnaire:
    """The draft without the item; one of the core stays."""
    return replace(draft, items=tuple(item for item in draft.items if item.core or item.key != key))


def added(draft: Questionnaire, kind: Kind, key: str) -> Questionnaire:
    """The draft with an empty item of the house's own behind the ratings; its key was never used before."""
    if kind not in ADDABLE or len(draft.items) >= MOST_ITEMS:
        return draft
    return _inserted(draft, Item(key=key, kind=kind, texts=_BLANK, dimension="other"))


def put_back(draft: Questionnaire, key: str, texts: Mapping[str, str]) -> Questionnaire:
    """The draft with a standing item that was taken out, as it was worded before, at the end."""
    if key not in draft.missing or len(draft.items) >= MOST_ITEMS:
        return draft
    return replace(draft, items=(*draft.items, Item(key=key, kind=STANDING[key], texts=dict(texts))))


def _inserted(draft: Questionnaire, item: Item) -> Questionnaire:
    last = max((place for place, each in enumerate(draft.items) if each.core), default=-1)
    behind = last + 1
    while behind < len(draft.items) and draft.items[behind].added:
        behind += 1
    return replace(draft, items=(*draft.items[:behind], item, *draft.items[behind:]))


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two versions. `core` are keys of the core, and "scale", whose words differ anywhere."""

    core: tuple[str, ...]
    #: Other things are asked before or between the items of the core.
    order: bool
    #: Keys of other items, and names of PARTS, by what happened to them.
    new: tuple[str, ...]
    gone: tuple[str, ...]
    reworded: tuple[str, ...]

    @property
    def touches_scores(self) -> bool:
        """Whether scores before and after are not quite the same measure."""
        return bool(self.core) or self.order

    @property
    def any(self) -> bool:
        """Whether anything differs that a customer hears."""
        return bool(self.core or self.order or self.new or self.gone or self.reworded)


def changes(before: Questionnaire, after: Questionnaire) -> Changes:
    """What `after` asks otherwise than `before`, in any of the languages."""
    old, new = ({item.key: item for item in each.items} for each in (before, after))
    scale = any(_said(before, name) != _said(after, name) for name in ("scale", "low", "high"))
    core = [key for key in CORE if key in old and key in new and _worded(old[key]) != _worded(new[key])]
    others = [key for key in old if key in new and key not in CORE and _differs(old[key], new[key])]
    parts = [name for name in ("opening", "closing") if _said(before, name) != _said(after, name)]
    return Changes(
        core=(*core, *(("scale",) if scale else ())),
        order=_before_core(before) != _before_core(after),
        new=tuple(key for key in new if key not in old),
        gone=tuple(key for key in old if key not in new),
        reworded=(*others, *parts),
    )


def _differs(one: Item, other: Item) -> bool:
    return _worded(one) != _worded(other) or one.required != other.required or one.dimension != other.dimension


def _worded(item: Item) -> tuple[str, ...]:
    return tuple(item.text(code) for code in LANGUAGES)


def _said(questionnaire: Questionnaire, name: str) -> tuple[str, ...]:
    return tuple(questionnaire.part(name, code) for code in LANGUAGES)


def _before_core(questionnaire: Questionnaire) -> tuple[str, ...]:
    """Keys up to the last item of the core: what is asked behind it can't colour it."""
    keys = [item.key for item in questionnaire.items]
    last = max((place for place, key in enumerate(keys) if key in CORE), default=-1)
    return tuple(keys[: last + 1])


def _place(draft: Questionnaire, key: str) -> int | None:
    return next((place for place, item in enumerate(draft.items) if item.key == key), None)


def _clean(text: str, *, lines: bool = False) -> str:
    """Without control characters and space around; a question is one line."""
    kept = "".join(char for char in text.replace("\r\n", "\n") if char == "\n" or char.isprintable() or char == "\t")
    return kept.strip() if lines else " ".join(kept.split())
