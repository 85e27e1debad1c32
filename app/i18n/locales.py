"""The languages Hearback speaks, by the code of their catalogue folder."""

from __future__ import annotations

from typing import Any

from babel import Locale

DEFAULT = "en"
#: Code -> (BCP 47 tag for `lang=`, the language's own name). Order of the language menu.
LANGUAGES: dict[str, tuple[str, str]] = {
    "en": ("en", "English"),
    "zh_Hans": ("zh-Hans", "简体中文"),
    "zh_Hant": ("zh-Hant", "繁體中文"),
}
#: Languages that need a catalogue: the source strings are English.
TRANSLATED = tuple(code for code in LANGUAGES if code != DEFAULT)
#: Long, accented English that shows what is not translated or does not fit; tests and debugging only.
PSEUDO = "en_XA"


class PseudoLocale(Locale):
    """English rules under the catalogue code en_XA, which Babel's locale data does not know."""

    named = "en"

    def __init__(self) -> None:
        super().__init__("en")  # looks its data up by str(self), so it takes its own name only afterwards
        self.named = PSEUDO

    def __str__(self) -> str:
        return self.named

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, PseudoLocale)

    def __hash__(self) -> int:
        return hash(PSEUDO)


def known_language(value: str | None, *, pseudo: bool = False) -> str | None:
    """`value` when it is a language code we serve, else None. `pseudo` admits en_XA."""
    if value in LANGUAGES or (pseudo and value == PSEUDO):
        return value
    return None


def tag_of(code: str) -> str:
    """The BCP 47 tag of a language code, for `lang=`, fonts and Intl ("zh_Hans" -> "zh-Hans")."""
    return LANGUAGES[code][0] if code in LANGUAGES else code.replace("_", "-")
