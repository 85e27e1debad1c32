"""Access tokens with which an agent's browser registers at Twilio as a telephone."""

from __future__ import annotations

from dataclasses import dataclass

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from config import Settings

#: Seconds. No token can be called back, so whoever is signed out or closed can be rung at most so long afterwards;
#: the page fetches the next one before this one ends.
LIVES_S = 600


@dataclass(frozen=True, slots=True)
class Token:
    """What the browser presents."""

    jwt: str
    identity: str
    lives_s: int


def voice_token(settings: Settings, identity: str) -> Token:
    """A token that lets a browser take calls to `client:<identity>`, and make none: the desk's server dials."""
    token = AccessToken(
        settings.twilio_account_sid,
        settings.twilio_api_key_sid,
        settings.twilio_api_key_secret,
        identity=identity,
        ttl=LIVES_S,
    )
    token.add_grant(VoiceGrant(incoming_allow=True))
    return Token(token.to_jwt(), identity, LIVES_S)
