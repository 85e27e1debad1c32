"""Agents' desks without browsers: signed-in sockets that say what the page says, and stamp each offer's arrival."""

from __future__ import annotations

import json
import queue
import selectors
import threading
import time
from typing import Any

import websocket


class Desk:
    """One agent's socket."""

    def __init__(self, port: int, agent_id: int, cookie: str) -> None:
        self.agent_id = agent_id
        self.epoch = 0
        self.socket = websocket.create_connection(
            f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket",
            cookie=f"hearback={cookie}",
            origin=f"http://127.0.0.1:{port}",
            timeout=120,
            skip_utf8_validation=True,  # done in Python there, slower than 200 desks talk
        )
        self._expect("0")
        self.socket.send("40")
        self._expect("40")

    def sit_down(self) -> None:
        """Say what a page says: hello, microphone checked, available; then show the lines and the team."""
        name = f"bench-{self.agent_id}"
        answer = self.ask("desk.hello", {"tab": name, "page": name})
        self.epoch = answer["epoch"]
        self.ask("agent.device", {"ready": True, "label": "bench", "epoch": self.epoch})
        self.ask("agent.intent", {"intent": "available", "epoch": self.epoch})
        self.ask("queue.sync", {})
        self.ask("team.sync", {})

    def ask(self, event: str, data: dict[str, Any]) -> dict[str, Any]:
        """The acknowledgement of `event`; whatever else arrives meanwhile is passed over.

        Raises:
            RuntimeError: the server refused.
        """
        self.socket.send("420" + json.dumps([event, data]))
        answer: dict[str, Any] = json.loads(self._expect("430")[3:])[0]
        if not answer.get("ok"):
            raise RuntimeError(f"{event}: {answer}")
        return answer

    def tell(self, event: str, data: dict[str, Any]) -> None:
        """Send without asking for an acknowledgement."""
        self.socket.send("42" + json.dumps([event, data]))

    def _expect(self, start: str) -> str:
        while True:
            frame = str(self.socket.recv())
            if frame == "2":
                self.socket.send("3")
            elif frame.startswith(start):
                return frame


class Listening:
    """One thread that hears all desks: answers pings, reports offers and their end with the moment of arrival."""

    def __init__(self) -> None:
        #: (moment by time.perf_counter, desk, the first offer or None)
        self.heard: queue.SimpleQueue[tuple[float, Desk, dict[str, Any] | None]] = queue.SimpleQueue()
        self._desks: list[Desk] = []
        #: Desks that the server let go: then fewer are online than the figure says.
        self.lost = 0
        self._selector = selectors.DefaultSelector()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, desk: Desk) -> None:
        """Hear this one too, from now on: the server drops a socket whose pings nobody answers."""
        self._desks.append(desk)
        self._selector.register(desk.socket.sock, selectors.EVENT_READ, desk)

    def stop(self) -> None:
        """Hear no more, and close every socket."""
        self._stopping.set()
        self._thread.join()
        for desk in self._desks:
            desk.socket.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select(timeout=0.2):
                try:
                    self._take(key.data)
                except (websocket.WebSocketException, OSError):
                    self._selector.unregister(key.fileobj)
                    self.lost += 1

    def _take(self, desk: Desk) -> None:
        frame = str(desk.socket.recv())
        moment = time.perf_counter()
        if frame == "2":
            desk.socket.send("3")
        elif frame.startswith('42["desk.image"'):
            offers = json.loads(frame[2:])[1]["offers"]
            self.heard.put((moment, desk, offers[0] if offers else None))
