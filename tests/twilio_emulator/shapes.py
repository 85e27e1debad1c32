"""Resources as JSON, the way Twilio shows them; everything is read from the state and nothing is remembered here."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from tests.twilio_emulator.state import (
    Account,
    Application,
    Conference,
    Leg,
    Member,
    Message,
    MessagingService,
    Number,
    Participant,
    Queue,
    Recording,
    seconds_between,
)

Json = dict[str, Any]
VERSION = "2010-04-01"


def rfc2822(moment: datetime | None) -> str | None:
    """ "Tue, 04 Mar 2031 12:00:00 +0000"."""
    return None if moment is None else format_datetime(moment)


def iso(moment: datetime) -> str:
    """ "2031-03-04T12:00:00Z", as the newer interfaces have it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def root(account: Account) -> str:
    return f"/{VERSION}/Accounts/{account.sid}"


def _dates(thing: Any) -> Json:
    return {"date_created": rfc2822(thing.created_at), "date_updated": rfc2822(thing.updated_at)}


def call(account: Account, leg: Leg) -> Json:
    uri = f"{root(account)}/Calls/{leg.sid}"
    return {
        "sid": leg.sid,
        "date_created": rfc2822(leg.created_at),
        "date_updated": rfc2822(leg.updated_at or leg.created_at),
        "parent_call_sid": leg.parent_call_sid or None,
        "account_sid": account.sid,
        "to": leg.to,
        "to_formatted": leg.to,
        "from": leg.from_,
        "from_formatted": leg.from_,
        "phone_number_sid": leg.phone_number_sid or None,
        # The REST resource has no "initiated": Twilio shows such a call as still queued.
        "status": "queued" if leg.status == "initiated" else leg.status,
        "start_time": rfc2822(leg.answered_at or leg.started_at),
        "end_time": rfc2822(leg.ended_at),
        "duration": str(leg.duration) if leg.over else None,
        "price": None,
        "price_unit": "USD",
        "direction": leg.direction,
        "answered_by": leg.answered_by or None,
        "api_version": VERSION,
        "forwarded_from": leg.forwarded_from or None,
        "group_sid": None,
        "caller_name": leg.caller_name or None,
        "queue_time": "0",
        "trunk_sid": None,
        "uri": f"{uri}.json",
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
    }


def conference(account: Account, room: Conference) -> Json:
    uri = f"{root(account)}/Conferences/{room.sid}"
    return {
        "account_sid": account.sid,
        **_dates(room),
        "api_version": VERSION,
        "friendly_name": room.friendly_name,
        "region": room.region,
        "sid": room.sid,
        "status": room.status,
        "uri": f"{uri}.json",
        "subresource_uris": {"participants": f"{uri}/Participants.json", "recordings": f"{uri}/Recordings.json"},
        "reason_conference_ended": room.reason_ended or None,
        "call_sid_ending_conference": room.call_sid_ending or None,
    }


def participant(account: Account, who: Participant) -> Json:
    return {
        "account_sid": account.sid,
        "call_sid": who.call_sid,
        "label": who.label or None,
        "call_sid_to_coach": who.call_sid_to_coach or None,
        "coaching": who.coaching,
        "conference_sid": who.conference_sid,
        **_dates(who),
        "end_conference_on_exit": who.end_on_exit,
        "muted": who.muted,
        "hold": who.hold,
        "start_conference_on_enter": who.start_on_enter,
        "status": who.status,
        "queue_time": str(who.queue_time),
        "uri": f"{root(account)}/Conferences/{who.conference_sid}/Participants/{who.call_sid}.json",
    }


def recording(account: Account, tape: Recording, *, of: str = "") -> Json:
    """`of` is "call" or "conference" for the resource below one; each has fields of its own."""
    uri = f"{root(account)}/Recordings/{tape.sid}"
    shown: Json = {
        "account_sid": account.sid,
        "api_version": VERSION,
        "call_sid": tape.call_sid or None,
        "conference_sid": tape.conference_sid or None,
        **_dates(tape),
        "start_time": rfc2822(tape.started_at),
        "duration": str(tape.duration) if tape.duration >= 0 else "-1",
        "sid": tape.sid,
        "price": None,
        "price_unit": "USD",
        "status": tape.status,
        "channels": tape.channels,
        "source": tape.source,
        "error_code": tape.error_code,
        "encryption_details": None,
    }
    if of == "call":
        return {
            **shown,
            "track": tape.track,
            "uri": f"{root(account)}/Calls/{tape.call_sid}/Recordings/{tape.sid}.json",
        }
    if of == "conference":
        return {**shown, "uri": f"{root(account)}/Conferences/{tape.conference_sid}/Recordings/{tape.sid}.json"}
    return {
        **shown,
        "uri": f"{uri}.json",
        "subresource_uris": {"transcriptions": f"{uri}/Transcriptions.json"},
        "media_url": f"https://api.twilio.com{uri}",
    }


def queue(account: Account, line: Queue) -> Json:
    return {
        **_dates(line),
        "current_size": len(line.members),
        "friendly_name": line.friendly_name,
        "uri": f"{root(account)}/Queues/{line.sid}.json",
        "account_sid": account.sid,
        "average_wait_time": line.average_wait,
        "sid": line.sid,
        "max_size": line.max_size,
    }


def member(account: Account, who: Member, position: int, now: datetime) -> Json:
    """`position` counts from 1."""
    return {
        "call_sid": who.call_sid,
        "date_enqueued": rfc2822(who.enqueued_at),
        "position": position,
        "uri": f"{root(account)}/Queues/{who.queue_sid}/Members/{who.call_sid}.json",
        "wait_time": seconds_between(who.enqueued_at, now),
        "queue_sid": who.queue_sid,
    }


