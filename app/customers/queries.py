"""What others read of customers: the timeline and the screen pop."""

from app.customers.pop import entry_json, pop
from app.customers.timeline import TimelineEntry, timeline

__all__ = ["TimelineEntry", "entry_json", "pop", "timeline"]
