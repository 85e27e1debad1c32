"""Who answered and who did not, and whether it is the person or what came to them."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.scoring.differences import fisher
from app.domain.scoring.mix import Rated, by_mix, verdict_by_mix
from app.domain.scoring.nonresponse import FEWEST_IN_CELL, REST, Asked, Compared, compare_facts
from app.domain.scoring.pooling import pool
from app.domain.scoring.verdict import Word, verdict


def close(value: float, digits: int) -> object:
    return pytest.approx(value, abs=0.5 * 10**-digits)


def compare(rows: list[Asked]) -> Compared:
    return compare_facts({"tier": rows})["tier"]


def asked(level: str, answered: int, silent: int, rating: float | None = 4) -> list[Asked]:
    return [Asked(level, True, rating)] * answered + [Asked(level, False)] * silent


@pytest.mark.parametrize(
    ("k1", "n1", "k2", "n2", "low", "high"),
    # Newcombe (1998), table II, method 10
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
    ],
)
def test_the_published_intervals_of_a_difference(k1: int, n1: int, k2: int, n2: int, low: float, high: float) -> None:
    found = compare([*asked("a", k1, n1 - k1), *asked("b", k2, n2 - k2)])
    level = next(each for each in found.levels if each.name == "a")
    assert level.difference is not None
    assert (level.difference.value, level.difference.low, level.difference.high) == (
        pytest.approx(k1 / n1 - k2 / n2),
        close(low, 4),
        close(high, 4),
    )
    assert level.p == pytest.approx(fisher(k1, n1, k2, n2)), "two levels, one comparison"
    assert {each.p for each in found.levels} == {level.p}


def test_fishers_test_is_the_same_by_counting_each_table() -> None:
    for k1, n1, k2, n2 in ((3, 7, 9, 11), (0, 6, 2, 5), (30, 61, 12, 44), (4, 4, 0, 0)):
        good, ways = k1 + k2, math.comb(n1 + n2, k1 + k2)
        chances = [math.comb(n1, k) * math.comb(n2, good - k) for k in range(max(0, good - n2), min(good, n1) + 1)]
        seen = math.comb(n1, k1) * math.comb(n2, k2)
        assert fisher(k1, n1, k2, n2) == sum(each for each in chances if each <= seen) / ways


def test_levels_come_by_size_and_small_ones_together() -> None:
    found = compare([*asked("few", 1, 1), *asked("many", 20, 30), *asked("some", 4, 6), *asked("lone", 1, 1)])
    assert [(each.name, each.asked, each.answered) for each in found.levels] == [
        ("many", 50, 20),
        ("some", 10, 4),
        (REST, 4, 2),
    ]
    assert not found.differs and found.weighted is None and found.fewest == 2
    alone = compare(asked("only", 3, 4))
    assert alone.levels[0].difference is None and alone.levels[0].p == 1


def test_whoever_looks_at_many_facts_is_corrected_for_all_of_them() -> None:
    """Two comparisons of two facts, three of the third: Holm over five."""
    two, three = [*asked("a", 9, 1), *asked("b", 3, 7)], [*asked("x", 5, 5), *asked("y", 5, 5), *asked("z", 4, 6)]
    found = compare_facts({"first": two, "second": [*asked("a", 8, 2), *asked("b", 8, 2)], "third": three})
    assert found["first"].levels[0].p == pytest.approx(5 * fisher(9, 10, 3, 10))
    assert not found["first"].differs and compare(two).differs
    assert compare_facts({}) == {} and compare([]).levels == ()


def test_who_waited_long_and_did_not_answer_is_counted_back_in() -> None:
    """100 asked in each cell; 60 answered with 4.5 where the wait was short, 30 with 3.5 where it was long."""
    short = asked("short", 60, 40, 4.5)
    long = asked("long", 30, 70, 3.5)
    found = compare([*short, *long])
    assert found.differs and {each.name: each.differs for each in found.levels} == {"short": True, "long": True}
    assert found.weighted is not None
    assert found.weighted.mean.value == pytest.approx((100 * 4.5 + 100 * 3.5) / 200)
    assert found.weighted.plain == pytest.approx((60 * 4.5 + 30 * 3.5) / 90)
    assert (found.weighted.mean.low, found.weighted.mean.high) == (4.0, 4.0), "nobody differs inside a cell here"
    too_few = compare([*short, *long[1:]])
    assert (too_few.weighted, too_few.fewest) == (None, FEWEST_IN_CELL - 1)


def test_the_interval_of_a_weighted_mean() -> None:
    """Two cells of 40 asked and 30 rated 3 and 5 in turn: s^2 = 30/29, variance 2 (1/4) s^2 / 30."""
    cell = [Asked("a", True, 3 + 2 * (turn % 2)) for turn in range(30)] + [Asked("a", False)] * 10
    other = [Asked("b", each.answered, each.rating) for each in cell]
    found = compare([*cell, *other]).weighted
    assert found is not None
    assert found.mean.high - 4 == pytest.approx(1.959964 * math.sqrt(2 / 4 * (30 / 29) / 30), abs=1e-6)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans(), st.integers(1, 5)), min_size=1, max_size=150))
def test_nobody_is_lost_between_the_levels(rows: list[tuple[str, bool, int]]) -> None:
    found = compare([Asked(level, answered, rating if answered else None) for level, answered, rating in rows])
    assert sum(each.asked for each in found.levels) == len(rows)
    assert sum(each.answered for each in found.levels) == sum(row[1] for row in rows)
    for each in found.levels:
        assert 0 <= each.p <= 1 and each.response.low <= each.response.value <= each.response.high + 1e-12
        assert each.difference is None or each.difference.low <= each.difference.value <= each.difference.high


def agents_with_complaints(chance: random.Random, *, own: float = 0.0) -> dict[str, list[Rated]]:
    """Twelve equal agents; complaints get 1.2 points less from everybody, and "g" gets hardly anything else.

    `own` is how much worse "g" is than the others with the same contacts.
    """
    found: dict[str, list[Rated]] = {}
    for agent in "abcdefghijkl":
        share = 0.95 if agent == "g" else 0.3
        found[agent] = []
        for _answer in range(120):
            complaint = chance.random() < share
            rating = (3.3 if complaint else 4.5) + chance.gauss(0, 0.6) - (own if agent == "g" else 0)
            topic = "complaint" if complaint else "parcel"
            found[agent].append(Rated(rating, ((topic, "standard"), (topic,))))
    return found


def plain(answers: dict[str, list[Rated]]) -> dict[str, list[float]]:
    return {agent: [each.rating for each in own] for agent, own in answers.items()}


def test_nobody_is_looked_at_more_closely_for_the_complaints_that_they_get() -> None:
    answers = agents_with_complaints(random.Random(4))
    pooled, mix = pool(plain(answers)), by_mix(answers)
    assert verdict(pooled["g"], 4.0) is Word.LOOK_CLOSER
    assert verdict_by_mix(pooled["g"], mix["g"], 4.0) is Word.MIX
    assert mix["g"].expected == pytest.approx(3.36, abs=0.1) and mix["a"].expected == pytest.approx(4.1, abs=0.1)
    assert (mix["g"].compared, mix["g"].n) == (120, 120)


def test_the_mix_is_no_excuse_for_who_is_worse_with_the_same_contacts() -> None:
    answers = agents_with_complaints(random.Random(4), own=0.9)
    pooled, mix = pool(plain(answers)), by_mix(answers)
    assert verdict_by_mix(pooled["g"], mix["g"], 4.0) is Word.LOOK_CLOSER
    # Their own answers are in no comparison: what is expected of them does not fall with them
    assert mix["g"].expected == pytest.approx(by_mix(agents_with_complaints(random.Random(4)))["g"].expected)


def test_where_few_others_had_such_contacts_nothing_is_shifted() -> None:
    answers = {agent: [Rated(4.0, ()), Rated(5.0, (("customs",),))] * 4 for agent in "abc"}
    answers["d"] = [Rated(2.0, (("alone", "key"), ("alone",)))] * 8
    mix = by_mix(answers)
    assert {agent: (each.compared, each.n) for agent, each in mix.items()} == dict.fromkeys("abcd", (0, 8))
    assert mix["d"].adjusted == pool(plain(answers))["d"]
    assert mix["d"].expected == 4.5, "others' mean: nothing better is known"
    assert by_mix({"a": [Rated(4, ())]}) == {}


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"),
        st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["x", "y"])), min_size=1, max_size=20),
        max_size=8,
    )
)
def test_the_mix_never_blames_anybody(given_: dict[str, list[tuple[int, str]]]) -> None:
    answers = {agent: [Rated(rating, ((kind,),)) for rating, kind in own] for agent, own in given_.items()}
    pooled, mix = pool(plain(answers)), by_mix(answers)
    assert pooled.keys() == mix.keys()
    for agent, each in pooled.items():
        word, with_mix = verdict(each, 4.2), verdict_by_mix(each, mix[agent], 4.2)
        assert with_mix == word or (word, with_mix) == (Word.LOOK_CLOSER, Word.MIX)
        assert verdict_by_mix(each, None, 4.2) == word
