"""What is found by what: accents, width, scripts, parts of Chinese text, codes and telephone numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.han_folding import TO_SIMPLIFIED, to_simplified
from app.domain.search_tokens import fold, phone_tokens, query_text, query_tokens, tokens, vector_text


def finds(query: str, text: str, phone: str = "") -> bool:
    """The meaning that ``@@`` gives to the two sides."""
    words = tokens(text) + phone_tokens(phone)
    *whole, last = query_tokens(query)
    begins = query_text(query).endswith(":*")
    return all(word in words for word in whole) and any(
        word.startswith(last) if begins else word == last for word in words
    )


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("jose", "José Núñez"),
        ("JOSÉ", "jose"),
        ("hauptstrasse", "Hauptstraße 5"),
        ("soren", "Søren Ångström"),
        ("angs", "Søren Ångström"),
        ("ＡＢＣ", "abc"),
        ("电话", "請打電話給我"),
        ("電話", "请打电话给我"),
        ("陈", "陳小姐"),
        ("快递员态度", "這個快遞員態度很差"),
        ("chen 小姐", "Chen 陳小姐"),
        ("HB-2026-0123", "Parcel HB-2026-0123 is late"),
        ("hb20260123", "Parcel HB-2026-0123 is late"),
        ("0123", "Parcel HB-2026-0123 is late"),
        ("2026-11-23", "on 2026-11-23"),
        ("000123456", "waybill 000123456"),
        ("amelia@hart", "amelia@hart.example"),
        ("カタ", "カタログ"),
        ("가나", "가나다"),
    ],
)
def test_found(query: str, text: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [("话电", "电话"), ("电邮", "电话邮件"), ("art", "Hart"), ("jose maria", "José"), ("はい", "ばい")],
)
def test_not_found(query: str, text: str) -> None:
    assert not finds(query, text)


@pytest.mark.parametrize("query", ["6142", "456142", "07723 456142", "+44 7723 456142", "0044 7723 456-142", "77234"])
def test_phone_numbers_by_their_ending_or_a_beginning_of_it(query: str) -> None:
    assert finds(query, "Amelia Hart", "+447723456142")


def test_phone_tokens() -> None:
    assert phone_tokens("+4412345") == ["4412345", "412345", "12345", "2345"]
    assert phone_tokens("+44") == []


def test_tokens_are_distinct_and_in_order() -> None:
    assert tokens("Late, late 包裹") == ["late", "包", "裹", "包裹"]
    assert tokens("007") == ["007", "7"]
    assert tokens("000") == ["000"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("  !? ", ""),
        ("+", ""),
        ("Amelia H", "'amelia' & 'h':*"),
        ("陈小姐", "'陈小' & '小姐'"),
        ("陈", "'陈'"),
        ("a' | b:* & !c", "'a' & 'b' & 'c':*"),
    ],
)
def test_query_text(query: str, expected: str) -> None:
    assert query_text(query) == expected


def test_vector_text_is_quoted() -> None:
    assert vector_text(["a", "b", "a"]) == "'a' 'b'"
    assert vector_text(["o'x\\"]) == "'o''x\\\\'"


def test_the_folding_table_is_a_single_step() -> None:
    assert len(TO_SIMPLIFIED) > 550
    assert not {ord(new) for new in TO_SIMPLIFIED.values()} & set(TO_SIMPLIFIED)
    assert to_simplified("國際快遞,電話號碼") == "国际快递,电话号码"


@given(st.text(max_size=60))
def test_folding_and_tokens_are_stable(text: str) -> None:
    words = tokens(text)
    assert len(words) == len(set(words))
    assert all(word and len(word) <= 64 and not any(sign.isspace() for sign in word) for word in words)
    assert to_simplified(to_simplified(text)) == to_simplified(text)


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=12))
def test_every_text_finds_itself(text: str) -> None:
    if query_tokens(text):
        assert finds(text, text)


@given(st.text(alphabet="國国電电話话快递遞abcé12", max_size=12))
def test_script_does_not_matter(text: str) -> None:
    assert tokens(text) == tokens(to_simplified(text))
    assert query_tokens(text) == query_tokens(fold(text))
