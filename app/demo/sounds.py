"""Recordings of a few contacts of the demo: hummed by the computer, two voices in turn, to have something to hear.

Nobody's voice is in them; whoever listens hears at once that they are played.
"""

from __future__ import annotations

import io
import math
import wave
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.customers.models import Interaction
from app.domain.recording import LARGEST_CHUNK
from app.eventlog import CLI
from app.queues.models import Queue
from app.recordings import store

#: How many contacts have one, samples a second, and seconds of sound.
MOST = 12
RATE = 4000
SECONDS = 24
#: (who speaks, from, to) in seconds: the caller on the left, the agent on the right.
TURNS = (
    (1, 0.4, 3.1),
    (0, 3.6, 8.9),
    (1, 9.3, 12.2),
    (0, 12.6, 14.0),
    (1, 14.5, 20.3),
    (0, 20.6, 22.0),
    (1, 22.3, 23.6),
)
#: Hertz of the two hums.
PITCH = (190, 120)


def add_recordings(session: Session, queue_ids: list[int], *, moment: datetime) -> None:
    """Sound for the newest answered contacts of these queues that are younger than their retention."""
    youngest = min(queue.recording_days for queue in (session.get_one(Queue, queue_id) for queue_id in queue_ids))
    contacts = session.scalars(
        select(Interaction)
        .where(Interaction.queue_id.in_(queue_ids), Interaction.outcome == "answered")
        .where(Interaction.started_at > moment - timedelta(days=youngest - 1))
        .order_by(Interaction.started_at.desc())
        .limit(MOST)
    ).all()
    sound = hummed()
    for contact in reversed(contacts):
        began = contact.started_at + timedelta(seconds=contact.wait_s)
        recording = store.begin(
            session,
            kind="call",
            contact_id=contact.contact_id,
            queue_id=contact.queue_id or queue_ids[0],
            agent_id=contact.agent_id,
            media_type="audio/wav",
            now=began,
            actor=CLI,
        )
        parts = [sound[at : at + LARGEST_CHUNK] for at in range(0, len(sound), LARGEST_CHUNK)]
        for seq, part in enumerate(parts):
            store.add_chunk(session, recording, seq, part, began)
        ended = began + timedelta(seconds=SECONDS)
        store.finish(session, recording, duration_s=SECONDS, chunks=len(parts), now=ended, actor=CLI)


@lru_cache(maxsize=1)
def hummed() -> bytes:
    """A WAV file of two hums that take turns."""
    frames = bytearray()
    for at in range(RATE * SECONDS):
        second = at / RATE
        side, depth = _who(second)
        level = 0.0
        if depth:
            # Syllables: the hum swells some four times a second, no two quite alike
            swell = 0.55 + 0.45 * math.sin(second * 25 + math.sin(second * 3.7) * 2)
            level = depth * swell * math.sin(2 * math.pi * PITCH[side] * second + 1.5 * math.sin(second * 9))
        value = round(128 + 88 * level)
        frames += bytes((value, 128) if side == 0 else (128, value))
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(2)
        written.setsampwidth(1)
        written.setframerate(RATE)
        written.writeframes(bytes(frames))
    return file.getvalue()


def _who(second: float) -> tuple[int, float]:
    """(side, loudness 0..1) at a moment; nobody between the turns."""
    for side, begin, end in TURNS:
        if begin <= second <= end:
            return side, min(1.0, (second - begin) * 8, (end - second) * 8)
    return 0, 0.0
