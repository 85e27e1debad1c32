"""A simulated customer by telephone: dials, goes through the menus, waits, talks, hangs up, or is called back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from random import Random
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.calls.models import Call, Callback, CallLeg
from app.db import reading
from app.demo.living.customers import Wish
from app.demo.living.telephones import Exchange
from app.demo.living.tempo import CALLED_BACK, NEVER_HOLD, Tempo
from app.phones.answers import CALL_ME_BACK, public_topics
from app.phones.spoken import LANGUAGES

log = logging.getLogger(__name__)

LOOK_S = 0.7
#: Looks for a call that the desk must have made of the ring, before the caller gives up.
TRIES = 40
#: Presses of the key that asks to be called back, before the caller puts the receiver down.
ASKS = 6
WAITING = ("queued", "offering")


class House(Protocol):
    """What callers ask of the whole."""

    tempo: Tempo
    closing: threading.Event


class SimulatedCaller(threading.Thread):
    """One call by telephone, and the callback that comes of it."""

    def __init__(self, house: House, exchange: Exchange, wish: Wish, seed: str) -> None:
        super().__init__(name="caller", daemon=True)
        self._house, self._exchange, self._wish, self._tempo = house, exchange, wish, house.tempo
        self._chance = Random(seed)  # noqa: S311 - a play, and the same one every time
        self._never_holds = self._chance.random() < NEVER_HOLD
        self._phase, self._due, self._missing, self._asked = "", 0.0, 0, 0
        #: The calls at the carrier: ours, and the one that the desk made to call back.
        self._sid = self._rung = ""
        #: Keys of the menus that are still to be pressed.
        self._keys: list[str] = []
        #: Somebody asks this customer to put the receiver down.
        self.done = threading.Event()
        self.public_id = ""

    def run(self) -> None:
        try:
            if self.dial():
                while not self._house.closing.wait(LOOK_S) and self.look():
                    continue
        except SQLAlchemyError as error:  # the database starts again; the telephone is put down all the same
            log.info("caller lost the desk: %s", type(error).__name__)
        except Exception:  # one caller who fails must not be a dead thread without a word
            log.exception("caller failed")
        self.put_down()

    def dial(self) -> bool:
        """Whether the line is there."""
        self._keys = keys_for(self._wish)
        self._sid = self._exchange.dial(self._wish.telephone)
        return bool(self._sid)

    def look(self) -> bool:
        """One look at how the call stands, and what this caller does about it; whether it goes on."""
        found = self._call()
        if found is None:
            self._missing += 1
            return self._missing < TRIES
        self.public_id = found.public_id
        if found.state != "ended":  # who is told that nobody answers leaves no message: there is no voice for it
            self._live(found)
        return found.state != "ended" and not self.done.is_set()

    def put_down(self) -> None:
        """The telephone that called; once it was called back, that leg."""
        for sid in {self._sid, self._rung} - {""}:
            self._exchange.hang_up(sid)

    def _call(self) -> Call | None:
        """The call of this telephone, None before the desk knows it; once it has asked for one, the callback's."""
        with reading() as session:
            call = session.scalar(select(Call).where(Call.start_key == self._sid))
            if call is None or call.end_reason != "callback":
                return call
            back = select(Call).join(Callback, Callback.call_id == Call.id).where(Callback.from_call_id == call.id)
            call = session.scalar(back)
            if call is not None:
                rung = select(CallLeg.provider_sid).where(CallLeg.call_id == call.id, CallLeg.role == "customer")
                self._rung = session.scalar(rung) or ""
            return call

    def _live(self, call: Call) -> None:
        if call.state in ("initiated", "ivr"):
            self._turn("menu", self._tempo.listen)
            if self._keys and self._is_due():
                self._exchange.press(self._sid, self._keys.pop(0))
                self._phase = ""  # the next menu is listened to anew
        elif call.direction == "outbound" and call.state in (*WAITING, "bridging"):
            self._phase = "away"  # whoever is to be called back does something else, and answers when it rings
        elif call.state in WAITING:
            soon = self._never_holds or self._asked
            self._turn("waiting", self._tempo.few_moments if soon else self._tempo.patience)
            if self._is_due():
                self._lose_patience()
        elif call.state != "bridging":
            self._turn("talking", self._tempo.talk)
            if self._is_due():
                self.done.set()

    def _lose_patience(self) -> None:
        wants = self._asked > 0 or self._never_holds or self._chance.random() < CALLED_BACK
        if wants and self._asked < ASKS and self._wish.telephone.startswith("+"):
            self._exchange.press(self._sid, CALL_ME_BACK)
            self._asked, self._phase = self._asked + 1, ""  # in vain while an agent's telephone rings: later again
        else:
            self.done.set()

    def _turn(self, phase: str, length: Callable[[Random], float]) -> None:
        if phase != self._phase:
            self._phase, self._due = phase, time.monotonic() + length(self._chance)

    def _is_due(self) -> bool:
        return time.monotonic() >= self._due


def keys_for(wish: Wish) -> list[str]:
    """What to press in the menus for it: the language, and the topic where it has a key."""
    with reading() as session:
        codes = [topic.code for topic in public_topics(session)]
    topic = codes.index(wish.topic) + 1 if wish.topic in codes else 1
    return [str(LANGUAGES.index(wish.language) + 1), str(topic)]
