"""Synthetic sound of a recording: as long as the recording says, and nothing that anybody said."""

from __future__ import annotations

import io
import math
import struct
import wave

RATE = 8000
#: One frame of MPEG-1 Layer III at 32 kbit/s, 44.1 kHz, one channel, without anything in it: 1152 samples of silence.
SILENT_FRAME = b"\xff\xfb\x10\xc4" + bytes(100)
FRAMES_A_SECOND = 44100 / 1152


def wav(seconds: int, channels: int = 1, pitch: float = 440.0) -> bytes:
    """A WAV of 8,000 samples a second with a quiet tone; the second channel of two is a fifth above."""
    once = b"".join(
        struct.pack("<h", int(3000 * math.sin(2 * math.pi * pitch * (1.5 if channel else 1.0) * at / RATE)))
        for at in range(RATE)
        for channel in range(channels)
    )
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(once * max(0, seconds))
    return out.getvalue()


def mp3(seconds: int) -> bytes:
    """An MP3 of silence."""
    return SILENT_FRAME * round(max(0, seconds) * FRAMES_A_SECOND)
