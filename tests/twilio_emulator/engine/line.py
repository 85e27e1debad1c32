"""A leg at work: the document it runs, what holds it up, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from tests.twilio_emulator.clock import Timer
from tests.twilio_emulator.engine.fields import of_call
from tests.twilio_emulator.engine.parser import NOT_TWIML, TwimlError, Verb, parse, read
from tests.twilio_emulator.hooks import Document, Failure
from tests.twilio_emulator.state import CallStatus, Leg

if TYPE_CHECKING:
    from tests.twilio_emulator.engine.engine import Engine
    from tests.twilio_emulator.engine.rooms import Seat


class Activity:
    """What a leg is busy with beyond a moment: a Gather, a wait, a dialled room. Subclasses take what concerns them."""

    def key(self, digit: str) -> None:
        """A key was pressed on this leg."""

    def hear(self, words: str, confidence: str) -> None:
        """Somebody said something on this leg. `confidence` may be empty."""

    def speaks(self, seconds: float) -> None:
        """Somebody talks for so long on this leg."""

    def gone(self, why: str) -> None:
        """The leg was taken away from it: `hangup` or `redirected`. It tells whom it must, and goes on with nothing."""


class Frame:
    """One document of a leg and where in it. A frame that was stopped does nothing any more."""

    def __init__(
        self, line: Line, place: str, *, ended: Callable[[], None], broken: Callable[[int, str], None]
    ) -> None:
        self.line = line
        self.place = place
        self.url = ""
        self.activity: Activity | None = None
        self.alive = True
        self._ended = ended
        self._broken = broken
        self._verbs: tuple[Verb, ...] = ()
        self._cursor = 0
        self._asked = 0
        self._timers: list[Timer] = []

    def load(self, url: str, method: str = "POST", more: Mapping[str, str] | None = None) -> None:
        """Ask for a document and go on with it in place of what runs now. `url` may be relative to the present one."""
        self._put_down()
        self._asked += 1
        self._ask(self.whole(url), method, more or {}, self._asked, *self._fallback())

    def give(self, text: str) -> None:
        """Run a document that came along with a REST request: it has no address of its own."""
        try:
            verbs = parse(text, self.place)
            for verb in verbs:
                if verb.name in {"Gather", "Record"} and "://" not in verb.get("action"):
                    raise TwimlError(
                        NOT_TWIML, f"<{verb.name}> in a given document needs a whole address as its action"
                    )
        except TwimlError as error:
            self._unreadable(error, "", 0)
        else:
            self.run(verbs, "")

    def whole(self, url: str) -> str:
        """An address of this document made absolute; the document's own for an empty one."""
        return urljoin(self.url, url) if url else self.url

    def later(self, seconds: float, fn: Callable[[], None]) -> Timer:
        """Run `fn` then, if this frame still runs the same document."""
        timer = self.line.engine.clock.after(seconds, lambda: fn() if self.alive else None)
        self._timers.append(timer)
        return timer

    def next(self) -> None:
        """The verb is done: go on with the one below, or end."""
        self._put_down()
        if not self.alive:
            return
        if self._cursor >= len(self._verbs):
            self._ended()
            return
        verb = self._verbs[self._cursor]
        self._cursor += 1
        self.line.engine.run_verb(self, verb)

    def stop(self, why: str) -> None:
        """Nothing of this document happens any more; what holds the leg lets go of it."""
        if not self.alive:
            return
        self.alive = False
        activity = self.activity
        self._put_down()
        if activity is not None:
            activity.gone(why)

    def _put_down(self) -> None:
        self.activity = None
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _fallback(self) -> tuple[str, str]:
        return self.line.fallback if self.place == "call" else ("", "POST")

    def _ask(self, url: str, method: str, more: Mapping[str, str], asked: int, fallback: str, by: str) -> None:
        def then(answer: Document | Failure) -> None:
            if not self.alive or asked != self._asked:
                return
            if isinstance(answer, Failure):
                self._broken(answer.code, answer.reason)  # whoever asked has logged it
                return
            try:
                verbs = read(answer, self.place)
            except TwimlError as error:
                came_from_fallback = bool(fallback) and _bare(answer.url) == _bare(fallback)
                self._unreadable(error, answer.url, asked, ("", by) if came_from_fallback else (fallback, by))
            else:
                self.run(verbs, answer.url)

        engine = self.line.engine
        engine.hooks.twiml(url, method, self.line.fields() | dict(more), then, fallback=fallback, fallback_method=by)

    def _unreadable(self, error: TwimlError, url: str, asked: int, fallback: tuple[str, str] | None = None) -> None:
        """The document is none: log it, and ask the fallback, once."""
        address, method = self._fallback() if fallback is None else fallback
        if not address:
            self._fail(error.code, f"{url}: {error}")
            return
        self.line.engine.warn(error.code, f"{url}: {error}")
        self._ask(address, method, {"ErrorCode": str(error.code), "ErrorUrl": url}, asked, "", "POST")

    def _fail(self, code: int, words: str) -> None:
        self.line.engine.warn(code, words)
        self._broken(code, words)

    def run(self, verbs: tuple[Verb, ...], url: str) -> None:
        """Run these verbs in place of what runs now. `url` is what relative addresses in them begin from."""
        self.url = url
        self._verbs = verbs
        self._cursor = 0
        self.next()


