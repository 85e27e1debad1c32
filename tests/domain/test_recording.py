"""What may be recorded, and the life of a recording."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.moves import IllegalMove
from app.domain.recording import (
    FINAL,
    MOVES,
    POLICIES,
    RecordingEvent,
    RecordingState,
    advance,
    begins_well,
    container_of,
    wants_recording,
)


@given(st.lists(st.sampled_from(RecordingEvent)))
def test_whatever_happens_nothing_leaves_the_end(events: list[RecordingEvent]) -> None:
    state, ended = RecordingState.OPEN, False
    for event in events:
        try:
            state = advance(state, event)
        except IllegalMove:
            continue
        assert not ended
        ended = state in FINAL


def test_every_state_is_reached_and_only_the_end_has_no_way_out() -> None:
    assert {RecordingState.OPEN, *MOVES.values()} == set(RecordingState)
    assert set(RecordingState) - {state for state, _event in MOVES} == FINAL


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("asked_for", [True, False])
def test_nobody_is_recorded_unasked(policy: str, asked_for: bool) -> None:
    assert not any(wants_recording(policy, consent, asked_for=asked_for) for consent in ("not_told", "refused", ""))
    told = wants_recording(policy, "told", asked_for=asked_for)
    assert told == (policy == "on" or (policy == "on_request" and asked_for))


@pytest.mark.parametrize(
    ("media_type", "first", "taken"),
    [
        ("audio/webm;codecs=opus", b"\x1a\x45\xdf\xa3rest", True),
        ("Audio/WebM", b"\x1a\x45\xdf\xa3", True),
        ("audio/ogg;codecs=opus", b"OggSrest", True),
        ("audio/mp4", b"\x00\x00\x00\x18ftypmp42", True),
        ("audio/wav", b"RIFF\x00\x00\x00\x00WAVE", True),
        ("audio/webm", b"<html>", False),
        ("audio/webm", b"", False),
        ("text/html", b"\x1a\x45\xdf\xa3", False),
    ],
)
def test_sound_is_known_by_how_it_begins(media_type: str, first: bytes, taken: bool) -> None:
    assert begins_well(media_type, first) is taken


def test_only_sound_is_taken() -> None:
    assert container_of("audio/webm; codecs=opus") == "audio/webm"
    assert container_of("video/webm") is None
