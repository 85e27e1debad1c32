"""A broadcast is one frame written to every websocket: whole, in order, nobody silently behind, stock where it must."""

from __future__ import annotations

import json
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import gevent
import gevent.pywsgi
import gevent.socket
import pytest
import socketio
from geventwebsocket.handler import WebSocketHandler

from app import clock, live
from app.board.images import KEY
from app.db import transaction
from app.security.sessions import open_session
from app.sockets import fanout
from app.sockets.fanout import WRITTEN_FOR, Fanout, Line
from benchmarks.crowd import Client
from tests.browser.running import RunningDesk
from tests.fixtures.desk import create_user

PATIENCE_S = 20
FRAME = 30_000


def test_the_libraries_are_those_it_was_written_for() -> None:
    """Whoever upgrades one reads the places marked "private" in app/sockets/fanout.py, then changes WRITTEN_FOR."""
    assert {name: version(name) for name in WRITTEN_FOR} == WRITTEN_FOR


# One line ---------------------------------------------------------------------------------------------------


class Pair:
    """A line, and the other end of its connection."""

    def __init__(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self.far = socket.socket()
        self.far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.far.settimeout(PATIENCE_S)
        self.far.connect(listener.getsockname())
        accepted, _ = listener.accept()
        listener.close()
        self.near = gevent.socket.socket(fileno=accepted.detach())
        self.line = Line(self.near)

    def read(self, size: int = 2**31) -> bytes:
        """What comes, until `size` bytes or the end; in a thread, so that the line goes on writing."""
        return gevent.get_hub().threadpool.apply(self._read, (size,))

    def _read(self, size: int) -> bytes:
        taken = bytearray()
        while len(taken) < size:
            more = self.far.recv(min(65_536, size - len(taken)))
            if not more:
                break
            taken += more
        return bytes(taken)


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.line.end()
    made.near.close()
    made.far.close()


def filled(pair: Pair) -> list[bytes]:
    """Frames written until the connection takes no more: the last one went in part."""
    frames = []
    while not pair.line.waits:
        frames.append(bytes([len(frames) % 256]) * FRAME)
        pair.line.write(frames[-1])
    return frames


def test_small_frames_leave_at_once(pair: Pair) -> None:
    assert pair.near.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_what_the_connection_does_not_take_goes_out_whole_and_in_order(pair: Pair) -> None:
    frames = filled(pair)
    frames.append(b"last words")
    pair.line.write(frames[-1])
    expected = b"".join(frames)
    assert pair.read(len(expected)) == expected
    assert pair.line.empty.wait(PATIENCE_S) and pair.line.waiting == 0
    pair.line.write(b"and at once again")
    assert pair.read(17) == b"and at once again"


def test_a_slow_client_gets_the_latest_image_of_each_room_once(pair: Pair) -> None:
    before = b"".join(filled(pair))
    for n in range(100):
        pair.line.soon(b"<queue 1: %d>" % n, ("queue.image", "queue:1"))
        pair.line.soon(b"<queue 2: %d>" % n, ("queue.image", "queue:2"))
        if n % 50 == 0:
            pair.line.write(b"<signal %d>" % n)
    expected = before + b"<signal 0><signal 50><queue 1: 99><queue 2: 99>"
    assert pair.read(len(expected)) == expected
    assert pair.line.replaced == 198


def test_what_is_said_in_one_turn_goes_out_in_order_even_when_it_goes_in_part(pair: Pair) -> None:
    said = [bytes([n]) * 90_000 for n in range(60)]
    first = [pair.line.soon(frame, ("image", n % 30)) for n, frame in enumerate(said[:-1])]
    assert first == [True] + 58 * [False] and not pair.line.waits
    pair.line.write(said[-1])
    assert pair.line.waits, "more than the kernel keeps"
    came = pair.read(90_000 * (60 - pair.line.replaced))
    numbers = [came[at] for at in range(0, len(came), 90_000)]
    assert all(came[at : at + 90_000] == said[came[at]] for at in range(0, len(came), 90_000)), "frames are whole"
    assert numbers == sorted(numbers) and numbers[-31:] == list(range(29, 60)), "of each image the latest came"


def test_one_that_takes_nothing_for_long_is_disconnected(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = len(b"".join(filled(pair)))
    monkeypatch.setattr(fanout, "STALLED_S", 0.0)
    with pytest.raises(BrokenPipeError):
        pair.line.soon(b"x", "an image")
    with pytest.raises(BrokenPipeError):
        pair.line.write(b"y")
    assert len(pair.read()) < sent, "the page sees the end, and comes back for everything"


def test_one_for_whom_too_much_piles_up_is_disconnected(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(pair)
    monkeypatch.setattr(fanout, "LONGEST_LINE", 4 * FRAME)
    with pytest.raises(BrokenPipeError):
        for _ in range(6):
            pair.line.write(b"z" * FRAME)
    assert pair.line.closed and not pair.line.waits
    assert b"z" * FRAME not in pair.read()


# The library's server with our register ----------------------------------------------------------------------


class Station:
    """A Socket.IO server of the library with Fanout; clients run in threads beside it."""

    def __init__(self) -> None:
        self.register = Fanout({"image"})
        self.server = socketio.Server(async_mode="gevent", client_manager=self.register, cors_allowed_origins="*")
        self.register.attach()
        self.server.on("join", self.join)
        self.server.on("talk", self.talk)
        self.answers: list[Any] = []
        self._web = gevent.pywsgi.WSGIServer(
            ("127.0.0.1", 0), socketio.WSGIApp(self.server), handler_class=WebSocketHandler, log=None
        )
        self._web.start()
        self.port: int = self._web.server_port

    def join(self, sid: str, _data: Any) -> dict[str, bool]:
        self.server.enter_room(sid, "room")
        return {"ok": True}

    def talk(self, sid: str, _data: Any) -> dict[str, bool]:
        """Broadcasts while packets to this very client are still in the library's queue."""
        self.server.emit("first", 1, to=sid, callback=self.answers.append)
        self.server.emit("image", {"n": 2}, to="room")
        self.server.emit("binary", b"3", to="room")
        self.server.emit("image", {"n": 4}, to="room")
        return {"ok": True}

    def tell(self, event: str, data: Any) -> None:
        self.server.emit(event, data, to="room")

    def beside(self, client: Callable[[], Any]) -> Any:
        """What a client came to that blocks its own thread."""
        return gevent.get_hub().threadpool.apply(client)

    def stop(self) -> None:
        self._web.stop(timeout=1)


@pytest.fixture
def station() -> Iterator[Station]:
    made = Station()
    yield made
    made.stop()


def joined(station: Station) -> Client:
    client = Client(station.port)
    client.ask("join")
    return client


def test_a_broadcast_is_written_past_the_queue_of_the_library(station: Station) -> None:
    client = station.beside(lambda: joined(station))
    station.tell("image", {"words": "中文 ✓"})
    assert json.loads(station.beside(lambda: client.expect("42"))[2:]) == ["image", {"words": "中文 ✓"}]
    assert "permessage-deflate" not in client.handshake.lower()
    client.socket.close()


def test_a_broadcast_stays_behind_what_the_library_has_queued(station: Station) -> None:
    def talk() -> list[str]:
        client = joined(station)
        client.say('420["talk",{}]')
        packets = [client.packet() for _ in range(6)]
        client.say("431[" + '"heard"]')
        client.socket.close()
        return packets

    first, image, binary, attachment, latest, answer = station.beside(talk)
    assert first.startswith("42") and "first" in first
    assert (image, latest) == ('42["image",{"n":2}]', '42["image",{"n":4}]')
    assert binary.startswith("451-") and attachment == "3"
    assert answer.startswith("430")


def test_a_client_that_polls_gets_broadcasts_the_librarys_way(station: Station) -> None:
    address = f"http://127.0.0.1:{station.port}/socket.io/?EIO=4&transport=polling"

    def ask(address: str, packet: str = "") -> str:
        with urllib.request.urlopen(address, packet.encode() or None, timeout=PATIENCE_S) as answer:  # noqa: S310 - ours
            return answer.read().decode()

    def join() -> str:
        mine = address + "&sid=" + json.loads(ask(address)[1:])["sid"]
        ask(mine, "40")
        connected = ask(mine)
        ask(mine, '420["join",{}]')
        assert connected.startswith("40") and ask(mine).startswith("430")
        return mine

    mine = station.beside(join)
    beside_it = station.beside(lambda: joined(station))
    station.tell("image", {"n": 1})
    assert station.beside(lambda: ask(mine)) == station.beside(lambda: beside_it.expect("42")) == '42["image",{"n":1}]'
    beside_it.socket.close()


def test_a_client_that_leaves_is_forgotten(station: Station) -> None:
    clients = [station.beside(lambda: joined(station)) for _ in range(3)]
    assert len(station.register.lines) == 3
    station.beside(clients[1].socket.close)
    with gevent.Timeout(PATIENCE_S):
        while len(station.register.lines) == 3:
            gevent.idle()
    station.tell("image", {"n": 1})
    assert station.beside(lambda: clients[2].expect("42")) == '42["image",{"n":1}]'
    for client in (clients[0], clients[2]):
        client.socket.close()


# The product -------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[RunningDesk]:
    running = RunningDesk(database, tmp_path)
    running.start_web()
    yield running
    running.stop()


def test_one_wall_stops_reading_and_ends_on_the_latest_image(desk: RunningDesk) -> None:
    lead = create_user("supervisor", name="Lead")
    with transaction() as session:
        cookie = open_session(session, lead, address="127.0.0.1", browser="test", at=clock.now())
    slow, good = Client(desk.port, cookie, kernel_bytes=4096), Client(desk.port, cookie)
    for client in (slow, good):
        assert client.ask("board.sync")["ok"]
    changes = 400
    seen: list[int] = []
    reader = threading.Thread(target=lambda: seen.extend(_changes(good, changes - 1)), daemon=True)
    reader.start()
    for n in range(changes):
        with transaction() as session:
            live.send(session, live.room_of("board", KEY), "board.image", {"change": n, "rows": "x" * 6000})
    reader.join(PATIENCE_S)
    assert seen == list(range(changes)), "who reads gets every one, in order"
    late = _changes(slow, changes - 1)
    assert late[-1] == changes - 1 and late == sorted(late)
    assert len(late) < changes / 2, "what it missed was not kept for it"
    assert slow.ask("live.ping")["ok"], "and it goes on as before"
    for client in (slow, good):
        client.socket.close()


def _changes(client: Client, last: int) -> list[int]:
    """Numbers of the changes that came, up to `last`."""
    numbers: list[int] = []
    while not numbers or numbers[-1] != last:
        _, image = json.loads(client.expect('42["board.image"')[2:])
        if "change" in image:
            numbers.append(image["change"])
    return numbers
