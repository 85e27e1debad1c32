"""A simulated customer: calls about something, waits as long as patience lasts, talks, hangs up."""

from __future__ import annotations

import logging
import secrets
import threading
import time
import uuid
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.calls import callback_page, cookie, inbound
from app.clock import now
from app.customers.models import Customer, CustomerPhone
from app.db import reading
from app.demo.crowd import REGIONS
from app.demo.living.line import Line, LineLost, Refused
from app.demo.living.tempo import AT_THE_RING, CALLED_BACK, KNOWN, LANGUAGES, NEVER_HOLD, Tempo, pick
from app.demo.stories import SHARES
from app.errors import DeskError
from app.queues.hours import hours_of
from app.queues.models import Queue, Topic
from app.queues.presence import SIMULATED_PAGE

log = logging.getLogger(__name__)

LOOK_S = 0.4
RETRY_S = 2.0
#: Tries to find the server again; then the caller is gone, as the sweep will see.
TRIES = 15
WAITING = ("initiated", "queued", "offering")
#: Places in a region's numbers that no customer of the demo has; and how many strangers withhold theirs.
STRANGERS, WITHHELD = (250, 390), 0.2


class House(Protocol):
    """What customers ask of the whole."""

    address: str
    origin: str
    secret: str
    most_waiting: int
    tempo: Tempo
    closing: threading.Event


@dataclass(frozen=True, slots=True)
class Wish:
    """Who calls, about what."""

    topic: str
    language: str
    name: str
    #: What they say on the call page; strangers say nothing.
    number: str
    #: What the network shows when they call by telephone.
    telephone: str


def wishes(chance: Random, served: set[int]) -> Wish | None:
    """Somebody with a question for one of the `served` queues; None while all of them are closed."""
    language = pick(chance, LANGUAGES)
    with reading() as session:
        rows = session.execute(
            select(Topic.code, Queue)
            .join(Queue, Queue.id == Topic.queue_id)
            .where(Topic.active, Topic.public, Queue.active, Queue.id.in_(served))
            .order_by(Topic.id)
        ).all()
        hours = hours_of(session, list({row.Queue.id: row.Queue for row in rows}.values()), now())
        topics = [row.code for row in rows if hours[row.Queue.id].open]
        # Customers who are marked as demo data: nobody real gets a call in the profile that never was
        people = session.execute(
            select(Customer.name, CustomerPhone.e164)
            .join(CustomerPhone, CustomerPhone.customer_id == Customer.id)
            .where(Customer.demo, Customer.language == language)
            .order_by(CustomerPhone.id)
        ).all()
    if not topics:
        return None
    shares = {code: SHARES[language].get(code, 0) for code in topics}
    topic = pick(chance, shares if any(shares.values()) else dict.fromkeys(topics, 1))
    if people and chance.random() < KNOWN:
        known = chance.choice(people)
        return Wish(topic, language, known.name, known.e164, known.e164)
    stranger = chance.choice([region for region in REGIONS if region.language == language])
    telephone = stranger.number(chance.randrange(*STRANGERS)) if chance.random() > WITHHELD else "anonymous"
    return Wish(topic, language, stranger.name(chance), "", telephone)


