"""The questions of a quality call: items in order, in three languages, and which of them every score rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from app.domain.quality_call import RATINGS

LANGUAGES: Final = ("en", "zh_Hans", "zh_Hant")
#: What is said around the questions; the scale's direction before the first rating, its ends beside each.
PARTS: Final = ("opening", "scale", "low", "high", "closing")
#: What the opening may name: the day of the contact and what it was about.
HOLES: Final = ("{day}", "{topic}")


class Kind(StrEnum):
    """How an item is answered."""

    SETTLED = "settled"  # yes, partly, no
    RATING = "rating"  # 1 to 5
    YES_NO = "yes_no"
    TEXT = "text"
    NEED = "need"  # text, and how far from what is taken for granted
    PERMISSION = "permission"  # yes or no


#: Kinds that an item of the house's own may have.
ADDABLE: Final = (Kind.RATING, Kind.YES_NO, Kind.TEXT)
#: Kinds that a customer can be held to; nobody has to say something in words.
REQUIRABLE: Final = frozenset({Kind.RATING, Kind.YES_NO})
#: Key -> kind of the items that scores, coaching and mending rest on: they stay, with their key, scale and order.
CORE: Final[Mapping[str, Kind]] = {"settled": Kind.SETTLED, **dict.fromkeys(RATINGS, Kind.RATING)}
#: Key -> kind of the items that other pages read: they may be taken out, and put back.
STANDING: Final[Mapping[str, Kind]] = {"need": Kind.NEED, "suggestion": Kind.TEXT, "may_return": Kind.PERMISSION}
#: What an item is about. The last ones are for items of the house's own.
DIMENSIONS: Final = (*RATINGS, "safety", "price", "other")


@dataclass(frozen=True, slots=True)
class Item:
    """One question. `texts` is language -> wording; `dimension` is one of DIMENSIONS or empty."""

    key: str
    kind: Kind
    texts: Mapping[str, str]
    required: bool = False
    dimension: str = ""

    @property
    def core(self) -> bool:
        """Whether scores rest on it."""
        return self.key in CORE

    @property
    def added(self) -> bool:
        """Whether the house added it: no score and no other page reads it."""
        return self.key not in CORE and self.key not in STANDING

    def text(self, language: str) -> str:
        """The wording in `language`."""
        return self.texts.get(language, "")


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One version. `parts` is a name of PARTS -> language -> text."""

    version: int
    parts: Mapping[str, Mapping[str, str]]
    items: tuple[Item, ...]

    def part(self, name: str, language: str) -> str:
        """What is said there in `language`; `name` is one of PARTS."""
        return self.parts.get(name, {}).get(language, "")

    def opening(self, language: str, *, day: str, topic: str) -> str:
        """The opening in `language`, with the contact it is about."""
        return self.part("opening", language).replace("{day}", day).replace("{topic}", topic)

    def item(self, key: str) -> Item | None:
        """The item with this key, if it is asked."""
        return next((item for item in self.items if item.key == key), None)

    @property
    def added(self) -> tuple[Item, ...]:
        """The house's own items."""
        return tuple(item for item in self.items if item.added)

    @property
    def missing(self) -> tuple[str, ...]:
        """Keys of standing items that are taken out."""
        return tuple(key for key in STANDING if self.item(key) is None)


def read(version: int, content: Mapping[str, Any]) -> Questionnaire:
    """The version that `content` describes, as `write` made it."""
    return Questionnaire(
        version=version,
        parts={name: {code: str(text) for code, text in content["texts"][name].items()} for name in PARTS},
        items=tuple(
            Item(
                key=str(raw["key"]),
                kind=Kind(raw["kind"]),
                texts={code: str(text) for code, text in raw["texts"].items()},
                required=bool(raw["required"]),
                dimension=str(raw["dimension"]),
            )
            for raw in content["items"]
        ),
    )


def write(questionnaire: Questionnaire) -> dict[str, Any]:
    """Texts and items as plain values, for the database."""
    return {
        "texts": {name: {code: questionnaire.part(name, code) for code in LANGUAGES} for name in PARTS},
        "items": [
            {
                "key": item.key,
                "kind": item.kind.value,
                "texts": {code: item.text(code) for code in LANGUAGES},
                "required": item.required,
                "dimension": item.dimension,
            }
            for item in questionnaire.items
        ],
    }
