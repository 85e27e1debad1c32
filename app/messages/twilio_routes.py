"""What Twilio tells of SMS: one that a customer wrote, and how far one of ours has come.

Only signed requests get here (app/security/twilio_guard.py). Answers say nothing back to the customer: what we have to
say leaves through the outbox as everything else.
"""

from __future__ import annotations

import re

import structlog
from flask import Blueprint, Response, current_app, request

from app.domain.phone_numbers import mask
from app.errors import Invalid
from app.messages.receiving import receive_sms
from app.messages.reports import keep_for_later
from app.messages.services import LONGEST_BODY
from app.providers.base import Receipt
from app.providers.twilio.sms import code_of
from app.security.receipts import token_of

log = structlog.get_logger(__name__)

blueprint = Blueprint("twilio_sms", __name__, url_prefix="/twilio/sms")

NAME = "twilio"
#: An answer that sends no message.
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
#: Words that Twilio itself answers in English, whether or not its opt-out handling was adapted. Other languages' words
#: it only knows where an account taught it them; it then says so by OptOutType.
ANSWERED_BY_TWILIO = frozenset({"help", "info"})
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
_MEANINGS = {"STOP": "stop", "START": "start", "HELP": "help"}


@blueprint.post("/inbound")
def inbound() -> Response:
    """Keep what a customer wrote; the same message a second time changes nothing."""
    form = request.form
    sid = form.get("MessageSid", "")
    if _is_ours(sid):
        taken_for = form.get("OptOutType", "").upper()
        body = form.get("Body", "")
        try:
            receive_sms(
                form.get("From", ""),
                _with_media(body, form.get("NumMedia", "0")),
                NAME,
                sid,
                meaning=_MEANINGS.get(taken_for, ""),
                answered=taken_for == "HELP" or body.strip().casefold() in ANSWERED_BY_TWILIO,
                token=token_of(request.headers),
            )
        except Invalid:
            # A sender that is no telephone (a short code, a name, another network): nobody who could be answered.
            log.warning("sms.sender_unusable", sender=mask(form.get("From", "")), id=sid)
    return Response(NOTHING_TO_SAY, mimetype="text/xml")


@blueprint.post("/status")
def status() -> Response:
    """Keep how far one of our messages has come, if that is further than we knew."""
    form = request.form
    sid = form.get("MessageSid", "")
    if _is_ours(sid):
        receipt = Receipt(sid, form.get("MessageStatus", "")[:20], code_of(form.get("ErrorCode")))
        message_id = request.args.get("message", type=int)
        keep_for_later(NAME, receipt, message_id=message_id, token=token_of(request.headers))
    return Response(status=204)


def _is_ours(sid: str) -> bool:
    """True for a well-formed message of our own account; a signature of ours names no other."""
    account = request.form.get("AccountSid", "")
    if _SID.fullmatch(sid) and account == current_app.config["SETTINGS"].twilio_account_sid:
        return True
    log.warning("sms.report_unusable", endpoint=request.endpoint)
    return False


def _with_media(body: str, count: str) -> str:
    """The text, with a sign for each picture that came along: the desk does not keep them, and must not hide them."""
    pictures = int(count) if count.isascii() and count.isdigit() else 0
    marked = f"{body}\n📎 × {pictures}".strip() if pictures else body
    return marked[:LONGEST_BODY]