def message(account: Account, text: Message) -> Json:
    uri = f"{root(account)}/Messages/{text.sid}"
    return {
        "body": text.body,
        "num_segments": str(text.num_segments),
        "direction": text.direction,
        "from": text.from_ or None,
        "to": text.to,
        "date_updated": rfc2822(text.updated_at),
        "price": None,
        "error_message": text.error_message or None,
        "uri": f"{uri}.json",
        "account_sid": account.sid,
        "num_media": str(text.num_media),
        "status": text.status,
        "messaging_service_sid": text.messaging_service_sid or None,
        "sid": text.sid,
        "date_sent": rfc2822(text.sent_at),
        "date_created": rfc2822(text.created_at),
        "error_code": text.error_code,
        "price_unit": "USD",
        "api_version": VERSION,
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def number(account: Account, line: Number) -> Json:
    return {
        "account_sid": account.sid,
        "address_sid": None,
        "address_requirements": "none",
        "api_version": VERSION,
        "beta": False,
        "capabilities": {"mms": False, "sms": line.sms_capable, "voice": line.voice_capable, "fax": False},
        **_dates(line),
        "friendly_name": line.friendly_name or line.phone_number,
        "identity_sid": None,
        "phone_number": line.phone_number,
        "origin": "twilio",
        "sid": line.sid,
        "sms_application_sid": line.sms_application_sid,
        "sms_fallback_method": line.sms_fallback_method,
        "sms_fallback_url": line.sms_fallback_url,
        "sms_method": line.sms_method,
        "sms_url": line.sms_url,
        "status_callback": line.status_callback,
        "status_callback_method": line.status_callback_method,
        "trunk_sid": None,
        "uri": f"{root(account)}/IncomingPhoneNumbers/{line.sid}.json",
        "voice_receive_mode": "voice",
        "voice_application_sid": line.voice_application_sid or None,
        "voice_caller_id_lookup": line.voice_caller_id_lookup,
        "voice_fallback_method": line.voice_fallback_method,
        "voice_fallback_url": line.voice_fallback_url,
        "voice_method": line.voice_method,
        "voice_url": line.voice_url,
        "emergency_status": "Active",
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "bundle_sid": None,
        "status": "in-use",
        "type": "local",
    }


def application(account: Account, app: Application) -> Json:
    return {
        "account_sid": account.sid,
        "api_version": VERSION,
        **_dates(app),
        "friendly_name": app.friendly_name,
        "message_status_callback": app.message_status_callback,
        "sid": app.sid,
        "sms_fallback_method": app.sms_fallback_method,
        "sms_fallback_url": app.sms_fallback_url,
        "sms_method": app.sms_method,
        "sms_status_callback": app.sms_status_callback,
        "sms_url": app.sms_url,
        "status_callback": app.status_callback,
        "status_callback_method": app.status_callback_method,
        "uri": f"{root(account)}/Applications/{app.sid}.json",
        "voice_caller_id_lookup": app.voice_caller_id_lookup,
        "voice_fallback_method": app.voice_fallback_method,
        "voice_fallback_url": app.voice_fallback_url,
        "voice_method": app.voice_method,
        "voice_url": app.voice_url,
        "public_application_connect_enabled": False,
    }


def service(account: Account, pool: MessagingService) -> Json:
    url = f"https://messaging.twilio.com/v1/Services/{pool.sid}"
    return {
        "sid": pool.sid,
        "account_sid": account.sid,
        "friendly_name": pool.friendly_name,
        "date_created": iso(pool.created_at),
        "date_updated": iso(pool.updated_at),
        "inbound_request_url": pool.inbound_request_url or None,
        "inbound_method": pool.inbound_method,
        "fallback_url": pool.fallback_url or None,
        "fallback_method": pool.fallback_method,
        "status_callback": pool.status_callback or None,
        "sticky_sender": True,
        "mms_converter": True,
        "smart_encoding": pool.smart_encoding,
        "scan_message_content": "inherit",
        "fallback_to_long_code": True,
        "area_code_geomatch": True,
        "synchronous_validation": False,
        "validity_period": pool.validity_period,
        "url": url,
        "links": {"phone_numbers": f"{url}/PhoneNumbers"},
        "usecase": "customer_care",
        "us_app_to_person_registered": False,
        "use_inbound_webhook_on_number": pool.use_inbound_webhook_on_number,
    }


def service_number(account: Account, pool: MessagingService, line: Number) -> Json:
    return {
        "sid": line.sid,
        "account_sid": account.sid,
        "service_sid": pool.sid,
        "date_created": iso(line.created_at),
        "date_updated": iso(line.updated_at),
        "phone_number": line.phone_number,
        "country_code": "US",
        "capabilities": ["SMS", "Voice"],
        "url": f"https://messaging.twilio.com/v1/Services/{pool.sid}/PhoneNumbers/{line.sid}",
    }


def owner(account: Account, now: datetime) -> Json:
    """The account itself, without its token."""
    return {
        "auth_token": None,
        "date_created": rfc2822(now),
        "date_updated": rfc2822(now),
        "friendly_name": account.friendly_name,
        "owner_account_sid": account.sid,
        "sid": account.sid,
        "status": "active",
        "subresource_uris": {},
        "type": "Full",
        "uri": f"{root(account)}.json",
    }


def key(sid: str, now: datetime) -> Json:
    return {"sid": sid, "friendly_name": "desk", "date_created": rfc2822(now), "date_updated": rfc2822(now)}
