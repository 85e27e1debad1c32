"""WCAG 2.2 §1.4.3 and §1.4.11, computed from the design tokens: the figure forgives less than the eye."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css"
PAIR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
TONES = ("accent", "ok", "warn", "bad", "info", "violet")
SURFACES = ("page", "panel", "panel-soft", "panel-hover")

TEXT_ON_SURFACE = [(text, surface) for text in ("text", "text-soft") for surface in SURFACES]
FAINT_TEXT = [("text-faint", surface) for surface in ("page", "panel", "panel-soft")]
TONE_TEXT = [(tone, ground) for tone in TONES for ground in (f"{tone}-soft", "panel", "panel-soft")]
TEXT_IN_TONED_BOX = [(text, f"{tone}-soft") for tone in TONES for text in ("text", "text-soft")]
FILLS = [("text-on-fill", f"{tone}-fill") for tone in TONES]
HOVERED = [("text-on-fill", "accent-fill-hover"), ("text-on-fill", "bad-fill-hover")]
DARK_BARS = [
    ("rail-text", "rail"),
    ("text-on-fill", "rail-current"),
    ("call-text", "call"),
    ("call-text-soft", "call"),
    ("call-text-soft", "call-deep"),
    ("toast-text", "toast"),
]
READABLE = TEXT_ON_SURFACE + FAINT_TEXT + TONE_TEXT + TEXT_IN_TONED_BOX + FILLS + HOVERED + DARK_BARS
#: Edges of controls and solid shapes that carry meaning need 3:1 only.
VISIBLE = [("line-control", "panel"), ("bar-bad", "bar-track"), ("accent", "panel")]


def _tokens() -> dict[str, tuple[str, str]]:
    found = PAIR.findall(TOKENS.read_text(encoding="utf-8"))
    return {name: (light, dark) for name, light, dark in found}


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), READABLE)
def test_text_is_readable(text: str, ground: str, theme: int) -> None:
    tokens = _tokens()
    assert _contrast(tokens[text][theme], tokens[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), VISIBLE)
def test_shapes_stand_out(shape: str, ground: str, theme: int) -> None:
    tokens = _tokens()
    assert _contrast(tokens[shape][theme], tokens[ground][theme]) >= 3
