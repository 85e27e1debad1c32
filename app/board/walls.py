"""Links for televisions: made by a supervisor, shown once, ended by time or by hand, and what they show of people."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.agents.models import Agent
from app.board.images import AGENT_FIELDS
from app.board.models import WallLink
from app.clock import now
from app.db import reading, transaction
from app.domain.names import initials
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.i18n import LANGUAGES
from app.security.models import User

#: Days that a link may live.
DAYS = (1, 7, 30, 90, 365)
PEOPLE = ("public", "initials", "none")
LONGEST_NAME = 80
#: Links that are in force at once: each screen asks every other second.
MOST_LINKS = 50
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Wall:
    """What a link in force shows."""

    id: int
    people: str
    language: str
    expires_at: datetime


def make_link(raw: Mapping[str, str], *, actor: Actor) -> tuple[WallLink, str]:
    """A new link and its token, which nobody can read again.

    Raises:
        Invalid: a field is refused.
        Conflict: as many are in force as may be.
    """
    name, people, language = raw.get("name", "").strip(), raw.get("people", ""), raw.get("language", "")
    days = int(raw["days"]) if raw.get("days", "").isdecimal() else 0
    fields = {}
    if not name:
        fields["name"] = _("Please say where it hangs.")
    elif len(name) > LONGEST_NAME:
        fields["name"] = _("This is too long: %(limit)s characters fit.", limit=LONGEST_NAME)
    for field, wrong in (("days", days not in DAYS), ("people", people not in PEOPLE)):
        if wrong:
            fields[field] = _("Please choose one of the listed ones.")
    if language not in LANGUAGES:
        fields["language"] = _("Please choose one of the listed ones.")
    if fields or actor.user_id is None:
        raise Invalid(fields=fields)
    token, at = secrets.token_urlsafe(32), now()
    with transaction() as session:
        if len(session.scalars(select(WallLink.id).where(*_in_force(at)).limit(MOST_LINKS)).all()) >= MOST_LINKS:
            raise Conflict(_("%(num)s links are in force. End one first.", num=MOST_LINKS), code="too_many")
        link = WallLink(
            name=name,
            token_hash=hash_of(token),
            people=people,
            language=language,
            created_by=actor.user_id,
            created_at=at,
            expires_at=at + timedelta(days=days),
        )
        session.add(link)
        session.flush()
        after = {"name": name, "people": people, "expires_at": link.expires_at.isoformat()}
        record_event(session, "wall_link.created", "wall_link", link.id, actor=actor, after=after)
        return link, token


def end_link(link_id: int, *, actor: Actor) -> None:
    """End a link: the screens turn dark at their next question. Twice changes nothing.

    Raises:
        NotFound: there is none.
    """
    with transaction() as session:
        link = session.get(WallLink, link_id, with_for_update=True)
        if link is None:
            raise NotFound()
        if link.revoked_at is not None:
            return
        link.revoked_at = now()
        record_event(session, "wall_link.ended", "wall_link", link_id, actor=actor, after={"name": link.name})


def list_links(session: Session) -> Sequence[Any]:
    """(link, who made it): those in force first, newest first."""
    return session.execute(
        select(WallLink, User.display_name)
        .join(User, User.id == WallLink.created_by)
        .order_by((WallLink.revoked_at.is_(None) & (WallLink.expires_at > now())).desc(), WallLink.id.desc())
        .limit(100)
    ).all()


def find_link(token: str) -> Wall:
    """The link that `token` opens, in force now; that a screen asked is kept to the minute.

    Raises:
        NotFound: it never was, has ended, or its maker may not sign in any more.
    """
    at = now()
    with reading() as session:
        link = session.scalar(
            select(WallLink)
            .join(User, User.id == WallLink.created_by)
            .where(WallLink.token_hash == hash_of(token), *_in_force(at), User.active)
        )
    if link is None:
        raise NotFound(_("This link has ended. Whoever made it can make a new one."), code="wall_ended")
    if link.last_seen_at is None or at - link.last_seen_at >= SEEN_EVERY:
        _mark_seen(link, at)
    return Wall(link.id, link.people, link.language, link.expires_at)


def _mark_seen(link: WallLink, at: datetime) -> None:
    with transaction() as session:
        session.execute(update(WallLink).where(WallLink.id == link.id).values(last_seen_at=at))
        if link.last_seen_at is None:
            after = {"name": link.name}
            record_event(session, "wall_link.opened", "wall_link", link.id, actor=Actor("wall"), after=after)


def hash_of(token: str) -> str:
    """What is stored of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def without_people(session: Session, image: Mapping[str, Any], people: str) -> dict[str, Any]:
    """The image of the board for eyes that anybody may have: no full names, no reasons, no kinds of break."""
    shown = _shown_names(session, people)
    place = {field: index for index, field in enumerate(AGENT_FIELDS)}
    rows = []
    for agent in image["agents"]:
        row = list(agent)
        row[place["name"]] = shown.get(row[place["id"]], "·")
        row[place["code"]] = row[place["pending"]] = row[place["override"]] = ""
        rows.append(row)
    return {
        **image,
        "agents": [] if people == "none" else rows,
        "queues": [{**queue, "closed_reason": ""} for queue in image["queues"]],
        "breaches": [
            {**breach, "seen_by": "·" if breach["seen_by"] else None}
            for breach in image["breaches"]
            if people != "none" or breach["scope"] != "agent"
        ],
    }


def _shown_names(session: Session, people: str) -> dict[int, str]:
    if people == "none":
        return {}
    rows = session.execute(select(Agent.id, Agent.public_name, User.display_name).join(User, User.id == Agent.id))
    return {
        row.id: (row.public_name or initials(row.display_name)) if people == "public" else initials(row.display_name)
        for row in rows
    }


def _in_force(at: datetime) -> tuple[Any, Any]:
    return WallLink.revoked_at.is_(None), WallLink.expires_at > at
