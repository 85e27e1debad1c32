"""How a person wants to be told: ring, sounds, desktop notifications, badges. Kept with the person, on every device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask_babel import gettext as _

from app.db import transaction
from app.errors import Invalid
from app.security.models import User

#: Ring tones, as static/js/voice/ring.js plays them.
TONES = ("bells", "classic", "soft", "pulse")
FLAGS = ("desktop", "badge", "tickets", "attention", "keys")


@dataclass(frozen=True, slots=True)
class Notices:
    """One person's choices. Which loudspeaker rings is the browser's: each device has others."""

    #: Loudness of the ring and of the short sounds, 0 to 100.
    volume: int = 80
    tone: str = "bells"
    #: Whether a notification of the operating system may appear while the page is in the background.
    desktop: bool = True
    #: Whether the tab says by a number and a dot that something waits.
    badge: bool = True
    #: Short sounds: a new ticket in hand; a limit crossed on the board.
    tickets: bool = True
    attention: bool = True
    #: Whether single keys do something (WCAG 2.1.4: people who speak to their computer must be able to turn them off).
    keys: bool = True


def read_notices(kept: Mapping[str, Any]) -> Notices:
    """The choices that were kept; what is missing or unknown is as at first."""
    usual = Notices()
    volume, tone = kept.get("volume"), kept.get("tone")
    return Notices(
        volume=volume if isinstance(volume, int) and 0 <= volume <= 100 else usual.volume,
        tone=tone if tone in TONES else usual.tone,
        **{name: kept.get(name, True) is not False for name in FLAGS},
    )


def set_notices(user_id: int, raw: Mapping[str, str]) -> Notices:
    """Keep what the form says.

    Raises:
        Invalid: a loudness or a tone that does not exist.
    """
    try:
        volume = int(raw.get("volume", ""))
    except ValueError:
        volume = -1
    tone = raw.get("tone", "")
    if not 0 <= volume <= 100 or tone not in TONES:
        raise Invalid(_("Please choose one of the listed ones."))
    flags = {name: raw.get(name) == "1" for name in FLAGS}
    chosen = Notices(volume=volume, tone=tone, **flags)
    with transaction() as session:
        session.get_one(User, user_id).notices = asdict(chosen)
    return chosen
