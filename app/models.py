"""Every table, imported once, so that Base.metadata is whole (migrations, tests)."""

from app import eventlog, live, outbox, schedule
from app.agents import models as agents
from app.board import models as board
from app.calls import models as calls
from app.customers import models as customers
from app.draws import models as draws
from app.messages import models as messages
from app.quality import models as quality
from app.quality.needs import models as needs
from app.queues import barring, calendars, work
from app.queues import models as queues
from app.recordings import models as recordings
from app.security import models as security
from app.tickets import models as tickets
from app.voicemail import models as voicemail
from app.webhooks import models as webhooks

__all__ = [
    "agents",
    "barring",
    "board",
    "calendars",
    "calls",
    "customers",
    "draws",
    "eventlog",
    "live",
    "messages",
    "needs",
    "outbox",
    "quality",
    "queues",
    "recordings",
    "schedule",
    "security",
    "tickets",
    "voicemail",
    "webhooks",
    "work",
]
