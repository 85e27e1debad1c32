"""What an agent may be offered: three axes (session, intent, load) and what follows from them.

Load never edits intent, and a lost connection never edits intent either: each axis has its own owner, so a
break asked for during a call, or a dropped network, cannot silently make somebody ready.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Channel(StrEnum):
    """The lanes of capacity. A callback is a call, so it uses VOICE."""

    VOICE = "voice"
    SMS = "sms"
    TICKET = "ticket"


class Kind(StrEnum):
    """What a work item is; several kinds share one channel."""

    CALL = "call"
    CALLBACK = "callback"
    QUALITY_CALLBACK = "quality_callback"
    SMS = "sms"
    TICKET = "ticket"


CHANNEL_OF: Mapping[Kind, Channel] = MappingProxyType(
    {
        Kind.CALL: Channel.VOICE,
        Kind.CALLBACK: Channel.VOICE,
        Kind.QUALITY_CALLBACK: Channel.VOICE,
        Kind.SMS: Channel.SMS,
        Kind.TICKET: Channel.TICKET,
    }
)

# One person has one voice; written work can wait a little while another one is being read.
DEFAULT_MAXIMA: Mapping[str, int] = MappingProxyType({Channel.VOICE: 1, Channel.SMS: 4, Channel.TICKET: 5})

# Key: channel in hand; value: channels not offered meanwhile. Written work in hand does not keep a call
# waiting.
DEFAULT_BLOCKS: Mapping[str, frozenset[str]] = MappingProxyType(
    {Channel.VOICE: frozenset({Channel.SMS, Channel.TICKET})}
)


def remaining_capacity(
    loads: Mapping[str, int],
    maxima: Mapping[str, int] = DEFAULT_MAXIMA,
    blocks: Mapping[str, frozenset[str]] = DEFAULT_BLOCKS,
) -> dict[str, int]:
    """Weight that may still be offered per channel of ``maxima``, never below 0.

    ``loads`` is the sum of weights over the agent's live reservations (pending, accepted, active, wrapping),
    recomputed from the rows and never kept as a counter.
    """
    blocked: set[str] = set()
    for channel, load in loads.items():
        if load > 0:
            blocked |= blocks.get(channel, frozenset())
    return {
        channel: 0 if channel in blocked else max(0, maximum - loads.get(channel, 0))
        for channel, maximum in maxima.items()
    }
