"""What a change of a queue's recording will do, said before it is saved."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.administration.changes import Consequence
from app.queues.models import Queue
from app.recordings.models import Recording


def recording_consequences(session: Session, queue: Queue, policy: str, days: int) -> list[Consequence]:
    """What `policy` and `days` of retention change for callers, agents, and the recordings there are."""
    found = []
    if policy != queue.recording:
        found.append(_policy_changes(policy))
    kept = session.scalar(select(func.count()).where(Recording.queue_id == queue.id, Recording.state != "deleted"))
    if kept and (days != queue.recording_days or (policy == "off" and queue.recording != "off")):
        text = ngettext(
            "%(num)s recording there is keeps the day on which it is deleted.",
            "%(num)s recordings there are keep the days on which they are deleted.",
            kept,
        )
        found.append(Consequence("recordings_stay", text))
    return found


def _policy_changes(policy: str) -> Consequence:
    if policy == "off":
        return Consequence("recording_off", _("Calls of this queue are no longer recorded, and the call page says so."))
    if policy == "on":
        text = _(
            "Every new call of this queue is recorded. Callers read so on the call page before they call, and who "
            "refuses is served without. Who is in line already was not told and is not recorded."
        )
        return Consequence("recording_on", text, "warn")
    text = _(
        "Agents may record a call of this queue. Callers read so on the call page before they call, and may refuse. "
        "Who is in line already was not told and can't be recorded."
    )
    return Consequence("recording_on_request", text, "warn")
