"""What the SMS before a quality call promises: a page that rings, or a telephone that does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.domain.sms_text import measure
from app.quality import texts

ADDRESS = "https://desk.example.com"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    texts.configure("")


@pytest.mark.parametrize("language", ["en", "zh_Hans", "zh_Hant"])
def test_nobody_is_told_to_open_a_page_where_their_telephone_rings(language: str) -> None:
    texts.configure(ADDRESS)
    at_the_page = texts.sms(language, "23/11", "a" * 32)
    texts.configure(ADDRESS, by_phone=True)
    by_phone = texts.sms(language, "23/11", "a" * 32)
    assert at_the_page != by_phone
    assert f"{ADDRESS}/callback/{'a' * 32} " in by_phone, "a link ends where a blank begins"
    assert measure(by_phone).segments <= measure(at_the_page).segments
