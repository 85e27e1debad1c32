"""Days of scripted people, from the first ring to the saved wrap-up, under both readings of what Twilio leaves open.

Those that meet most of the switches are always played under both; HEARBACK_READINGS=both plays all of them so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fixtures.telephones import LINE, PLAYED, READINGS, Centre, Exchange, exchange, telephone_centre

ANN = "+447700900123"
#: A caller who is in line for the one topic of the desk.
IN_LINE = f"""
    {{0}} calls {LINE} from {{1}}
    {{0}} presses 1
    {{0}} presses 1
    5 s pass
"""


@pytest.fixture(scope="module")
def product(database_url: str) -> Iterator[tuple[Exchange, Callable[[Any], None]]]:
    with exchange(database_url) as made:
        yield made


@pytest.fixture(params=PLAYED)
def centre(request: pytest.FixtureRequest, database: str, product: Any) -> Iterator[Centre]:
    with telephone_centre(*product, readings=READINGS[request.param]) as made:
        yield made


@pytest.fixture(params=READINGS)
def either(request: pytest.FixtureRequest, database: str, product: Any) -> Iterator[Centre]:
    """Under each reading, always: for what meets most of the switches."""
    with telephone_centre(*product, readings=READINGS[request.param]) as made:
        yield made


def talking(who: str = "ann", number: str = ANN, agent: str = "bo") -> str:
    """In a talk with an agent who is at the desk already."""
    return in_line(who, number) + f"{agent} answers\n5 s pass\nthen {who} hears {agent}\n"


def in_line(who: str = "ann", number: str = ANN) -> str:
    return IN_LINE.format(who, number)


def test_who_waits_and_hangs_up_is_one_abandon_and_nobody_is_blamed(centre: Centre) -> None:
    centre.hire("bo")
    centre.play(in_line() + "40 s pass\nthen ann was told hold\nann hangs up")
    centre.play("bo logs in")
    centre.settle()
    [call], [item] = centre.calls(), centre.items()
    assert (call.state, item.reason) == ("ended", "abandoned")
    assert 40 <= (item.ended_at - item.enqueued_at).total_seconds() <= 55
    assert centre.offers() == []


def test_a_talk_from_the_ring_to_the_wrap_up(either: Centre) -> None:
    centre = either
    centre.hire("bo")
    centre.play("bo logs in\n" + talking())
    centre.play("""
        then bo hears ann
        bo holds
        3 s pass
        then ann hears nobody
        then bo hears nobody
        bo takes back
        3 s pass
        then ann hears bo
        ann hangs up
        3 s pass
        then bo's call is completed
        bo wraps up
    """)
    centre.settle()
    assert centre.calls()[0].end_reason == "customer_hangup"
    assert centre.offers() == [("bo", "completed")]


def test_an_agent_who_ignores_is_set_unavailable_and_the_next_one_gets_the_call(centre: Centre) -> None:
    centre.hire("bo", "cy")
    centre.play("bo logs in\n" + in_line() + in_line("dan", "+447700900456"))
    first = centre.items()[0]
    centre.play("bo ignores\n30 s pass")
    assert centre.offers() == [("bo", "timed_out")]
    assert centre.intent("bo") == "missed"
    assert centre.items()[0].rank_at == first.rank_at
    centre.play("cy logs in\n2 s pass\ncy answers\n5 s pass\nthen ann hears cy\nthen dan hears nobody")
    centre.play("cy hangs up\n3 s pass\nthen ann's call is completed\ncy wraps up\ndan hangs up")
    centre.settle()
    assert centre.offers()[:2] == [("bo", "timed_out"), ("cy", "completed")]


def test_who_hangs_up_in_the_second_of_the_answer_leaves_no_agent_behind(centre: Centre) -> None:
    centre.hire("bo")
    centre.play("bo logs in\n" + in_line())
    with centre.now():
        centre.do("bo", "answers")
    centre.turn()  # the agent's browser is being rung
    centre.clock.advance(0.4)
    centre.engine.hang_up(centre.people.legs["ann"])
    centre.play("10 s pass\nthen bo's call is completed")
    centre.settle()
    assert [item.reason for item in centre.items()] == ["abandoned_while_ringing"]
    assert centre.intent("bo") == "available"


def test_a_redirect_of_somebody_who_has_just_gone_is_refused_and_understood(either: Centre) -> None:
    centre = either
    centre.hire("bo")
    centre.play("bo logs in\n" + in_line())
    with centre.now():
        centre.do("bo", "answers")
    centre.turn()
    centre.clock.advance(0.7)  # the agent is in the room, the worker has not looked yet
    for _ in range(2):  # what Twilio tells of the hang-up is lost on the way, so that only the refusal tells of it
        centre.emulator.hooks.faults.once("drop", "/left")
        centre.emulator.hooks.faults.once("drop", "/status")
    centre.engine.hang_up(centre.people.legs["ann"])
    centre.turn()
    refused = [entry.code for entry in centre.emulator.journal.asked() if entry.status == 400]
    assert refused == [21220]
    centre.play("5 s pass\nthen bo's call is completed")
    centre.settle()
    assert centre.calls()[0].state == "ended"
    assert centre.intent("bo") == "available"


def test_a_warm_transfer_outlives_the_first_agents_browser(centre: Centre) -> None:
    centre.hire("bo", "cy")
    centre.play("bo logs in\n" + talking())
    centre.play("""
        cy logs in
        bo consults cy
        cy answers
        5 s pass
        then ann hears nobody
        then bo hears cy
        then cy hears bo
        bo completes the transfer to cy
        5 s pass
        then ann hears cy
        bo loses network
        40 s pass
        then ann hears cy
        then cy hears ann
        ann hangs up
        3 s pass
        then cy's call is completed
        cy wraps up
    """)
    centre.settle()
    assert centre.calls()[0].end_reason == "customer_hangup"


def test_a_blind_transfer_goes_through_the_line(centre: Centre) -> None:
    centre.hire("bo", "cy")
    centre.play("bo logs in\n" + talking())
    centre.play("""
        cy logs in
        bo transfers to cy
        3 s pass
        then bo's call is completed
        then ann hears nobody
        cy answers
        5 s pass
        then ann hears cy
        cy hangs up
        3 s pass
        then ann's call is completed
    """)
    centre.settle()
    assert [agent for agent, _ in centre.offers()] == ["bo", "cy"]


def test_an_agent_who_loses_the_network_gives_the_caller_back_to_the_head_of_the_line(centre: Centre) -> None:
    centre.hire("bo", "cy")
    centre.play("bo logs in\n" + talking() + "bo loses network\n60 s pass\nthen ann hears nobody")
    assert centre.calls()[0].state == "queued"
    centre.play("cy logs in\n2 s pass\ncy answers\n5 s pass\nthen ann hears cy\nann hangs up\n2 s pass\ncy wraps up")
    centre.settle()


def test_restarts_during_a_call(centre: Centre) -> None:
    centre.hire("bo")
    centre.play("bo logs in\n" + talking() + "the database restarts\nbo holds\n3 s pass\nthen ann hears nobody")
    centre.play("the product restarts\nbo takes back\n3 s pass\nthen ann hears bo")
    centre.play("the database restarts\nann hangs up\n2 s pass\nbo wraps up")
    centre.settle()
    assert centre.calls()[0].end_reason == "customer_hangup"
    assert centre.offers() == [("bo", "completed")]


def test_a_whisper_never_reaches_the_customer_until_the_supervisor_barges_in(centre: Centre) -> None:
    centre.hire("bo")
    centre.play("bo logs in\n" + talking())
    centre.play("""
        kim listens to bo
        3 s pass
        then kim hears ann and bo
        then bo hears ann
        kim whispers to bo
        3 s pass
        then bo hears ann and kim
        then ann hears bo
        then ann never heard kim
        kim barges in
        3 s pass
        then ann hears bo and kim
        ann hangs up
        3 s pass
        then kim's call is completed
        bo wraps up
    """)
    centre.settle()


def test_who_presses_one_in_line_is_called_back_once_at_the_old_place(centre: Centre) -> None:
    centre.hire("bo")
    centre.play(in_line() + f"ann presses 1\n12 s pass\nthen ann's call is completed\nphone {ANN} is unanswered")
    assert [call.direction for call in centre.calls()] == ["inbound", "outbound"]
    waited, promised = centre.items()
    assert (waited.reason, promised.enqueued_at) == ("callback_requested", waited.enqueued_at)
    centre.play("bo logs in\n2 s pass\nbo answers\n6 s pass")
    centre.play(f"ann answers the phone {ANN}\n6 s pass\nthen ann hears bo\nthen bo hears ann\nann hangs up")
    centre.play("3 s pass\nbo wraps up")
    centre.settle()
    rung = [leg for leg in centre.emulator.account.legs.values() if leg.to == ANN]
    assert [leg.status for leg in rung] == ["completed"]
