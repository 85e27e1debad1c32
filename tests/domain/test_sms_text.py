"""What messages cost, which are commands, and templates that cannot do harm."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sms_text import (
    Encoding,
    Keyword,
    TemplateError,
    cost,
    keyword,
    measure,
    outside_gsm7,
    placeholders,
    render,
)


@pytest.mark.parametrize(
    ("text", "encoding", "segments", "left"),
    [
        ("", "GSM-7", 0, 160),
        ("a" * 160, "GSM-7", 1, 0),
        ("a" * 161, "GSM-7", 2, 145),
        ("a" * 306, "GSM-7", 2, 0),
        ("a" * 307, "GSM-7", 3, 152),
        ("€" * 80, "GSM-7", 1, 0),
        ("€" * 81, "GSM-7", 2, 143),
        ("€" * 153, "GSM-7", 3, 151),  # 76 to a part, never half a sign: 306 septets need three
        ("|" + "a" * 158, "GSM-7", 1, 0),
        ("|" + "a" * 159, "GSM-7", 2, 145),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3, 152),
        ("您" * 70, "UCS-2", 1, 0),
        ("您" * 71, "UCS-2", 2, 63),
        ("您" * 134, "UCS-2", 2, 0),
        ("您" * 135, "UCS-2", 3, 66),
        ("😜" + "2" * 68, "UCS-2", 1, 0),
        ("a" * 69 + "😀", "UCS-2", 2, 63),
        ("a" * 66 + "😀" + "a" * 66, "UCS-2", 3, 66),
        ("🏳️‍🌈" + "2" * 64, "UCS-2", 1, 0),
        ("🏳️‍🌈" + "2" * 65, "UCS-2", 2, 63),
        ("It’s here", "UCS-2", 1, 61),
    ],
)
def test_segments(text: str, encoding: str, segments: int, left: int) -> None:
    size = measure(text)
    assert (size.encoding, size.segments, size.left) == (encoding, segments, left)


@pytest.mark.parametrize("sign", list("|^€{}[]~\\\f"))
def test_extension_characters_take_two_places(sign: str) -> None:
    assert (measure(sign).encoding, measure(sign).units) == (Encoding.GSM7, 2)


@given(st.text(max_size=400))
def test_units_are_those_of_the_real_encoding_and_parts_hold_them(text: str) -> None:
    size = measure(text)
    if size.encoding is Encoding.UCS2:
        assert size.units == len(text.encode("utf-16-le", "surrogatepass")) // 2
    part = 153 if size.encoding is Encoding.GSM7 else 67
    assert size.units <= max(160 if size.encoding is Encoding.GSM7 else 70, size.segments * part)
    assert bool(outside_gsm7(text)) is (size.encoding is Encoding.UCS2)


@given(st.text(max_size=200), st.text(max_size=20))
def test_more_text_is_never_cheaper(text: str, more: str) -> None:
    price = Decimal("0.0335")
    assert cost(text + more, price) >= cost(text, price)


def test_cost_and_what_makes_it_dear() -> None:
    assert cost("您" * 71, Decimal("0.05")) == Decimal("0.10")
    assert outside_gsm7("It’s – it’s €5") == ("’", "–")


STOP_WORDS = (
    "STOP| stop\n|Stop.|ＳＴＯＰ|STOP ALL|stopall|unsubscribe|End|QUIT|revoke|OPT-OUT|opt out|cancel|remove|"
    "Arrêt|TD|T|t。|退订|退訂|停止|取消|【退订】|回复TD"
)
NO_WORDS = "|!!|YES|stop please|please don't stop|5|Tea|取消订单|我要退订单|the end"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[(word, Keyword.STOP) for word in STOP_WORDS.split("|")],
        *[(word, Keyword.START) for word in ("START", "unstop", "开始", "開始")],
        *[(word, Keyword.HELP) for word in ("help", "INFO?", "帮助", "幫助")],
        *[(words, None) for words in NO_WORDS.split("|")],
    ],
)
def test_keywords(text: str, expected: Keyword | None) -> None:
    assert keyword(text) is expected


def test_templates() -> None:
    template = "{name}: parcel {parcel_no} is here, {name}."
    assert placeholders(template) == ("name", "parcel_no")
    assert (
        render(template, {"name": "陈 {x}", "parcel_no": "HB1", "more": "-"}) == "陈 {x}: parcel HB1 is here, 陈 {x}."
    )


def test_missing_values_are_all_named() -> None:
    with pytest.raises(TemplateError, match="missing: b, c") as refused:
        render("{a} {b} {c} {b}", {"a": "1"})
    assert refused.value.names == ("b", "c")


@pytest.mark.parametrize(
    "template", ["{", "}", "{}", "{0}", "{a.__class__}", "{a[0]}", "{a!r}", "{a:>9}", "{{a}}", "{A}"]
)
def test_nothing_but_names_is_understood(template: str) -> None:
    with pytest.raises(TemplateError, match="brace"):
        render(template, {"a": "1", "A": "1"})


@given(st.text(), st.text())
def test_values_come_through_untouched(before: str, value: str) -> None:
    text = before.replace("{", "").replace("}", "")
    assert render(text + "{v}", {"v": value}) == text + value
