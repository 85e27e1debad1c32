"""Enqueue and Leave: callers in named queues, each with a wait document, asked for again whenever it runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.twilio_emulator.engine.line import Activity, Frame, Line
from tests.twilio_emulator.engine.parser import Verb
from tests.twilio_emulator.errors import RestError, not_found
from tests.twilio_emulator.state import Member, Queue, seconds_between

if TYPE_CHECKING:
    from tests.twilio_emulator.engine.engine import Engine

#: A wait document that takes no time at all is not asked for more often than this, in seconds.
BREATH = 1.0


class Waiting(Activity):
    """A caller's place in a queue."""

    def __init__(self, frame: Frame, verb: Verb, queue: Queue) -> None:
        self.frame = frame
        self.verb = verb
        self.queue = queue
        self.line = frame.line
        self.engine = frame.line.engine
        self.member = Member(self.line.leg.sid, queue.sid, self.engine.clock.now())
        self._asked_at = self.engine.clock.now()
        self._first = True
        queue.members.append(self.member)
        self.engine.waiting[self.line.leg.sid] = self
        frame.later(0, self._ask)

    def leave(self) -> None:
        """<Leave>: out of the queue, on with the document below."""
        self.out("leave")

    def out(self, result: str) -> None:
        """End the wait and go on: with the action's reply, or with the verb below."""
        fields = self._remove(result)
        if self.verb.get("action"):
            self.frame.load(self.verb.get("action"), self.verb.get("method", "POST"), fields)
        else:
            self.frame.next()

    def bridged(self) -> None:
        """Somebody took the caller by <Dial><Queue>: no longer in the queue, and not yet through with the verb."""
        self._fields = self._remove("bridged")

    def bridge_ended(self) -> None:
        if self.verb.get("action"):
            self.frame.load(self.verb.get("action"), self.verb.get("method", "POST"), self._fields)
        else:
            self.frame.next()

    def key(self, digit: str) -> None:
        """Keys go to the wait document."""

    def gone(self, why: str) -> None:
        readings = self.engine.readings
        if self.engine.waiting.get(self.line.leg.sid) is not self:
            return
        if why == "hangup":
            first = self._first and readings.hangup_while_enqueued_is_error
            self._tell(self._remove("system-error" if first else "hangup"), run=False)
        else:
            fields = self._remove("redirected")
            if readings.enqueue_action_after_redirect:
                self._tell(fields, run=readings.enqueue_reply_is_run)

    def figures(self) -> dict[str, str]:
        """What each request for the wait document tells of the queue as it is now."""
        return {
            "QueuePosition": str(self.queue.members.index(self.member) + 1),
            "QueueSid": self.queue.sid,
            "QueueTime": str(self.waited()),
            "AvgQueueTime": str(self.queue.average_wait),
            "CurrentQueueSize": str(len(self.queue.members)),
            "MaxQueueSize": str(self.queue.max_size),
        }

    def waited(self) -> int:
        return seconds_between(self.member.enqueued_at, self.engine.clock.now())

    def _ask(self) -> None:
        """Ask for the wait document; without an address Twilio's own music plays and nobody is asked."""
        if not self.verb.get("waitUrl"):
            return
        self._asked_at = self.engine.clock.now()
        self.line.quiet()
        self.line.side = Frame(self.line, "wait", ended=self._again, broken=self._broken)
        url, method = self.frame.whole(self.verb.get("waitUrl")), self.verb.get("waitUrlMethod", "POST")
        self.line.side.load(url, method, self.figures())

    def _again(self) -> None:
        self._first = False
        took = (self.engine.clock.now() - self._asked_at).total_seconds()
        self.frame.later(max(0.0, BREATH - took), self._ask)

    def _broken(self, code: int, words: str) -> None:
        if self.engine.readings.broken_wait_leaves_queue:
            self.out("error")

    def _remove(self, result: str) -> dict[str, str]:
        fields = {"QueueResult": result, "QueueSid": self.queue.sid, "QueueTime": str(self.waited())}
        self.queue.members.remove(self.member)
        self.queue.waited.append(self.waited())
        self.queue.updated_at = self.engine.clock.now()
        del self.engine.waiting[self.line.leg.sid]
        self.line.quiet()
        return fields

    def _tell(self, fields: dict[str, str], *, run: bool) -> None:
        """Ask the action though the leg is elsewhere. With `run`, verbs in the reply take it away from there."""
        if not self.verb.get("action"):
            return
        url, method = self.frame.whole(self.verb.get("action")), self.verb.get("method", "POST")
        if run:
            self.line.aside(url, method, fields)
        else:
            self.engine.hooks.callback(url, method, self.line.fields() | fields)


def enqueue(frame: Frame, verb: Verb) -> None:
    """Put the caller into the queue of that name, which is made when it is not there."""
    engine = frame.line.engine
    queue = queue_of(engine, verb.text)
    if len(queue.members) >= int(verb.get("maxQueueSize") or queue.max_size):
        fields = {"QueueResult": "queue-full", "QueueSid": queue.sid, "QueueTime": "0"}
        if verb.get("action"):
            frame.load(verb.get("action"), verb.get("method", "POST"), fields)
        else:
            frame.next()
        return
    frame.activity = Waiting(frame, verb, queue)


def leave(frame: Frame, verb: Verb) -> None:
    frame.line.engine.waiting[frame.line.leg.sid].leave()


def queue_of(engine: Engine, name: str) -> Queue:
    """The queue of that name, made on demand."""
    account = engine.account
    queue = account.queue_named(name)
    if queue is None:
        now = engine.clock.now()
        queue = Queue(account.new_sid("QU"), name, now, now)
        account.queues[queue.sid] = queue
    return queue


def member_of(engine: Engine, queue_sid: str, call_sid: str) -> tuple[Member, Line]:
    """A member by its call's SID, or the `Front` one.

    Raises: RestError 20404.
    """
    queue = engine.account.queues.get(queue_sid)
    if queue is None:
        raise not_found(f"/Queues/{queue_sid}")
    for member in queue.members:
        if call_sid in ("Front", member.call_sid):
            return member, engine.lines[member.call_sid]
    raise RestError(404, 20404, f"No member {call_sid} in queue {queue_sid}")
