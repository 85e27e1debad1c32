"""The music that callers hear on the telephone: composed here and made when it is first asked for, free of rights.

The same four chords in E flat as in the browser's waiting music (static/js/voice/holdmusic.js), for a narrow line:
8,000 samples a second, 8 bits mu-law, as the telephone network carries them.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from functools import lru_cache

RATE = 8000
#: Samples are reckoned at half the rate and the others put between them: no note comes near 2,000 Hz.
_COARSE = RATE // 2
_BEAT_S = 60 / 66
_BAR = int(_COARSE * 4 * _BEAT_S)
#: MIDI notes of each bar: pads, and the plucked notes with their beats.
_CHORDS = ((58, 63, 67, 70), (60, 63, 67, 72), (56, 60, 63, 68), (58, 62, 65, 70))
_MELODY = ((75, 0.0), (79, 1.5), (77, 2.5), (72, 0.5), (70, 2.0), (75, 3.0), (68, 0.0), (72, 1.0), (70, 0.5), (65, 2.0))
_PLUCKS_OF_BAR = (_MELODY[0:3], _MELODY[3:6], _MELODY[6:8], _MELODY[8:10])
_BIAS, _CLIP = 0x84, 32635


@lru_cache(maxsize=1)
def hold_music() -> bytes:
    """A WAV file of about 29 seconds, the same in every process."""
    return _wav(_encode(_play()) * 2)


def _hertz(note: int) -> float:
    return 440.0 * 2 ** ((note - 69) / 12)


def _play() -> array[float]:
    sound = array("d", bytes(8 * _BAR * len(_CHORDS)))
    for bar, chord in enumerate(_CHORDS):
        for note in chord:
            _add(sound, bar * _BAR, _BAR, _hertz(note), 0.10, lambda at: math.sin(math.pi * at))
        for note, beat in _PLUCKS_OF_BAR[bar]:
            start = bar * _BAR + int(beat * _BEAT_S * _COARSE)
            _add(sound, start, int(1.5 * _COARSE), _hertz(note), 0.16, lambda at: math.exp(-5 * at) * min(1.0, at * 60))
    return sound


def _add(
    sound: array[float], start: int, length: int, hertz: float, volume: float, shape: Callable[[float], float]
) -> None:
    """One note. A rotating pair of numbers is a sine: no call of sin() for each sample."""
    turn = 2 * math.pi * hertz / _COARSE
    cos_turn, sin_turn = math.cos(turn), math.sin(turn)
    x, y = 1.0, 0.0
    for block in range(0, min(length, len(sound) - start), 64):
        level = volume * shape(block / length)
        for i in range(start + block, min(start + block + 64, start + length, len(sound))):
            sound[i] += level * y
            x, y = x * cos_turn - y * sin_turn, x * sin_turn + y * cos_turn


def _encode(sound: array[float]) -> bytes:
    table = [_mu_law(size << 4) for size in range(-2048, 2048)]
    coarse = [int(2047 * max(-1.0, min(1.0, value))) + 2048 for value in sound]
    between = [(one + other) // 2 for one, other in zip(coarse, [*coarse[1:], coarse[0]], strict=True)]
    return bytes(table[value] for pair in zip(coarse, between, strict=True) for value in pair)


def _mu_law(sample: int) -> int:
    """One sample as ITU-T G.711 packs it."""
    sign = 0x80 if sample < 0 else 0
    size = min(abs(sample), _CLIP) + _BIAS
    exponent = max(0, size.bit_length() - 8)
    return ~(sign | exponent << 4 | size >> (exponent + 3) & 0x0F) & 0xFF


def _wav(samples: bytes) -> bytes:
    """The samples with the header of a mu-law WAV file (format 7)."""
    form = b"".join(
        (v.to_bytes(n, "little") for v, n in ((7, 2), (1, 2), (RATE, 4), (RATE, 4), (1, 2), (8, 2), (0, 2)))
    )
    body = b"fmt " + len(form).to_bytes(4, "little") + form
    body += b"fact" + (4).to_bytes(4, "little") + len(samples).to_bytes(4, "little")
    body += b"data" + len(samples).to_bytes(4, "little") + samples
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WAVE" + body
