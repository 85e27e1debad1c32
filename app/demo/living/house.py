"""The whole play: seats are taken, customers come, and everybody goes home when it ends."""

from __future__ import annotations

import logging
import threading
import time
from random import Random

from sqlalchemy.exc import SQLAlchemyError

from app.demo.living.agents import SimulatedAgent
from app.demo.living.caller import SimulatedCaller
from app.demo.living.customers import SimulatedCustomer, Wish, wishes
from app.demo.living.seats import cast
from app.demo.living.telephones import Exchange
from app.demo.living.tempo import BY_TELEPHONE, Tempo

log = logging.getLogger(__name__)

#: Callers at once, at most: a house whose agents are all away must not fill its lines.
MOST_CALLERS = 14
#: Callers who come in quick succession when the house opens: nobody should look at an idle one for a minute.
FIRST, FIRST_FASTER = 3, 6
#: Seconds the agents get to finish what is in hand, when the house closes.
GRACE_S = 12.0


class House:
    """The running play."""

    def __init__(
        self,
        address: str,
        *,
        secret: str,
        origin: str = "",
        tempo: Tempo | None = None,
        agents: int = 7,
        seed: int = 1,
        most_waiting: int = 200,
        exchange: Exchange | None = None,
    ) -> None:
        """`exchange`: where telephones are simulated too."""
        self.address, self.secret, self.origin = address, secret, origin
        self.tempo = tempo or Tempo()
        self.most_waiting = most_waiting
        self.closing = threading.Event()
        self.exchange = exchange
        self._seed = seed
        self._chance = Random(seed)  # noqa: S311 - a play, and the same one every time
        self._agents = [SimulatedAgent(self, seat, str(seed)) for seat in cast(agents)]
        self._customers: list[SimulatedCustomer | SimulatedCaller] = []

    def play(self) -> None:
        """Until `closing` is set: then callers hang up, agents finish, go offline and sign out."""
        log.info("simulated agents: %s", [agent.seat.login for agent in self._agents])
        for agent in self._agents:
            agent.start()
            self.closing.wait(self.tempo.moment(self._chance))  # people do not sit down all at once
        number = 0
        while not self.closing.wait(self.tempo.arrival(self._chance) / (FIRST_FASTER if number < FIRST else 1)):
            for _ in range(self.tempo.burst(self._chance)):
                number += 1
                try:
                    self._customer_calls(number)
                except SQLAlchemyError as error:  # a database that starts again is back in a moment; so are callers
                    log.info("nobody called: %s", type(error).__name__)
        until = time.monotonic() + GRACE_S
        for thread in (*self._customers, *self._agents):
            if thread.ident is not None:
                thread.join(max(until - time.monotonic(), 0.0))
        log.info("simulation ended after %s customers", number)

    def colleague(self, agent_id: int, queue_id: int) -> int | None:
        """A simulated colleague who is free and serves the queue."""
        free = [a.seat.agent_id for a in self._agents if a.seat.agent_id != agent_id and a.free_for(queue_id)]
        return self._chance.choice(free) if free else None

    def seat(self, agent_id: int, *, there: bool) -> None:
        """Let telephone calls to that agent be taken, or no longer."""
        if self.exchange is not None:
            self.exchange.seat(agent_id, there=there)

    def hang_up(self, public_id: str) -> None:
        """Let the simulated customer of that call put the receiver down."""
        for customer in list(self._customers):
            if customer.public_id == public_id:
                customer.done.set()

    def _customer_calls(self, number: int) -> None:
        self._customers = [customer for customer in self._customers if customer.is_alive()]
        served = {queue for agent in self._agents if agent.present for queue in agent.seat.queues}
        if len(self._customers) >= MOST_CALLERS or not served:
            return
        wish = wishes(self._chance, served)
        if wish is not None:
            customer = self._customer(wish, f"{self._seed}:{number}")
            self._customers.append(customer)
            customer.start()

    def _customer(self, wish: Wish, seed: str) -> SimulatedCustomer | SimulatedCaller:
        if self.exchange is not None and self._chance.random() < BY_TELEPHONE:
            return SimulatedCaller(self, self.exchange, wish, seed)
        return SimulatedCustomer(self, wish, seed)
