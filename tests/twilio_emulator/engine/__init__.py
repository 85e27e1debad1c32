"""The call engine: it runs the TwiML that the product answers, with people on the phones and nobody's network."""

from __future__ import annotations

from tests.twilio_emulator.engine.engine import Engine
from tests.twilio_emulator.engine.phones import Answers, Asks, Busy, Declines, Ignores, Machine, Offline
from tests.twilio_emulator.engine.readings import Readings

__all__ = ["Answers", "Asks", "Busy", "Declines", "Engine", "Ignores", "Machine", "Offline", "Readings"]
