"""Recordings that Twilio makes of a telephone leg: commands, the sound itself, and its deletion there.

Each raises TwilioRefused (it did not happen) or TwilioUnsure (it may have).
"""

from __future__ import annotations

import requests

from app.providers.twilio.client import CONNECT_S, READ_S, TwilioRefused, TwilioUnsure, ask, client
from config import Settings

API = "https://api.twilio.com"
#: The largest sound that is fetched, bytes: hours of speech, and no way to fill the memory.
LARGEST = 64 * 1024 * 1024


def start(settings: Settings, *, call_sid: str, told_url: str) -> str:
    """Id of a recording of one leg from now on: what its person says on one channel, what they hear on the other.

    `told_url` hears when the sound can be fetched.
    """
    made = ask(
        lambda: (
            client(settings)
            .calls(call_sid)
            .recordings.create(
                recording_channels="dual",
                recording_status_callback=told_url,
                recording_status_callback_method="POST",
                recording_status_callback_event=["completed", "absent"],
            )
        )
    )
    return str(made.sid)


def set_paused(settings: Settings, *, call_sid: str, sid: str, paused: bool) -> None:
    """Silence in the recording from now on, or sound again; the length stays that of the talk."""
    recording = client(settings).calls(call_sid).recordings(sid)
    if paused:
        ask(lambda: recording.update(status="paused", pause_behavior="silence"))
    else:
        ask(lambda: recording.update(status="in-progress"))


def stop(settings: Settings, *, call_sid: str, sid: str) -> None:
    """The recording is over, the leg goes on."""
    ask(lambda: client(settings).calls(call_sid).recordings(sid).update(status="stopped"))


def of_call(settings: Settings, call_sid: str) -> list[str]:
    """Ids of the recordings of a leg that are kept at Twilio, newest first."""
    return [str(each.sid) for each in ask(lambda: client(settings).calls(call_sid).recordings.list(limit=20))]


def delete(settings: Settings, sid: str) -> None:
    """The sound is gone at Twilio at once. One that is not there is deleted already."""
    try:
        ask(lambda: client(settings).recordings(sid).delete())
    except TwilioRefused as error:
        if error.status != 404:
            raise


def media(settings: Settings, sid: str) -> bytes:
    """The sound as MP3.

    Raises:
        TwilioRefused: it is not there, or not yet (status 404).
        TwilioUnsure: it did not come whole; asking again does no harm.
    """
    base = settings.twilio_api_base or API
    url = f"{base}/2010-04-01/Accounts/{settings.twilio_account_sid}/Recordings/{sid}.mp3?RequestedChannels=2"
    auth = (settings.twilio_account_sid, settings.twilio_auth_token)
    try:
        with requests.Session() as http:
            http.trust_env = not settings.twilio_api_base  # no proxy between this machine and itself
            with http.get(url, auth=auth, timeout=(CONNECT_S, READ_S), stream=True) as answer:
                if answer.status_code != 200:
                    raise TwilioRefused(answer.status_code, "no media", answer.status_code)
                return _bytes(answer)
    except requests.RequestException as error:
        raise TwilioUnsure(type(error).__name__) from error


def _bytes(answer: requests.Response) -> bytes:
    found = bytearray()
    for piece in answer.iter_content(256 * 1024):
        found += piece
        if len(found) > LARGEST:
            raise TwilioRefused(413, "media too large", 413)
    return bytes(found)
