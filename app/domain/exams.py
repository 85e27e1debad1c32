"""What an exam comes to: weighted mean of the raters' means, one floor for every part.

A part counts when as many raters as agreed have scored it. Scores are 0 to 100. Exact fractions are kept until they are
shown: 69.995 is no 70.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

PARTS = ("theory", "practice")
LOWEST, HIGHEST = 0, 100


@dataclass(frozen=True, slots=True)
class ExamRules:
    """What an exam was set to when it began."""

    #: Part -> weight; they add up to 100.
    weights: Mapping[str, int]
    #: Needed in the whole.
    pass_mark: int = 70
    #: Needed in every part.
    part_floor: int = 50
    #: Needed for every part.
    fewest_raters: int = 2


@dataclass(frozen=True, slots=True)
class ExamResult:
    """An exam as its marks stand."""

    #: Part -> mean of its raters; only parts that anybody scored.
    means: Mapping[str, Fraction]
    #: Parts with too few raters, in the order of the rules.
    missing: tuple[str, ...]
    #: Parts below the floor; empty until all are scored.
    below: tuple[str, ...]
    #: Weighted mean; None until all parts are scored.
    total: Fraction | None
    passed: bool


def exam_result(rules: ExamRules, scores: Mapping[str, Sequence[int]]) -> ExamResult:
    """The result of the raters' `scores` by part.

    Raises:
        ValueError: weights do not add up to 100, or a score is out of range.
    """
    if sum(rules.weights.values()) != 100 or min(rules.weights.values()) < 0:
        raise ValueError("weights must add up to 100")
    if any(not LOWEST <= score <= HIGHEST for given in scores.values() for score in given):
        raise ValueError("scores are 0 to 100")
    means = {part: Fraction(sum(scores[part]), len(scores[part])) for part in rules.weights if scores.get(part)}
    missing = tuple(part for part in rules.weights if len(scores.get(part, ())) < max(1, rules.fewest_raters))
    if missing:
        return ExamResult(means, missing, (), None, False)
    below = tuple(part for part, mean in means.items() if mean < rules.part_floor)
    total = sum((means[part] * weight for part, weight in rules.weights.items()), Fraction(0)) / 100
    return ExamResult(means, (), below, total, not below and total >= rules.pass_mark)
