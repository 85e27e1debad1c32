"""When a listener hears a call, when it counts, and that no description lets them be heard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.call import CallState
from app.domain.listening import counts, goes_one_way, heard_seconds, silence_of

HEAD = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n"


def test_a_listener_hears_only_a_call_in_talk() -> None:
    for state in CallState:
        for held in (False, True):
            for paused in (False, True):
                why = silence_of(state.value, held=held, paused=paused, line_up=True)
                assert (why == "") == (state is CallState.CONNECTED and not held and not paused), (state, held, paused)
    assert silence_of("connected", held=False, paused=True, line_up=True) == "paused"
    assert silence_of("connected", held=False, paused=False, line_up=False) == "line"
    assert silence_of("consulting", held=True, paused=True, line_up=True) == "consult"


def test_a_minute_of_talk_counts() -> None:
    now = datetime(2031, 5, 1, 12, tzinfo=UTC)
    assert heard_seconds(40, None, now) == 40
    assert heard_seconds(40, now - timedelta(seconds=19), now) == 59
    assert not counts(59)
    assert counts(60)
    assert heard_seconds(3, now + timedelta(seconds=9), now) == 3  # a clock behind another's takes nothing back


@pytest.mark.parametrize(
    ("sdp", "passes"),
    [
        (HEAD + AUDIO + "a=recvonly\r\n", True),
        (HEAD + AUDIO + "a=inactive\r\n", True),
        (HEAD + AUDIO + "a=sendrecv\r\n", False),
        (HEAD + AUDIO + "a=sendonly\r\n", False),
        (HEAD + AUDIO, False),  # nothing said is both ways
        (HEAD + AUDIO + "a=recvonly\r\n" + AUDIO, False),
        (HEAD + AUDIO + "a=recvonly\r\na=sendrecv\r\n", False),
        (HEAD + "a=recvonly\r\n" + AUDIO + "a=sendrecv\r\n", False),
        (HEAD + "a=recvonly\r\n", False),
        ("", False),
        ((HEAD + AUDIO).replace("\r", "") + "a=recvonly\n", True),
    ],
)
def test_a_listener_may_only_receive(sdp: str, passes: bool) -> None:
    assert goes_one_way(sdp, "recvonly") is passes
    turned = sdp.replace("recvonly", "swap").replace("sendonly", "recvonly").replace("swap", "sendonly")
    assert goes_one_way(turned, "sendonly") is passes
