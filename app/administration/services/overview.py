"""What an organisation has, and what it still lacks before a call can be taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.administration.services.counts import certified_for
from app.agents.models import AgentSkill, BreakCode, Skill, Team
from app.db import transaction
from app.domain.certificates import ENDS_SOON
from app.eventlog import Actor, record_event
from app.i18n import localised
from app.messages.models import SmsTemplate
from app.queues.models import Certificate, Disposition, Queue, QueueMember, Topic
from app.security.models import User
from app.security.roles import PERMISSIONS
from app.webhooks.models import Webhook


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to do, and where."""

    tone: str
    text: str
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of the first page, what is missing, and the certificates that end soon."""

    counts: dict[str, int]
    findings: list[Finding]
    #: (agent id, name, queue, last day).
    ending: list[tuple[int, str, Queue, date]]
    #: True while the usual codes would add something.
    lacks_codes: bool


def read_overview(session: Session) -> Overview:
    """What stands and what is missing now."""
    today = clock.now().date()
    queues = list(session.scalars(select(Queue).where(Queue.active).order_by(Queue.position, Queue.id)))
    takers = list(
        session.scalars(
            select(User.id).where(User.active, User.role.in_(sorted(PERMISSIONS["call.handle"]))).order_by(User.id)
        )
    )
    certified = {queue.id: certified_for(session, queue.id, today) for queue in queues}
    counts = {
        "agents": len(takers),
        "queues": len(queues),
        "topics": _count(session, select(func.count()).where(Topic.active)),
        "dispositions": _count(session, select(func.count()).where(Disposition.active)),
        "breaks": _count(session, select(func.count()).where(BreakCode.active)),
        "skills": _count(session, select(func.count()).select_from(Skill)),
        "teams": _count(session, select(func.count()).select_from(Team)),
        "templates": _count(session, select(func.count(func.distinct(SmsTemplate.code))).where(SmsTemplate.active)),
    }
    findings = _first_steps(counts) + _queue_findings(session, queues, certified)
    findings += _language_findings(session, set().union(*certified.values()))
    findings += _webhook_findings(session)
    return Overview(
        counts, findings, _ending(session, today), lacks_codes=not (counts["dispositions"] and counts["breaks"])
    )


def _count(session: Session, query: Any) -> int:
    return session.scalar(query) or 0


def _first_steps(counts: Mapping[str, int]) -> list[Finding]:
    found = []
    if not counts["queues"]:
        found.append(Finding("bad", _("There is no open queue: nobody can call."), "administration.queues"))
    if not counts["agents"]:
        found.append(Finding("bad", _("Nobody has a role that takes calls yet."), "people.listing"))
    if not counts["dispositions"]:
        text = _("There is no result to choose: agents can't finish a contact.")
        found.append(Finding("bad", text, "administration.codes", {"kind": "dispositions"}))
    if not counts["breaks"]:
        text = _("There is no break code: agents can't take a break.")
        found.append(Finding("warn", text, "administration.codes", {"kind": "breaks"}))
    return found


def _queue_findings(session: Session, queues: list[Queue], certified: Mapping[int, set[int]]) -> list[Finding]:
    found = []
    reached = set(session.scalars(select(Topic.queue_id).where(Topic.active, Topic.public)))
    results = set(session.scalars(select(Disposition.queue_id).where(Disposition.active)))
    for queue in queues:
        name, here = localised(queue.names), {"queue_id": queue.id}
        if not certified[queue.id]:
            text = _("Nobody is certified for “%(queue)s”: its callers wait in vain.", queue=name)
            found.append(Finding("bad", text, "administration.queue", here))
        if queue.public and queue.id not in reached:
            text = _("No topic on the call page leads to “%(queue)s”.", queue=name)
            found.append(Finding("warn", text, "administration.codes", {"kind": "topics"}))
        if results and not results & {None, queue.id}:
            text = _("“%(queue)s” has no result to choose: its contacts can't be finished.", queue=name)
            found.append(Finding("bad", text, "administration.codes", {"kind": "dispositions"}))
    return found


def _language_findings(session: Session, certified: set[int]) -> list[Finding]:
    found = []
    languages = session.scalars(select(Skill).where(Skill.kind == "language").order_by(Skill.code)).all()
    speakers = {
        language.id: set(session.scalars(select(AgentSkill.agent_id).where(AgentSkill.skill_id == language.id)))
        for language in languages
    }
    for language in languages:
        if certified and not speakers[language.id] & certified:
            text = _("No certified agent has %(language)s: calls in it wait.", language=localised(language.names))
            found.append(Finding("warn", text, "administration.skill", {"skill_id": language.id}))
    mute = certified - set().union(*speakers.values()) if speakers else set()
    if mute:
        text = ngettext(
            "%(num)s certified agent has no language: calls are not offered to them until the demand falls.",
            "%(num)s certified agents have no language: calls are not offered to them until the demand falls.",
            len(mute),
        )
        found.append(Finding("warn", text, "administration.agents"))
    return found


def _webhook_findings(session: Session) -> list[Finding]:
    """Webhooks that the desk turned off by itself, and those that fail just now."""
    rows = session.scalars(
        select(Webhook)
        .where(Webhook.off_reason.in_(("failing", "gone")) | (Webhook.active & Webhook.failing_since.is_not(None)))
        .order_by(Webhook.name)
    )
    found = []
    for hook in rows:
        here = {"webhook_id": hook.id}
        if hook.active:
            text = _("The webhook “%(name)s” does not get through.", name=hook.name)
            found.append(Finding("warn", text, "administration.webhook", here))
        else:
            text = _("The webhook “%(name)s” was turned off by itself: its receiver failed for days.", name=hook.name)
            found.append(Finding("bad", text, "administration.webhook", here))
    return found


def _ending(session: Session, today: date) -> list[tuple[int, str, Queue, date]]:
    rows = session.execute(
        select(User.id, User.display_name, Queue, func.max(Certificate.expires_on))
        .join(QueueMember, QueueMember.agent_id == User.id)
        .join(Queue, Queue.id == QueueMember.queue_id)
        .join(
            Certificate,
            (Certificate.agent_id == QueueMember.agent_id) & (Certificate.queue_id == QueueMember.queue_id),
        )
        .where(User.active, Queue.active, Certificate.revoked_at.is_(None))
        .group_by(User.id, User.display_name, Queue.id)
        .having(
            func.bool_and(Certificate.expires_on.is_not(None)),
            func.max(Certificate.expires_on).between(today, today + ENDS_SOON),
        )
        .order_by(func.max(Certificate.expires_on), User.display_name)
        .limit(20)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows if row[3] is not None]


#: What most organisations begin with: code -> names. Added only where there is none of the kind.
_RESULTS = {
    "resolved": {"en": "Resolved", "zh_Hans": "已解决", "zh_Hant": "已解決"},
    "information_given": {"en": "Information given", "zh_Hans": "已告知信息", "zh_Hant": "已告知資訊"},
    "callback_promised": {"en": "Call-back promised", "zh_Hans": "承诺回电", "zh_Hant": "承諾回電"},
    "passed_on": {"en": "Passed on to a colleague", "zh_Hans": "已转交同事", "zh_Hant": "已轉交同事"},
    "wrong_number": {"en": "Wrong number", "zh_Hans": "打错电话", "zh_Hant": "打錯電話"},
}
_BREAKS = {
    "lunch": {"en": "Lunch", "zh_Hans": "午餐", "zh_Hant": "午餐"},
    "short_break": {"en": "Short break", "zh_Hans": "小休", "zh_Hant": "小休"},
    "meeting": {"en": "Meeting", "zh_Hans": "会议", "zh_Hant": "會議"},
}


def add_usual_codes(*, actor: Actor) -> int:
    """Number of results and breaks added: those most organisations begin with, where there were none of the kind."""
    added = 0
    with transaction() as session:
        for model, noun, rows in ((Disposition, "disposition", _RESULTS), (BreakCode, "break_code", _BREAKS)):
            kind: Any = model
            if session.scalar(select(kind.id).where(kind.active).limit(1)) is not None:
                continue
            taken = set(session.scalars(select(kind.code)))
            for place, (code, names) in enumerate(rows.items(), start=1):
                if code in taken:
                    continue
                row = kind(code=code, names=names, position=place)
                session.add(row)
                session.flush()
                after = {"code": code}
                record_event(session, f"{noun}.created", noun, row.id, actor=actor, reason="usual", after=after)
                added += 1
    return added
