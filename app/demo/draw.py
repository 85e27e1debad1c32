"""Last month's draw of the demo: two people bound themselves, the frame was frozen on the first, both told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.sampling import commitment, joint_beacon
from app.draws import making, services
from app.draws.frame import month
from app.draws.models import DrawSecret, QualityDraw
from app.eventlog import SWEEP

#: Role -> who bound it, and the secret. The same every time, and published with the draw anyway.
PARTS = {"supervisor": ("mei", "kestrel-over-the-harbour"), "quality": ("hanne", "seven-lanterns-in-fog")}


def add_last_draw(session: Session, people: Mapping[str, int], *, zone: str, secret: str, moment: datetime) -> None:
    """Make the draw of the month before `moment` (UTC), with the dates it would have had. Participant.

    `people` is short name -> user id.
    """
    middle = moment.replace(day=1) - timedelta(days=10)
    draw = QualityDraw(period=services.period_of(middle, zone), created_at=middle)
    session.add(draw)
    session.flush()
    frozen_at = month(draw.period, zone)[1] + timedelta(hours=services.FREEZE_HOUR)
    for role, (name, own) in PARTS.items():
        salt = hashlib.sha256(f"{draw.period} {name}".encode()).hexdigest()
        session.add(
            DrawSecret(
                draw_id=draw.id,
                role=role,
                user_id=people[name],
                salt=salt,
                commitment=commitment(own, salt),
                committed_at=middle,
                secret=own,
                revealed_at=frozen_at + timedelta(hours=7),
            )
        )
    making.begin_freeze(session, draw, zone=zone, now=frozen_at)
    session.flush()
    for agent_id in making.unnamed(session, draw.id):
        making.name_members(session, draw, agent_id, secret=secret)
    making.end_freeze(session, draw, frozen_at)
    session.flush()
    beacon = joint_beacon({role: own for role, (_name, own) in PARTS.items()})
    services.settle_beacon(session, draw, beacon, SWEEP)
    drawn = making.the_draw(draw)
    for code in making.unplaced(session, draw.id):
        making.place_members(session, draw, code, drawn.seed, drawn.agents[code])
    making.end_draw(session, draw, drawn, min(frozen_at + timedelta(hours=7), moment))
