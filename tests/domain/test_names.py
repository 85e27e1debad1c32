import pytest

from app.domain.names import TONES, avatar_tone, initials


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Amelia Hart", "AH"),
        ("Ana María de la Cruz", "AC"),
        ("陈思雨 Chen Siyu", "陈"),
        ("Li Na 李娜", "L"),
        ("李娜", "李"),
        ("madonna", "M"),
        ("<script>alert(1)</script> Bob", "B"),
        ("📦 Parcel Shop", "PS"),
        ("", "?"),
        (None, "?"),
        ("   ", "?"),
    ],
)
def test_initials_are_one_or_two_signs(name: str | None, expected: str) -> None:
    assert initials(name) == expected


def test_a_name_keeps_its_tone_and_names_share_all_tones() -> None:
    assert avatar_tone("Amelia Hart") == avatar_tone("Amelia Hart")
    assert {avatar_tone(f"Person {n}") for n in range(40)} == set(TONES)
