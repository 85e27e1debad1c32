"""Pages of administration, by subject; importing this hangs all of them on the blueprint."""

from app.administration.blueprint import blueprint
from app.administration.routes import (
    audit,
    calendars,
    codes,
    erasing,
    overview,
    people_at_work,
    queues,
    skills,
    templates,
    unsure,
    webhooks,
)

__all__ = [
    "audit",
    "blueprint",
    "calendars",
    "codes",
    "erasing",
    "overview",
    "people_at_work",
    "queues",
    "skills",
    "templates",
    "unsure",
    "webhooks",
]
