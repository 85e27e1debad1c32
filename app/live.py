"""Live screens: PostgreSQL's NOTIFY is the bus, full images are the messages.

A use case calls `touch(session, view, key)`: at commit, and only then, every web process hears that the image of
(view, key) is stale, builds it once from the committed rows and emits it to the room of that name. Images are
whole, so one that comes twice, late or after a gap does no harm. Those with long lists are whole for who joins; then
what changed follows, naming the version it goes on from, and a page that holds another one asks anew. `send` carries
the few messages that are not images (the signalling of a media link).
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from flask_socketio import SocketIO
from sqlalchemy import Text, delete, event, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import clock
from app.db import Base, Numbered, reading
from app.domain.image_changes import change_between

log = logging.getLogger(__name__)

CHANNEL = "hearback_live"
#: PostgreSQL refuses notices of 8,000 bytes and more.
LARGEST_NOTICE = 7600
#: Seconds for which a page that joins is shown the image its room has: a thousand that come back at once cost one.
FRESH_S = 2.0

_TELL = text("""SELECT pg_notify(channel, payload)
FROM unnest(CAST(:channels AS text[]), CAST(:payloads AS text[])) AS told(channel, payload)""")

STAFF = "/"
CALLER = "/call"


class LivePayload(Numbered, Base):
    """The body of a message too large for a notice; swept after a minute."""

    __tablename__ = "live_payloads"

    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


@dataclass(frozen=True, slots=True)
class View:
    """How one kind of image is built and where it goes."""

    #: (session, key) -> image, or None when there is nothing to show any more.
    build: Callable[[Session, str], dict[str, Any] | None]
    event: str
    namespace: str = STAFF
    #: Seconds to wait for further changes before building: coalesces a busy board to a few a second.
    delay_s: float = 0.0
    #: Views whose every change makes this one stale too, under the key "all".
    follows: tuple[str, ...] = ()
    #: Lists of entries with an id; of an image that has any, only what changed is emitted.
    lists: tuple[str, ...] = ()


@dataclass(slots=True)
class _Kept:
    """The image that a room shows, and when it was built."""

    image: dict[str, Any]
    built_at: float


def room_of(view: str, key: str | int) -> str:
    """The room that shows the image (view, key)."""
    return f"{view}:{key}"


def touch(session: Session, view: str, key: str | int) -> None:
    """Tell every screen, at commit, that the image (view, key) is stale."""
    session.info.setdefault("touched", {})[(view, str(key))] = True


def send(session: Session, room: str, name: str, data: dict[str, Any], *, namespace: str = STAFF) -> None:
    """Emit `data` to `room` in every web process, at commit and in order."""
    session.info.setdefault("sent", []).append([room, name, data, namespace])


def notify(session: Session, channel: str, payload: str) -> None:
    """Tell whoever listens on `channel`, at commit, once however often it is asked for."""
    session.info.setdefault("notices", {})[(channel, payload)] = True


@event.listens_for(Session, "before_commit")
def _notify(session: Session) -> None:
    touched = session.info.pop("touched", {})
    sent = session.info.pop("sent", [])
    told = [*session.info.pop("notices", {})]
    if not touched and not sent and not told:
        return
    session.flush()
    notices: list[dict[str, Any]] = [{"s": message} for message in sent]
    keys = [list(key) for key in touched]
    notices += [{"t": keys[i : i + 100]} for i in range(0, len(keys), 100)]
    for notice in notices:
        payload = json.dumps(notice, ensure_ascii=False, separators=(",", ":"), default=str)
        if len(payload.encode()) > LARGEST_NOTICE:
            row = LivePayload(body=payload)
            session.add(row)
            session.flush()
            payload = json.dumps({"p": row.id})
        told.append((CHANNEL, payload))
    channels, payloads = zip(*told, strict=True)
    session.execute(_TELL, {"channels": [*channels], "payloads": [*payloads]})


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("touched", None)
    session.info.pop("sent", None)
    session.info.pop("notices", None)


def drop_old_payloads(session: Session) -> None:
    """Remove spilled messages that every listener has long read."""
    session.execute(delete(LivePayload).where(LivePayload.created_at < func.now() - text("interval '60 seconds'")))


class Listener:
    """The one LISTEN connection of a web process, and the builder of its images."""

    def __init__(self, url: str, socketio: SocketIO, views: dict[str, View]):
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._socketio = socketio
        self._views = views
        self._followers: dict[str, list[str]] = {}
        for name, kind in views.items():
            for followed in kind.follows:
                self._followers.setdefault(followed, []).append(name)
        self._stale: dict[tuple[str, str], float] = {}
        self._wake = threading.Condition()
        self._stopping = threading.Event()
        #: Room -> version of the newest image sent to it: a page that holds an older one missed something.
        self.versions: dict[str, int] = {}
        #: Room -> what its pages show, of views with lists.
        self._kept: dict[str, _Kept] = {}
        #: Counts the times the connection was made: what was read before one may miss what was told before it.
        self._era = 0
        #: Set while the connection listens; tests and /readyz look at it.
        self.listening = threading.Event()

    def start(self) -> None:
        """Run both loops in the background (greenlets under gevent, threads elsewhere)."""
        threading.Thread(target=self._listen, name="live-listen", daemon=True).start()
        threading.Thread(target=self._build, name="live-build", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        with self._wake:
            self._wake.notify_all()

    def _listen(self) -> None:
        lost = False
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._era += 1
                    self._kept.clear()
                    self.listening.set()
                    if lost:  # notices were missed: everybody takes a new snapshot
                        self._emit("live.resync", {}, None, STAFF)
                        self._emit("live.resync", {}, None, CALLER)
                    lost = True
                    while not self._stopping.is_set():
                        for notice in connection.notifies(timeout=1.0):
                            self._take(notice.payload)
            except psycopg.Error as error:
                self.listening.clear()
                log.warning("live listener lost its connection: %s", error)
                self._stopping.wait(0.5)

    def _take(self, payload: str) -> None:
        notice = json.loads(payload)
        if "p" in notice:
            with reading() as session:
                body = session.scalar(select(LivePayload.body).where(LivePayload.id == notice["p"]))
            if body is None:
                return
            notice = json.loads(body)
        if "s" in notice:
            room, name, data, namespace = notice["s"]
            self._emit(name, data, room, namespace)
        for view, key in notice.get("t", ()):
            self._mark(view, key)
            for follower in self._followers.get(view, ()):
                self._mark(follower, "all")

    def _mark(self, view: str, key: str) -> None:
        kind = self._views.get(view)
        if kind is None:
            return
        if not self.has_members(room_of(view, key), kind.namespace):
            self._kept.pop(room_of(view, key), None)
            return
        with self._wake:
            self._stale.setdefault((view, key), time.monotonic() + kind.delay_s)
            self._wake.notify()

    def has_members(self, room: str, namespace: str) -> bool:
        """Whether a socket of this process shows the room's image."""
        rooms = self._socketio.server.manager.rooms.get(namespace, {})
        return room in rooms

    def _due(self) -> Iterable[tuple[str, str]]:
        with self._wake:
            while not self._stopping.is_set():
                moment = time.monotonic()
                due = [key for key, at in self._stale.items() if at <= moment]
                if due:
                    for key in due:
                        del self._stale[key]
                    return due
                nearest = min(self._stale.values(), default=None)
                self._wake.wait(None if nearest is None else nearest - moment)
        return []

    def _build(self) -> None:
        while not self._stopping.is_set():
            for view, key in self._due():
                kind = self._views[view]
                try:
                    era = self._era
                    with reading() as session:
                        image = kind.build(session, key)
                    if image is not None and kind.lists:
                        self._go_on(view, key, image, era)
                    elif image is not None:
                        self.versions[room_of(view, key)] = image.get("v", 0)
                        self._emit(kind.event, image, room_of(view, key), kind.namespace)
                except Exception:
                    # A page that misses an image asks for a snapshot every 30 s; the others must not wait for it.
                    log.exception("image not built", extra={"view": view})

    def whole(self, view: str, key: str) -> dict[str, Any] | None:
        """The image for a page that has just joined its room: the one from which the room's changes go on."""
        kept = self._kept.get(room_of(view, key))
        if kept and self.listening.is_set() and time.monotonic() - kept.built_at < FRESH_S:
            # A page sets its clock by an answer's
            return {**kept.image, "now": clock.now().isoformat()} if "now" in kept.image else kept.image
        era = self._era
        with reading() as session:
            image = self._views[view].build(session, key)
        if image is None or not self.listening.is_set():
            return image
        return self._go_on(view, key, image, era)

    def _go_on(self, view: str, key: str, image: dict[str, Any], era: int) -> dict[str, Any]:
        """Tell the room what `image` changes; the image that the room shows then. Nothing here waits for anything."""
        if era != self._era:
            return image  # the connection was lost meanwhile; everybody asks anew
        kind, room = self._views[view], room_of(view, key)
        kept = self._kept.get(room)
        if kept is not None and kept.image["v"] >= image["v"]:
            return kept.image
        change: dict[str, Any] | None = image
        if kept is not None:
            change = change_between(kept.image, image, kind.lists)
        if change is None and kept is not None:
            image = {**image, "v": kept.image["v"]}  # pages show it already
        elif change is not None:
            self._emit(kind.event, {**change, "key": key}, room, kind.namespace)
        self._kept[room] = _Kept(image, time.monotonic())
        self.versions[room] = image["v"]
        return image

    def _emit(self, name: str, data: dict[str, Any], room: str | None, namespace: str) -> None:
        if room is None:
            self._socketio.emit(name, data, namespace=namespace)
        else:
            self._socketio.emit(name, data, to=room, namespace=namespace)


def next_version(session: Session) -> int:
    """A number larger than that of every image whose reading began earlier; first statement of a builder."""
    return int(session.scalar(text("SELECT nextval('image_version')")) or 0)
