"""Every table, imported once, so that Base.metadata is whole (migrations, tests)."""

from app import eventlog, live, outbox, schedule
from app.agents import models as agents
from app.board import models as board
from app.calls import models as calls
from app.customers import models as customers
from app.draws import models as draws
from app.messages import models as messages
from app.quality import models as quality
from app.quality.appeals import models as appeals
from app.quality.coaching import models as coaching
from app.quality.learning import models as learning
from app.quality.links import models as links
from app.quality.needs import models as needs
from app.quality.questionnaire import models as questionnaire
from app.quality.rewards import models as rewards
from app.queues import barring, calendars, work
from app.queues import models as queues
from app.recordings import models as recordings
from app.security import models as security
from app.tickets import models as tickets
from app.training import models as training
from app.voicemail import models as voicemail
from app.webhooks import models as webhooks

__all__ = [
    "agents",
    "appeals",
    "barring",
    "board",
    "calendars",
    "calls",
    "coaching",
    "customers",
    "draws",
    "eventlog",
    "learning",
    "links",
    "live",
    "messages",
    "needs",
    "outbox",
    "quality",
    "questionnaire",
    "queues",
    "recordings",
    "rewards",
    "schedule",
    "security",
    "tickets",
    "training",
    "voicemail",
    "webhooks",
    "work",
]