class SimulatedCustomer(threading.Thread):
    """One call, from the click to the end."""

    def __init__(self, house: House, wish: Wish, seed: str) -> None:
        super().__init__(name="customer", daemon=True)
        self._house, self._wish, self._tempo = house, wish, house.tempo
        self._chance = Random(seed)  # noqa: S311 - a play, and the same one every time
        self._page = SIMULATED_PAGE + secrets.token_hex(8)
        self._phase, self._due = "", 0.0
        self._reported: set[tuple[int, int]] = set()
        self._never_holds = self._chance.random() < NEVER_HOLD
        #: Somebody asks this customer to put the receiver down.
        self.done = threading.Event()
        self.public_id = ""
        #: Of the ring that is on: when this customer does what about it.
        self._ring: tuple[str, float] | None = None

    def run(self) -> None:
        try:
            started = self._call()
        except DeskError as refused:  # closed or full in this very moment: counted as any refused caller
            log.info("customer was refused: %s", refused.code)
            return
        except SQLAlchemyError as error:
            log.info("customer did not get through: %s", type(error).__name__)
            return
        self.public_id = started.public_id
        for _ in range(TRIES):
            try:
                promised = self._hold_the_line(started)
                if promised is None:
                    return
                started, self.public_id = promised, promised.public_id
            except (LineLost, Refused) as error:
                log.info("customer lost the line: %s", error)
                if self._house.closing.wait(RETRY_S):
                    return
            except Exception:  # one caller who fails must not be a dead thread without a word
                log.exception("customer failed")
                return

    def _call(self) -> inbound.StartedCall:
        """Through the service of the call page's button: the page itself lets an address call three times only."""
        return inbound.start_call(
            topic_code=self._wish.topic,
            language=self._wish.language,
            number=self._wish.number,
            name=self._wish.name,
            start_key=str(uuid.uuid4()),
            max_waiting=self._house.most_waiting,
            simulated=True,
        )

    def _hold_the_line(self, started: inbound.StartedCall) -> inbound.StartedCall | None:
        """Until the call is over; the callback that this customer asked for instead of waiting on, if so."""
        value = f"{cookie.NAME}={cookie.seal(self._house.secret, started)}"
        line = Line(self._house.address, "/call", value, origin=self._house.origin)
        try:
            image: dict[str, Any] = line.ask("call.sync", {"page": self._page})["image"]
            while image["state"] != "ended":
                self._report_sound(line, image)
                self._answer_ring(line, image)
                if self._wants_to_end(image):
                    promised = self._ask_for_callback(started, image)
                    if promised is None:
                        line.ask("call.hangup", {})
                    return promised
                event = line.hear(LOOK_S)
                if event is None:
                    continue
                if event[0] == "call.image" and event[1]["v"] >= image["v"]:
                    image = event[1]
                elif event[0] == "live.resync":
                    image = line.ask("call.sync", {"page": self._page})["image"]
            return None
        finally:
            line.close()

    def _wants_to_end(self, image: dict[str, Any]) -> bool:
        """Whether patience or the talk is over; each begins anew when the caller is put in line again."""
        if self.done.is_set() or self._house.closing.is_set():
            return True
        if image["callback"] is not None and image["callback"]["state"] != "connected":
            return False  # whoever is to be called back does something else meanwhile
        phase = "waiting" if image["state"] in WAITING else "talking"
        if image["state"] == "bridging":
            return False
        if phase != self._phase:
            length = self._tempo.patience(self._chance) if phase == "waiting" else self._tempo.talk(self._chance)
            if phase == "waiting" and self._never_holds:
                length = self._tempo.few_moments(self._chance)
            self._phase, self._due = phase, time.monotonic() + length
        return time.monotonic() >= self._due

    def _ask_for_callback(self, started: inbound.StartedCall, image: dict[str, Any]) -> inbound.StartedCall | None:
        """Some who have no patience left keep their place instead of giving up."""
        if image["state"] != "queued" or image["callback"] is not None or self._house.closing.is_set():
            return None
        if self.done.is_set() or (not self._never_holds and self._chance.random() >= CALLED_BACK):
            return None
        sealed = cookie.seal(self._house.secret, started)
        try:
            call_id, _public_id = cookie.open_sealed(self._house.secret, sealed)
            return callback_page.request_callback(call_id).started
        except DeskError as refused:  # somebody is about to answer: then the patience lasts no longer
            log.info("customer gets no callback: %s", refused.code)
            return None

    def _answer_ring(self, line: Line, image: dict[str, Any]) -> None:
        """Answer a callback that rings, after a moment; some are not at the page, some do not want it any more."""
        if image["callback"] is None or image["callback"]["state"] != "ringing":
            self._ring = None
            return
        if self._ring is None:
            self._ring = (pick(self._chance, AT_THE_RING), time.monotonic() + self._tempo.pick_up(self._chance))
        reaction, due = self._ring
        if reaction and time.monotonic() >= due:
            self._ring = ("", due)
            try:
                line.ask(reaction, {})
            except Refused as refused:
                log.info("customer came too late: %s", refused.code)

    def _report_sound(self, line: Line, image: dict[str, Any]) -> None:
        """What a browser would say of each link: sound arrives."""
        for link in image["links"]:
            if (link["id"], link["epoch"]) not in self._reported:
                self._reported.add((link["id"], link["epoch"]))
                line.ask("link.state", {"link": link["id"], "epoch": link["epoch"], "state": "up"})
