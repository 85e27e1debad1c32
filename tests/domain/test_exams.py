"""Marks and stages, as a table."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from app.domain.exams import ExamRules, exam_result
from app.domain.road import Stage, earliest_leave, last_valid_day, months_after

RULES = ExamRules({"theory": 60, "practice": 40})


@pytest.mark.parametrize(
    ("theory", "practice", "total", "passed", "below"),
    [
        ((70, 70), (70, 70), 70, True, ()),
        ((80, 90), (60, 70), 77, True, ()),
        ((100, 100), (49, 50), Fraction(798, 10), False, ("practice",)),
        ((100, 100), (50, 50), 80, True, ()),
        ((49, 49), (100, 100), Fraction(694, 10), False, ("theory",)),
        ((70, 69), (70, 70), Fraction(697, 10), False, ()),  # means, then weights; nothing is rounded up
        ((40, 90, 95), (60, 62), Fraction(694, 10), False, ()),
        ((40, 90, 98), (60, 65), Fraction(706, 10), True, ()),  # one low mark is outvoted
    ],
)
def test_the_result_of_an_exam(
    theory: tuple[int, ...], practice: tuple[int, ...], total: Fraction, passed: bool, below: tuple[str, ...]
) -> None:
    result = exam_result(RULES, {"theory": theory, "practice": practice})
    assert (result.total, result.passed, result.below, result.missing) == (total, passed, below, ())


def test_a_part_without_enough_raters_leaves_no_result() -> None:
    result = exam_result(RULES, {"theory": (100, 100), "practice": (100,)})
    assert (result.total, result.passed, result.missing) == (None, False, ("practice",))
    assert result.means == {"theory": 100, "practice": 100}
    assert exam_result(RULES, {}).missing == ("theory", "practice")


@pytest.mark.parametrize("score", [-1, 101])
def test_scores_out_of_range_are_refused(score: int) -> None:
    with pytest.raises(ValueError, match="0 to 100"):
        exam_result(RULES, {"theory": (score,)})


def test_weights_add_up() -> None:
    with pytest.raises(ValueError, match="add up"):
        exam_result(ExamRules({"theory": 60, "practice": 50}), {})


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 12, 30), 2, date(2028, 2, 29)),
        (date(2026, 11, 23), 12, date(2027, 11, 23)),
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
    ],
)
def test_months_are_those_of_the_calendar(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then


def test_stages_have_their_least_time() -> None:
    leave = {
        stage: earliest_leave(stage, date(2026, 9, 23), class_months=1, practice_months=2) for stage in list(Stage)[:3]
    }
    assert leave == {
        Stage.TRAINEE: date(2026, 10, 23),
        Stage.PRACTICE: date(2026, 11, 23),
        Stage.EXAM: date(2026, 9, 23),
    }
    assert last_valid_day(date(2026, 11, 23), 12) == date(2027, 11, 22)
