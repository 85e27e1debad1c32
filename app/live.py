"""Live screens: PostgreSQL's NOTIFY is the bus, full images are the messages.

A use case calls `touch(session, view, key)`: at commit, and only then, every web process hears that the image of
(view, key) is stale, builds it once from the committed rows and emits it to the room of that name. Images are
whole, so one that comes twice, late or after a gap does no harm. `send` carries the few messages that are not
images (the signalling of a media link).
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

from app.db import Base, Numbered, reading

log = logging.getLogger(__name__)

CHANNEL = "hearback_live"
#: PostgreSQL refuses notices of 8,000 bytes and more.
LARGEST_NOTICE = 7600

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


def room_of(view: str, key: str | int) -> str:
    """The room that shows the image (view, key)."""
    return f"{view}:{key}"


def touch(session: Session, view: str, key: str | int) -> None:
    """Tell every screen, at commit, that the image (view, key) is stale."""
    session.info.setdefault("touched", {})[(view, str(key))] = True


def send(session: Session, room: str, name: str, data: dict[str, Any], *, namespace: str = STAFF) -> None:
    """Emit `data` to `room` in every web process, at commit and in order."""
    session.info.setdefault("sent", []).append([room, name, data, namespace])


@event.listens_for(Session, "before_commit")
def _notify(session: Session) -> None:
    touched = session.info.pop("touched", {})
    sent = session.info.pop("sent", [])
    if not touched and not sent:
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
        session.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload})


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("touched", None)
    session.info.pop("sent", None)


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
        if kind is None or not self.has_members(room_of(view, key), kind.namespace):
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
                    with reading() as session:
                        image = kind.build(session, key)
                    if image is not None:
                        self.versions[room_of(view, key)] = image.get("v", 0)
                        self._emit(kind.event, image, room_of(view, key), kind.namespace)
                except Exception:
                    # A page that misses an image asks for a snapshot every 30 s; the others must not wait for it.
                    log.exception("image not built", extra={"view": view})

    def _emit(self, name: str, data: dict[str, Any], room: str | None, namespace: str) -> None:
        if room is None:
            self._socketio.emit(name, data, namespace=namespace)
        else:
            self._socketio.emit(name, data, to=room, namespace=namespace)


def next_version(session: Session) -> int:
    """A number larger than that of every image whose reading began earlier; first statement of a builder."""
    return int(session.scalar(text("SELECT nextval('image_version')")) or 0)
