"""The questions of quality calls: what a draft may become, what its changes mean, and what counts as an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from app.domain.quality_call import RATINGS
from app.domain.questionnaire import CORE, LANGUAGES, PARTS, STANDING, Kind, Questionnaire, read, write
from app.domain.questionnaire_answers import Answers, given, is_answered, unanswered
from app.domain.questionnaire_editing import (
    LONGEST_PART,
    LONGEST_QUESTION,
    MOST_ITEMS,
    added,
    changes,
    item_field,
    lacking,
    moved,
    part_field,
    put_back,
    removed,
    too_much,
    typed,
)
from tests.fixtures.questions import item, questionnaire, said

OWN = item("own1", Kind.RATING)


def keys(asked: Questionnaire) -> list[str]:
    return [each.key for each in asked.items]


def test_what_is_written_is_read_again() -> None:
    asked = questionnaire(OWN, version=7)
    assert read(7, write(asked)) == asked


orders = st.one_of(
    st.tuples(st.just("up"), st.integers(0, MOST_ITEMS)),
    st.tuples(st.just("down"), st.integers(0, MOST_ITEMS)),
    st.tuples(st.just("remove"), st.integers(0, MOST_ITEMS)),
    st.tuples(st.just("add"), st.sampled_from(list(Kind))),
    st.tuples(st.just("put_back"), st.sampled_from([*STANDING, *CORE])),
)


def pressed_on(draft: Questionnaire, verb: str, key: str, what: Any, fresh: str) -> Questionnaire:
    """The draft after one button."""
    if verb in ("up", "down"):
        return moved(draft, key, -1 if verb == "up" else 1)
    if verb == "remove":
        return removed(draft, key)
    return added(draft, what, fresh) if verb == "add" else put_back(draft, key, said(key))


@examples(st.lists(orders, max_size=40))
def test_whatever_is_pressed_the_core_stays_whole_and_in_order(pressed: list[tuple[str, Any]]) -> None:
    draft = questionnaire()
    for number, (verb, what) in enumerate(pressed):
        key = keys(draft)[what % len(draft.items)] if isinstance(what, int) else what
        draft = pressed_on(draft, verb, key, what, f"own{number}")
        assert [each.key for each in draft.items if each.core] == list(CORE)
        assert all(each.kind is CORE[each.key] and each.required for each in draft.items if each.core)
        assert len(draft.items) <= MOST_ITEMS and len(set(keys(draft))) == len(draft.items)
        assert {each.kind for each in draft.added} <= {Kind.RATING, Kind.YES_NO, Kind.TEXT}


@pytest.mark.parametrize(
    ("key", "step", "after"),
    [
        ("need", -1, ["informed", "need", "overall"]),
        ("overall", 1, ["informed", "need", "overall"]),
        ("overall", -1, ["informed", "overall", "need"]),
        ("settled", -1, ["informed", "overall", "need"]),
        ("nothing", 1, ["informed", "overall", "need"]),
    ],
)
def test_an_item_passes_others_but_never_one_of_the_core_another(key: str, step: int, after: list[str]) -> None:
    assert keys(moved(questionnaire(), key, step))[4:7] == after


def test_a_new_item_stands_behind_the_ratings_and_an_old_one_comes_back_at_the_end() -> None:
    draft = added(added(questionnaire(), Kind.TEXT, "own1"), Kind.YES_NO, "own2")
    assert keys(draft) == [*CORE, "own1", "own2", *STANDING]
    without = removed(draft, "need")
    assert without.missing == ("need",) and keys(put_back(without, "need", said("x")))[-1] == "need"
    assert put_back(draft, "need", said("x")) == draft, "it is there"


def test_what_is_typed_changes_words_of_all_and_more_of_own_ones() -> None:
    before = questionnaire(OWN)
    form = {
        part_field("opening", "en"): "  Good day.\r\nMay I? ",
        item_field("speed", "en"): " How \n quick?\x00 ",
        "item-speed": "1",
        "item-speed-dimension": "price",
        item_field("own1", "zh_Hant"): "安全嗎？",
        "item-own1": "1",
        "item-own1-required": "1",
        "item-own1-dimension": "safety",
        "item-need": "1",
        "item-need-required": "1",
    }
    after = typed(before, form)
    own, speed, need = (after.item(key) for key in ("own1", "speed", "need"))
    assert own is not None and speed is not None and need is not None
    assert after.part("opening", "en") == "Good day.\nMay I?"
    assert (speed.text("en"), speed.text("zh_Hans"), speed.dimension) == ("How quick?", "speed? (zh_Hans)", "")
    assert (own.text("zh_Hant"), own.required, own.dimension) == ("安全嗎？", True, "safety")
    assert need.required is False, "nobody has to say something in words"
    assert typed(after, {}) == after, "what is not in the form stays"
    unticked = typed(after, {"item-own1": "1", "item-own1-dimension": "nonsense"}).item("own1")
    assert unticked is not None and (unticked.required, unticked.dimension) == (False, "")


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        (part_field("opening", "en"), "", "questionnaire_empty"),
        (part_field("opening", "en"), "On {date}", "questionnaire_hole"),
        (part_field("opening", "en"), "On {day", "questionnaire_hole"),
        (part_field("closing", "zh_Hans"), "{day}", "questionnaire_braces"),
        (item_field("settled", "zh_Hant"), "  ", "questionnaire_empty"),
        (item_field("overall", "en"), "{topic}?", "questionnaire_braces"),
        (part_field("low", "en"), "x" * (LONGEST_PART["low"] + 1), "too_long"),
        (item_field("need", "en"), "x" * (LONGEST_QUESTION + 1), "too_long"),
    ],
)
def test_what_stands_against_publishing(field: str, text: str, code: str) -> None:
    draft = typed(questionnaire(), {field: text})
    assert lacking(draft) == {field: code}
    assert bool(too_much(draft)) == (code == "too_long"), "a draft may have gaps"


def test_a_whole_draft_lacks_nothing_and_one_without_its_core_does() -> None:
    draft = questionnaire()
    holes = {part_field("opening", code): "On {day} about {topic}" for code in LANGUAGES}
    assert lacking(draft) == {} and lacking(typed(draft, holes)) == {}
    assert lacking(replace(draft, items=draft.items[1:])) == {"items": "questionnaire_core"}
    many = replace(draft, items=(*draft.items, *(item(f"own{n}", Kind.TEXT) for n in range(MOST_ITEMS))))
    assert lacking(many) == {"items": "questionnaire_full"}


@pytest.mark.parametrize(
    ("language", "scale", "low", "high", "fine"),
    [
        ("en", "1 is very bad, 5 is very good.", "very bad", "very good", True),
        ("en", "Five things, from 1 to 5: 1 is VERY bad and 5 very good.", "very bad", "very good", True),
        ("en", "Please give each a number from 1 to 5.", "very bad", "very good", False),
        ("en", "1 is very good, 5 is very bad.", "very bad", "very good", False),
        ("en", "1 is very bad, 5 is good, 10 is very good.", "very bad", "very good", False),
        ("en", "1 is very bad, 5 is splendid.", "very bad", "very good", False),
        ("zh_Hant", "１分是很差，５分是很好。", "很差", "很好", True),
        ("zh_Hans", "一分是很差，五分是很好。", "很差", "很好", True),
        ("zh_Hans", "请打1到5分。", "很差", "很好", False),
    ],
)
def test_the_scale_is_said_with_its_direction(language: str, scale: str, low: str, high: str, fine: bool) -> None:
    parts = {"scale": scale, "low": low, "high": high}
    draft = typed(questionnaire(), {part_field(name, language): text for name, text in parts.items()})
    assert lacking(draft) == ({} if fine else {part_field("scale", language): "questionnaire_scale"})


BEFORE = questionnaire(OWN)


@pytest.mark.parametrize(
    ("after", "core", "order", "new", "gone", "reworded"),
    [
        (BEFORE, (), False, (), (), ()),
        (typed(BEFORE, {item_field("speed", "zh_Hant"): "快嗎？"}), ("speed",), False, (), (), ()),
        (typed(BEFORE, {part_field("high", "en"): "splendid"}), ("scale",), False, (), (), ()),
        (typed(BEFORE, {part_field("opening", "en"): "Hello"}), (), False, (), (), ("opening",)),
        (typed(BEFORE, {item_field("need", "en"): "What?"}), (), False, (), (), ("need",)),
        (removed(BEFORE, "own1"), (), False, (), ("own1",), ()),
        (added(BEFORE, Kind.TEXT, "own2"), (), False, ("own2",), (), ()),
        (moved(BEFORE, "need", -1), (), True, (), (), ()),
        (moved(BEFORE, "suggestion", -1), (), False, (), (), ()),
    ],
)
def test_what_a_change_means_for_scores(
    after: Questionnaire,
    core: tuple[str, ...],
    order: bool,
    new: tuple[str, ...],
    gone: tuple[str, ...],
    reworded: tuple[str, ...],
) -> None:
    found = changes(BEFORE, after)
    assert (found.core, found.order, found.new, found.gone, found.reworded) == (core, order, new, gone, reworded)
    assert found.touches_scores == (bool(core) or order)


def test_the_opening_names_the_contact_and_nothing_else() -> None:
    asked = typed(questionnaire(), {part_field("opening", "en"): "On {day}: {topic} {0} {topic.x}"})
    assert asked.opening("en", day="20/11", topic="{day}") == "On 20/11: {day} {0} {topic.x}"


GOOD = {"settled": "yes", "ratings": dict.fromkeys(RATINGS, 4)}


@pytest.mark.parametrize(
    ("raw", "answers"),
    [
        (None, Answers(ratings=dict.fromkeys(RATINGS))),
        ("text", Answers(ratings=dict.fromkeys(RATINGS))),
        (GOOD, Answers("yes", dict.fromkeys(RATINGS, 4))),
        ({"ratings": {"speed": 6, "overall": True, "attitude": "5"}}, Answers(ratings=dict.fromkeys(RATINGS))),
        ({"settled": "maybe", "need_level": "basic"}, Answers(ratings=dict.fromkeys(RATINGS))),
        (
            {"need": " a\x00 ", "need_level": "basic", "suggestion": "x" * 3000, "may_return": False},
            Answers("", dict.fromkeys(RATINGS), "a", "basic", "x" * 2000, False),
        ),
        (
            {"extra": {"own1": 3, "own2": True, "own3": " so ", "own9": 5}},
            Answers(ratings=dict.fromkeys(RATINGS), extra={"own1": 3, "own2": True, "own3": "so"}),
        ),
        ({"extra": {"own1": True, "own2": 1, "own3": ""}}, Answers(ratings=dict.fromkeys(RATINGS))),
    ],
)
def test_what_counts_as_an_answer(raw: Any, answers: Answers) -> None:
    asked = questionnaire(OWN, item("own2", Kind.YES_NO), item("own3", Kind.TEXT))
    assert given(asked, raw) == answers


def test_what_was_not_asked_has_no_answer() -> None:
    asked = removed(removed(removed(questionnaire(), "need"), "suggestion"), "may_return")
    raw = {**GOOD, "need": "a", "need_level": "basic", "suggestion": "b", "may_return": True, "extra": {"own1": 1}}
    assert given(asked, raw) == Answers("yes", dict.fromkeys(RATINGS, 4))


@pytest.mark.parametrize(
    ("raw", "missing"),
    [
        ({**GOOD, "extra": {"own1": 2, "own2": False}}, ()),
        ({**GOOD, "extra": {"own1": 2}}, ("own2",)),
        ({"settled": "no", "extra": {"own1": 2, "own2": True}}, tuple(RATINGS)),
        ({}, ("settled", *RATINGS, "own1", "own2")),
    ],
)
def test_an_interview_is_complete_with_all_that_is_required(raw: Any, missing: tuple[str, ...]) -> None:
    asked = questionnaire(
        item("own1", Kind.RATING, required=True), item("own2", Kind.YES_NO, required=True), item("own3", Kind.TEXT)
    )
    assert unanswered(asked, given(asked, raw)) == missing


@pytest.mark.parametrize(
    ("raw", "answered"),
    [
        ({}, False),
        ({"suggestion": "words"}, False),
        ({"extra": {"own3": "words"}}, False),
        ({"settled": "no"}, True),
        ({"ratings": {"speed": 1}}, True),
        ({"extra": {"own1": 1}}, True),
    ],
)
def test_one_answer_that_can_be_counted_is_a_partial_interview(raw: Any, answered: bool) -> None:
    assert is_answered(given(questionnaire(OWN, item("own3", Kind.TEXT)), raw)) == answered


def test_every_part_has_a_limit() -> None:
    assert set(LONGEST_PART) == set(PARTS)
