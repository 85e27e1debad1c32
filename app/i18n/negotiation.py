"""Which of our languages answers an Accept-Language header. Pure."""

from __future__ import annotations

from babel.core import get_global, parse_locale

from app.i18n.locales import DEFAULT

#: Primary subtags read by people who read written Chinese.
CHINESE = frozenset({"zh", "cmn", "yue", "wuu", "nan", "hak", "gan", "cdo", "hsn", "lzh"})
#: Browsers send a few hundred bytes; the rest is not worth reading.
LONGEST_HEADER = 1000


def negotiate(accept_language: str) -> str:
    """The code of the best language for an Accept-Language header (RFC 9110 §12.5.4); English when none fits.

    Babel's own negotiation compares tags literally and so matches neither zh-CN, zh-TW nor zh-HK with
    zh_Hans and zh_Hant. Here the *script* decides: named in the tag, or the likely one of its
    territory (Unicode likely subtags): zh-TW, zh-HK, zh-MO -> zh_Hant; zh-CN, zh-SG, bare zh -> zh_Hans.
    """
    for tag in _by_preference(accept_language[:LONGEST_HEADER]):
        code = _language_of(tag)
        if code is not None:
            return code
    return DEFAULT


def _by_preference(header: str) -> list[str]:
    """The tags, most wanted first; equal weights keep their order, weight 0 means "not this one"."""
    weighted: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = _weight(parameters)
        if tag.strip() and weight > 0:
            weighted.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if not name.strip():
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if name.strip().lower() == "q" and 0 <= weight <= 1 else 0.0


def _language_of(tag: str) -> str | None:
    if tag == "*":
        return DEFAULT
    subtags = tag.split("-")
    # "zh-yue-HK": an extended language stands for its own (RFC 5646 §2.2.2)
    if len(subtags) > 1 and subtags[0].lower() == "zh" and subtags[1].lower() in CHINESE:
        subtags = subtags[1:]
    language = subtags[0].lower()
    if language == "en":
        return "en"
    if language not in CHINESE:
        return None
    try:
        _, territory, script, *_ = parse_locale("-".join(["zh", *subtags[1:]]), sep="-")
    except ValueError:
        return None
    script = script or _likely_script(language, territory)
    return "zh_Hant" if script == "Hant" else "zh_Hans"


def _likely_script(language: str, territory: str | None) -> str | None:
    likely = get_global("likely_subtags")
    # Cantonese is written in traditional characters except where the territory says otherwise
    by_territory = (f"{language}_{territory}", f"zh_{territory}") if territory else ()
    for key in (*by_territory, language, "zh"):
        if key in likely:
            return parse_locale(str(likely[key]))[2]
    return None