def _bare(url: str) -> str:
    return url.partition("#")[0].partition("?")[0]


class Line:
    """A leg with the document it runs. `side` is a document nested in what it does: of a wait, a hold, a screen."""

    def __init__(self, engine: Engine, leg: Leg) -> None:
        self.engine = engine
        self.leg = leg
        self.fallback: tuple[str, str] = ("", "POST")
        self.main: Frame | None = None
        self.side: Frame | None = None
        self.seat: Seat | None = None
        self.peer: Line | None = None
        #: What the person heard of texts and files: (moment, text or address), in order.
        self.heard: list[tuple[datetime, str]] = []
        self.parameters: dict[str, str] = {}
        self.on_end: list[Callable[[], None]] = []
        self.of_number = False

    def fields(self) -> dict[str, str]:
        return of_call(self.leg, self.engine.account.sid)

    def run(self, url: str, method: str = "POST") -> None:
        """Run the document at `url`, whatever the leg did before."""
        self.start().load(url, method)

    def run_given(self, text: str) -> None:
        """Run a document that came with a request."""
        self.start().give(text)

    def answer(self) -> None:
        """The call is taken: from now on it costs. Once only."""
        if self.leg.answered_at is None and not self.leg.over:
            self.leg.answered_at = self.engine.clock.now()
            self.engine.move(self, "in-progress")

    def let_go(self, why: str) -> None:
        """End whatever the leg does: its document, its place in a queue or a room, its bridge."""
        main, self.main = self.main, None
        if main is not None:
            main.stop(why)
        self.quiet()
        if self.seat is not None:
            self.seat.gone(why)

    def quiet(self) -> None:
        """Stop a nested document."""
        side, self.side = self.side, None
        if side is not None:
            side.stop("replaced")

    def end(self, status: CallStatus = "completed", sip_code: int = 0) -> None:
        """The call is over, however it came to that. Once only; nested ends find it over already."""
        if self.leg.over:
            return
        self.leg.sip_code = sip_code
        self.leg.ended_at = self.engine.clock.now()
        self.leg.status = status
        self.let_go("hangup")
        self.engine.recorder.owner_left(self.leg.sid)
        self.engine.told_end(self)
        for fn in self.on_end:
            fn()

    def aside(self, url: str, method: str, more: Mapping[str, str]) -> None:
        """Ask for a document beside what runs; verbs in it take the leg over, an empty or late one changes nothing."""

        def then(answer: Document | Failure) -> None:
            if self.leg.over or isinstance(answer, Failure):
                return
            try:
                verbs = read(answer, "call")
            except TwimlError as error:
                self.engine.warn(error.code, f"{answer.url}: {error}")
                return
            if verbs:
                self.start().run(verbs, answer.url)

        self.engine.hooks.twiml(url, method, self.fields() | dict(more), then)

    def doing(self) -> Activity | None:
        """What takes keys and words: of a nested document first."""
        for frame in (self.side, self.main):
            if frame is not None and frame.activity is not None:
                return frame.activity
        return None

    def start(self) -> Frame:
        """A document of its own, which is still to be had; whatever the leg did is over."""
        self.let_go("redirected")
        self.main = Frame(self, "call", ended=self.end, broken=lambda code, words: self._broken(code))
        return self.main

    def _broken(self, code: int) -> None:
        """ "An application error has occurred", and the call is over."""
        self.heard.append((self.engine.clock.now(), f"application error {code}"))
        self.answer()
        self.end("completed")
