"""Numbers as people write them, as networks withhold them, and as the desk shows them."""

from __future__ import annotations

from dataclasses import replace

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.phone_numbers import PhoneNumber, Problem, e164_of, is_withheld, mask, normalise, pretty


def understood(raw: str, region: str = "GB") -> PhoneNumber:
    number = normalise(raw, region)
    assert number is not None
    return number


@pytest.mark.parametrize(
    "raw",
    [
        "7723456142",
        "07723456142",
        "07723 456142",
        "07723-456-142",
        "07723.456.142",
        "00447723456142",
        "00 44 7723456142",
        "+44 (0)7723 456 142",
        "\u200b\t\t+44 (0)7723 456 142\ufeff \r\n",
        "０７７２３４５６１４２",
        "＋４４ ７７２３ ４５６１４２",
        "tel:+447723456142",
        "sip:+447723456142@carrier.example",
        "07723–456142",
    ],
)
def test_ways_to_write_one_number(raw: str) -> None:
    number = understood(raw)
    assert (number.e164, number.possible, number.valid) == ("+447723456142", True, True)
    assert (number.region, number.kind, number.problem) == ("GB", "mobile", None)


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("+1 202-555-0104", "GB", "+12025550104"),
        ("0012025550104", "GB", "+12025550104"),
        ("0044 7723 456142", "US", "+447723456142"),
        ("138 1234 5678", "CN", "+8613812345678"),
        ("010-6552 9988", "CN", "+861065529988"),
        ("9123 4567", "HK", "+85291234567"),
    ],
)
def test_numbers_of_other_countries(raw: str, region: str, e164: str) -> None:
    assert understood(raw, region).e164 == e164


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", Problem.EMPTY),
        ("772345678910", Problem.TOO_LONG),
        ("0044772345678910", Problem.TOO_LONG),
        ("+12345 12345 12345 6", Problem.TOO_LONG),
        ("07890x32109", Problem.TOO_SHORT),
        ("07723 456789...", Problem.UNKNOWN_CHARACTER),
        ("07723 ☟☜⬇⬆☞☝", Problem.UNKNOWN_CHARACTER),
        ('07";DROP TABLE;"', Problem.UNKNOWN_CHARACTER),
        ("ALPHANUM3R1C", Problem.UNKNOWN_CHARACTER),
        ("+999 123 4567", Problem.UNKNOWN_COUNTRY),
        ("999", Problem.TOO_SHORT),
        # Foreign numbers without + or 00 are refused all alike.
        ("77234567890", Problem.TOO_LONG),
        ("23052512345", Problem.TOO_LONG),
        ("1-202-555-0104", Problem.TOO_LONG),
    ],
)
def test_what_cannot_be_stored_says_why(raw: str, problem: Problem) -> None:
    number = understood(raw)
    assert (number.e164, number.possible, number.problem) == ("", False, problem)


def test_possible_but_not_in_use_is_stored_with_a_warning() -> None:
    number = understood("0772345678")
    assert (number.e164, number.possible, number.valid) == ("+44772345678", True, False)


@pytest.mark.parametrize("raw", ["020 7946 0018 x12", "020 7946 0018 ext. 12", "020 7946 0018转12", "02079460018#12"])
def test_extensions(raw: str) -> None:
    number = understood(raw)
    assert (number.e164, number.extension, number.kind) == ("+442079460018", "12", "fixed")


WITHHELD = (
    "anonymous|Anonymous|RESTRICTED|unknown|No Caller ID|Private|未知号码|隱藏號碼|"
    "+266696687|+7378742833|+86282452253|sip:anonymous@anonymous.invalid"
)


@pytest.mark.parametrize("raw", WITHHELD.split("|"))
def test_withheld_callers_have_no_identity(raw: str) -> None:
    assert normalise(raw, "GB") is None


@pytest.mark.parametrize(
    ("e164", "masked"),
    [
        ("+447723456142", "+44 77•• ••• 142"),
        ("+8613812345678", "+86 13•• •••• 678"),
        ("+12025550104", "+1 20•• ••• 104"),
        ("+85291234567", "+852 91•• • 567"),
        ("+3545551234", "+354 •••••34"),
        ("rubbish", "•••••••"),
    ],
)
def test_mask(e164: str, masked: str) -> None:
    assert mask(e164) == masked


def test_pretty_groups_as_the_country_does() -> None:
    assert pretty("+447900900123") == "+44 7900 900123"
    assert pretty("+12025550104") == "+1 202-555-0104"
    assert pretty("rubbish") == "rubbish"


@given(st.text(max_size=30))
def test_whatever_comes_in_nothing_is_raised_and_a_stored_number_has_the_form(raw: str) -> None:
    number = normalise(raw, "GB")
    if number is not None and number.possible:
        assert number.e164[0] == "+"
        assert number.e164[1:].isascii()
        assert number.e164[1:].isdigit()
        assert len(number.e164) <= 16
        assert normalise(number.e164, "US") == replace(number, extension="")
    elif number is not None:
        assert number.problem is not None


@given(
    st.one_of(
        st.from_regex(r"\+[0-9]{3,18}", fullmatch=True),
        st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)).flatmap(
            lambda code: st.from_regex(rf"\+{code}0?[0-9]{{6,12}}", fullmatch=True)
        ),
        st.sampled_from(["", "+", "anonymous", "+266696687", "client:agent-1", "+44 7700 900123", "+447700900123x12"]),
    )
)
def test_the_short_way_to_e164_ends_where_the_long_one_does(shown: str) -> None:
    number = None if is_withheld(shown) or not shown.startswith("+") else normalise(shown, "ZZ")
    assert e164_of(shown) == (number.e164 if number is not None and number.possible else "")


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
def test_example_numbers_of_every_country_come_back_from_their_pretty_form(region: str) -> None:
    example = phonenumbers.example_number(region)
    assert example is not None
    e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    number = understood(pretty(e164), "GB")
    assert (number.e164, number.valid) == (e164, True)
