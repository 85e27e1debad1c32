"""Whatever agents, callers, browsers, processes and time do, and in whatever order: every invariant holds after it.

Runs over the real database with real commits and a clock of its own. HEARBACK_LONG=1 looks for longer and elsewhere.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from sqlalchemy import select, text

from app import db, outbox
from app.calls import answering, callback_page, control, ending, listening, media, outbound, presence, transfer, wrapup
from app.calls.models import Call
from app.db import reading
from app.effects import EFFECTS
from app.messages.receiving import receive_sms
from app.training import shadowing
from tests.fixtures.call_centre import Centre, agents, twice
from tests.fixtures.callbacks import open_page
from tests.fixtures.desk import links_of, offer_of, ring_in, route, sound_flows
from tests.fixtures.listening import create_listener, listener_hears, take_listeners
from tests.invariants.checks import assert_in_order, assert_invariants, assert_nobody_idle

LONG = os.environ.get("HEARBACK_LONG") == "1"
NUMBERS = ("", "+447700900123", "+8613800004410")
#: More passes than this in a row mean that the router chases its own tail.
MOST_PASSES = 20

calls = st.integers(0, 7)


def holds(*states: str) -> Callable[[Any], bool]:
    """Whether some agent holds a voice contact in one of these states."""
    return lambda machine: any(state in states for state in machine.held.values())


class CallCentre(Centre):
    """What callers, agents and customers' messages do in it."""

    #: Somebody in training, once they have come.
    listener = 0

    # Callers --------------------------------------------------------------------------------------------------

    @rule(
        topic=st.sampled_from(("parcel", "customs")),
        number=st.sampled_from(NUMBERS),
        language=st.sampled_from(("en", "en", "zh_Hans", "zh_Hant", "fr")),
    )
    def ring(self, topic: str, number: str, language: str) -> None:
        caller = self.do(ring_in, topic, number=number, language=language, name="Kim", process=self.processes[1])
        self.callers.append(caller)

    @precondition(lambda self: self.callers)
    @rule(call=calls, again=twice)
    def caller_hangs_up(self, call: int, again: bool) -> None:
        caller = self.live_caller(call)
        self.do(ending.customer_hangs_up, caller.call_id, again=again)

    @precondition(lambda self: self.callers)
    @rule(call=calls)
    def caller_page_is_lost(self, call: int) -> None:
        caller = self.live_caller(call)
        self.do(presence.caller_is_gone, caller.sid)

    @precondition(lambda self: self.callers)
    @rule(call=calls, reload=st.booleans())
    def caller_page_is_back(self, call: int, reload: bool) -> None:
        caller = self.live_caller(call)
        caller.sid = uuid.uuid4().hex
        caller.page = uuid.uuid4().hex if reload else caller.page
        self.do(
            presence.caller_says_hello, caller.call_id, sid=caller.sid, process_id=self.processes[0], page=caller.page
        )

    # Callbacks ------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.callers)
    @rule(call=calls, again=twice, page_open=st.sampled_from((True, True, True, False)))
    def choose_to_be_called_back(self, call: int, again: bool, page_open: bool) -> None:
        caller = self.live_caller(call)
        promise = self.do(callback_page.request_callback, caller.call_id, again=again)
        if promise is None or promise.started.public_id in {known.public_id for known in self.callers}:
            return
        self.do(presence.caller_is_gone, caller.sid)
        back = self.do(open_page, promise.token, self.processes[0])
        self.callers.append(back)
        if not page_open:
            self.do(presence.caller_is_gone, back.sid)

    @precondition(lambda self: self.callers)
    @rule(call=calls, again=twice, sound=st.booleans())
    def answer_callback(self, call: int, again: bool, sound: bool) -> None:
        caller = self.live_caller(call)
        self.do(callback_page.answer, caller.call_id, again=again)
        if sound:
            self.do(sound_flows, caller)

    @precondition(lambda self: self.callers)
    @rule(call=calls, again=twice, here=st.booleans())
    def say_not_now_or_here(self, call: int, again: bool, here: bool) -> None:
        step = callback_page.here_again if here else callback_page.not_now
        self.do(step, self.live_caller(call).call_id, again=again)

    @precondition(lambda self: self.owned)
    @rule(agent=agents, step=st.sampled_from(("stop", "again", "not_reached")), again=twice, stale=st.booleans())
    def choose_about_callback(self, agent: int, step: str, again: bool, stale: bool) -> None:
        agent, call = self.owner(agent)
        steps = {"stop": outbound.stop_ringing, "again": outbound.ring_again, "not_reached": outbound.not_reached}
        self.do(steps[step], call.id, self.agents[agent], self._epoch(agent, stale), again=again)

    @rule(agent=agents, answers=st.booleans())
    def callback_up_to_the_ring(self, agent: int, answers: bool) -> None:
        """The usual way in one step, so that the rest is reached often."""
        self.ring("parcel", NUMBERS[1], "en")
        self.choose_to_be_called_back(len(self.live) - 1, False, True)
        self.run_router()
        self._look()
        if any(state == "pending" for state in self.held.values()):
            self.accept(agent, False, False)
            if answers:
                self.do(callback_page.answer, self.callers[-1].call_id)
                self.do(sound_flows, self.callers[-1])

    # The router and offers ------------------------------------------------------------------------------------

    @rule()
    def run_router(self) -> None:
        for _ in range(MOST_PASSES):
            made = self.do(route)
            with reading() as session:
                assert_in_order(session, self.now)
                assert_invariants(session, self.now)
            if not made:
                break
        else:
            raise AssertionError("the router never comes to rest")
        with reading() as session:
            assert_nobody_idle(session, self.now)

    @precondition(holds("pending"))
    @rule(agent=agents)
    def ringing(self, agent: int) -> None:
        agent, offer = self.holder(agent, "pending")
        self.do(answering.confirm_ringing, offer.id, self.agents[agent])

    @precondition(holds("pending", "active"))
    @rule(agent=agents, again=twice, stale=st.booleans())
    def accept(self, agent: int, again: bool, stale: bool) -> None:
        agent, offer = self.holder(agent, "pending", "active")
        self.do(answering.accept_offer, offer.id, self.agents[agent], self._epoch(agent, stale), again=again)

    @precondition(holds("pending"))
    @rule(agent=agents, other=agents)
    def accept_the_offer_of_somebody_else(self, agent: int, other: int) -> None:
        other, offer = self.holder(other, "pending")
        if agent != other:
            before = self.refused
            self.do(answering.accept_offer, offer.id, self.agents[agent], self._epoch(agent))
            assert self.refused == before + 1

    @precondition(holds("pending", "accepted"))
    @rule(agent=agents, busy=st.booleans(), again=twice)
    def decline(self, agent: int, busy: bool, again: bool) -> None:
        agent, offer = self.holder(agent, "pending", "accepted")
        self.do(answering.decline_offer, offer.id, self.agents[agent], busy=busy, again=again)

    @precondition(lambda self: self.callers)
    @rule(call=calls, again=twice)
    def sound(self, call: int, again: bool) -> None:
        caller = self.live_caller(call)
        self.do(sound_flows, caller, again=again)

    @precondition(lambda self: self.callers)
    @rule(call=calls, state=st.sampled_from(("up", "lost", "failed")), of_caller=st.booleans(), old=st.booleans())
    def one_side_reports(self, call: int, state: str, of_caller: bool, old: bool) -> None:
        caller = self.live_caller(call)
        for link in links_of(caller):
            with reading() as session:
                owner = session.get_one(Call, caller.call_id).owner_id
            speaker = media.Speaker(call_id=link.call_id) if of_caller else media.Speaker(agent_id=owner or 0)
            self.do(media.report_link, speaker, link.id, link.epoch - old, state)

    # Calls ----------------------------------------------------------------------------------------------------

    @rule(agent=agents, topic=st.sampled_from(("parcel", "customs")))
    def talk(self, agent: int, topic: str) -> None:
        """The usual beginning in one step, so that the rest is reached often."""
        self.ring(topic, NUMBERS[1], "en")
        self.run_router()
        self._look()
        if any(state == "pending" for state in self.held.values()):
            self.ringing(agent)
            self.accept(agent, False, False)
            self.do(sound_flows, self.callers[-1])

    def first_calls(self) -> None:
        self.talk(0, "parcel")
        self.ring("customs", NUMBERS[2], "en")

    @precondition(lambda self: self.owned)
    @rule(agent=agents, command=st.sampled_from(("hold", "resume", "keys")), again=twice, stale=st.booleans())
    def command(self, agent: int, command: str, again: bool, stale: bool) -> None:
        agent, call = self.owner(agent)
        epoch, before = self._epoch(agent, stale), self.done
        if command == "keys":
            self.do(control.press_keys, call.id, self.agents[agent], epoch, "12#", again=again)
        else:
            step = control.hold if command == "hold" else control.resume
            self.do(step, call.id, self.agents[agent], epoch, again=again)
        assert not (stale and epoch != self._epoch(agent) and self.done > before), "an old page was obeyed (I14)"

    @precondition(lambda self: self.owned)
    @rule(agent=agents, step=st.sampled_from(("listen", "stop", "not_now", "lost", "reload")), again=twice)
    def somebody_listens(self, agent: int, step: str, again: bool) -> None:
        agent, call = self.owner(agent)
        if not self.listener:
            self.listener = self.do(create_listener, *self.queues)
            take_listeners(*self.agents)
        who = {"sid": f"ear-{self.listener}", "process_id": self.processes[0]}
        if step == "listen":
            self.do(shadowing.listen, self.listener, call.id, page="ear", **who, again=again)
            self.do(listener_hears, self.listener, again=again)
        elif step == "stop":
            self.do(listening.stop, self.listener, again=again)
        elif step == "not_now":
            self.do(listening.not_now, call.id, self.agents[agent], self._epoch(agent), again=again)
        else:
            self.do(presence.desk_is_gone, f"ear-{self.listener}")
            if step == "reload":
                self.do(listening.page_is_here, self.listener, page=uuid.uuid4().hex, **who, again=again)

    @rule(agent=agents, again=twice)
    def hang_up(self, agent: int, again: bool) -> None:
        with reading() as session:
            live = session.scalars(select(Call.id).where(Call.state != "ended").order_by(Call.id)).all()
        for call_id in live:
            self.do(ending.agent_hangs_up, call_id, self.agents[agent], again=again)

    @precondition(lambda self: self.owned)
    @rule(agent=agents, other=agents, again=twice)
    def consult(self, agent: int, other: int, again: bool) -> None:
        agent, call = self.owner(agent)
        arguments = (call.id, self.agents[agent], self._epoch(agent), self.agents[other])
        self.do(transfer.consult, *arguments, again=again)

    @precondition(lambda self: self.owned)
    @rule(agent=agents, other=agents, complete=st.booleans(), sound=st.booleans())
    def consult_and_talk(self, agent: int, other: int, complete: bool, sound: bool) -> None:
        """A consultation up to the talk, and on to the warm transfer."""
        agent, call = self.owner(agent)
        caller = next(caller for caller in self.callers if caller.call_id == call.id)
        self.do(transfer.consult, call.id, self.agents[agent], self._epoch(agent), self.agents[other])
        offer = offer_of(self.agents[other])
        if offer is None or offer.state != "pending":
            return
        self.do(answering.accept_offer, offer.id, self.agents[other], self._epoch(other))
        self.do(sound_flows, caller)
        if complete:
            self.do(transfer.complete_consult, call.id, self.agents[agent], self._epoch(agent))
            if sound:
                self.do(sound_flows, caller)

    @precondition(lambda self: self.owned)
    @rule(agent=agents, again=twice, complete=st.booleans())
    def end_consult(self, agent: int, again: bool, complete: bool) -> None:
        agent, call = self.owner(agent)
        step = transfer.complete_consult if complete else transfer.cancel_consult
        self.do(step, call.id, self.agents[agent], self._epoch(agent), again=again)

    @precondition(lambda self: self.owned)
    @rule(agent=agents, queue=st.integers(0, 1), to_agent=st.none() | agents, again=twice)
    def pass_on(self, agent: int, queue: int, to_agent: int | None, again: bool) -> None:
        agent, call = self.owner(agent)
        target = {"to_queue": self.queues[queue]} if to_agent is None else {"to_agent": self.agents[to_agent]}
        arguments = (call.id, self.agents[agent], self._epoch(agent))
        self.do(transfer.transfer_blind, *arguments, note="Please", again=again, **target)

    # After the call, messages ----------------------------------------------------------------------------------

    @precondition(holds("accepted", "active", "wrapping"))
    @rule(
        agent=agents,
        draft=st.fixed_dictionaries(
            {},
            optional={
                "note": st.sampled_from(("", "On its way.")),
                "disposition": st.sampled_from((None, 1, 2, 99)),
                "topics": st.sampled_from(([], [1], [99], None)),
                "phase": st.sampled_from((None, "during", "never")),
                "sms": st.sampled_from(
                    ([], [{"template_code": "thanks", "language": "en", "send": True}],
                     [{"template_code": "gone", "language": "en"}])
                ),
            },
        ),
    )  # fmt: skip
    def type_draft(self, agent: int, draft: dict[str, Any]) -> None:
        agent, offer = self.holder(agent, "accepted", "active", "wrapping")
        self.do(wrapup.save_draft, offer.id, self.agents[agent], draft)

    @precondition(holds("wrapping"))
    @rule(agent=agents, again=twice)
    def extend(self, agent: int, again: bool) -> None:
        agent, offer = self.holder(agent, "wrapping")
        self.do(wrapup.extend, offer.id, self.agents[agent], again=again)

    @precondition(holds("active", "wrapping"))
    @rule(agent=agents, disposition=st.integers(0, 1), sms=st.sampled_from(((), ("thanks",), ("named",))), again=twice)
    def save(self, agent: int, disposition: int, sms: tuple[str, ...], again: bool) -> None:
        agent, offer = self.holder(agent, "active", "wrapping")
        chosen = tuple(wrapup.SmsChoice(code, "en") for code in sms)
        filled = wrapup.WrapUp(self.dispositions[disposition], "Done.", phase="after", sms=chosen)
        self.do(wrapup.save, offer.id, self.agents[agent], filled, again=again)

    @rule(number=st.sampled_from(NUMBERS[1:]), word=st.sampled_from(("STOP", "START", "退订", "Thanks")), again=twice)
    def text_comes_in(self, number: str, word: str, again: bool) -> None:
        self.do(receive_sms, number, word, "console", uuid.uuid4().hex, again=again)

    @rule()
    def run_outbox(self) -> None:
        while self.do(outbox.run_next, EFFECTS, "worker"):
            pass


def test_every_invariant_holds_whatever_happens(database: str) -> None:
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Hundreds of commits a run: real ones, but nobody pulls the plug of a test's disk.
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    db.engine().dispose()
    run_state_machine_as_test(
        CallCentre,
        settings=settings(
            max_examples=200 if LONG else 15,
            stateful_step_count=60 if LONG else 30,
            derandomize=not LONG,
            database=None,
            deadline=None,
            print_blob=True,
            phases=(Phase.explicit, Phase.generate, Phase.shrink) if LONG else (Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
