"""Webhooks: which programs of others hear of what. The secret is shown once, when it is made."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.administration.changes import Consequence, demand_consent, demand_unchanged, differences
from app.administration.entries import LONGEST_NAME, Refusals, clean, line_entry
from app.db import reading, transaction
from app.domain.public_address import is_inner_name
from app.errors import Conflict, NotFound
from app.eventlog import Actor, record_event
from app.webhooks import delivery as deliveries
from app.webhooks.catalogue import CATALOGUE
from app.webhooks.models import TEST_EVENT, Webhook, WebhookDelivery

LONGEST_URL = 500
#: Deliveries that the page shows.
SHOWN = 50
#: More webhooks than any house needs; each costs a row per event.
MOST_WEBHOOKS = 50


@dataclass(frozen=True, slots=True)
class Rules:
    """What addresses are allowed here, from the settings."""

    https_only: bool
    private: bool


def values_of(webhook: Webhook) -> dict[str, Any]:
    """What the form of a webhook shows."""
    return {"name": webhook.name, "url": webhook.url, "events": sorted(webhook.events)}


def list_webhooks(session: Session) -> Sequence[Any]:
    """(webhook, deliveries that wait, deliveries that failed) of each: those in use first, then by name."""
    waiting = _count("waiting")
    failed = _count("failed")
    return session.execute(
        select(Webhook, waiting, failed).order_by(Webhook.active.desc(), Webhook.name, Webhook.id)
    ).all()


def _count(state: str) -> Any:
    of_this = (WebhookDelivery.webhook_id == Webhook.id, WebhookDelivery.state == state)
    return select(func.count()).select_from(WebhookDelivery).where(*of_this).scalar_subquery()


def get_webhook(webhook_id: int) -> Webhook:
    """One webhook.

    Raises:
        NotFound: there is none.
    """
    with reading() as session:
        webhook = session.get(Webhook, webhook_id)
    if webhook is None:
        raise NotFound()
    return webhook


def last_deliveries(session: Session, webhook_id: int) -> Sequence[WebhookDelivery]:
    """The newest deliveries, newest first."""
    newest = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    return session.scalars(newest.order_by(WebhookDelivery.id.desc()).limit(SHOWN)).all()


def create_webhook(raw: Mapping[str, str], events: Sequence[str], rules: Rules, *, actor: Actor) -> Webhook:
    """A new webhook, turned on; its secret follows from its salt.

    Raises:
        Invalid: a field is refused.
        Conflict: there are too many.
    """
    name, url, chosen = _entries(raw, events, rules)
    with transaction() as session:
        if (session.scalar(select(func.count()).select_from(Webhook)) or 0) >= MOST_WEBHOOKS:
            raise Conflict(_("There are %(num)s webhooks, and no more fit.", num=MOST_WEBHOOKS), code="too_many")
        webhook = Webhook(name=name, url=url, events=chosen, salt=secrets.token_hex(16), active=True, off_reason="")
        session.add(webhook)
        session.flush()
        record_event(session, "webhook.created", "webhook", webhook.id, actor=actor, after=_logged(webhook))
        return webhook


def change_webhook(
    webhook_id: int, raw: Mapping[str, str], events: Sequence[str], rules: Rules, *, seen: str | None, actor: Actor
) -> None:
    """Save name, address and events.

    Raises:
        NotFound: there is none.
        Invalid: a field is refused.
        EditConflict: somebody else saved since the form was opened.
    """
    name, url, chosen = _entries(raw, events, rules)
    with transaction() as session:
        webhook = _locked(session, webhook_id)
        demand_unchanged(values_of(webhook), seen)
        before = _logged(webhook)
        webhook.name, webhook.url, webhook.events = name, url, chosen
        old, new = differences(before, _logged(webhook))
        if new:
            record_event(session, "webhook.changed", "webhook", webhook_id, actor=actor, before=old, after=new)


def turn(webhook_id: int, *, on: bool, confirmed: str = "", actor: Actor) -> None:
    """Turn a webhook on or off; twice changes nothing.

    Raises:
        NotFound: there is none.
        ConfirmFirst: deliveries wait, which would be given up.
    """
    with transaction() as session:
        webhook = _locked(session, webhook_id)
        if webhook.active == on:
            return
        if on:
            webhook.active, webhook.off_reason, webhook.failing_since = True, "", None
            after = {"active": True, "name": webhook.name}
            record_event(
                session, "webhook.turned_on", "webhook", webhook_id, actor=actor, before={"active": False}, after=after
            )
            return
        demand_consent(_what_waits(session, webhook_id), confirmed)
        deliveries.turn_off(session, webhook, "person", actor=actor, reason="")


def _what_waits(session: Session, webhook_id: int) -> list[Consequence]:
    of_this = (WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.state == "waiting")
    waiting = session.scalar(select(func.count()).select_from(WebhookDelivery).where(*of_this)) or 0
    if not waiting:
        return []
    text = ngettext(
        "%(num)s delivery waits and is given up. You can send it again by hand.",
        "%(num)s deliveries wait and are given up. You can send them again by hand.",
        waiting,
    )
    return [Consequence("waiting_given_up", text, "warn")]


def delete_webhook(webhook_id: int, *, confirmed: str = "", actor: Actor) -> None:
    """Take a webhook away, with the list of its deliveries; the event log keeps that it was there.

    Raises:
        NotFound: there is none.
        ConfirmFirst: always at first.
    """
    with transaction() as session:
        webhook = _locked(session, webhook_id)
        text = _("The secret, the address and the list of deliveries are gone for good.")
        demand_consent([Consequence("gone", text, "bad"), *_what_waits(session, webhook_id)], confirmed)
        before = _logged(webhook)
        if webhook.active:
            deliveries.turn_off(session, webhook, "person", actor=actor, reason="deleted")
        session.delete(webhook)
        record_event(session, "webhook.deleted", "webhook", webhook_id, actor=actor, before=before)


def renew_secret(webhook_id: int, *, confirmed: str = "", actor: Actor) -> Webhook:
    """The webhook with another secret; the old one is worth nothing from now on.

    Raises:
        NotFound: there is none.
        ConfirmFirst: always at first.
    """
    with transaction() as session:
        webhook = _locked(session, webhook_id)
        text = _("The receiver refuses everything until it knows the new secret.")
        demand_consent([Consequence("old_secret_void", text, "warn")], confirmed)
        webhook.salt = secrets.token_hex(16)
        after = {"name": webhook.name}
        record_event(session, "webhook.secret_renewed", "webhook", webhook_id, actor=actor, after=after)
        return webhook


def send_test(webhook_id: int, *, actor: Actor) -> None:
    """Put a test into line; its answer appears among the deliveries.

    Raises:
        NotFound: there is none.
    """
    with transaction() as session:
        webhook = _locked(session, webhook_id)
        token = secrets.token_hex(16)
        test = WebhookDelivery(webhook_id=webhook_id, name=TEST_EVENT, token=token, state="waiting", attempts=0)
        session.add(test)
        session.flush()
        deliveries.put_in_line(session, test, by_hand=True)
        after = {"name": webhook.name}
        record_event(session, "webhook.tested", "webhook", webhook_id, actor=actor, after=after)


def redeliver(webhook_id: int, delivery_id: int, *, actor: Actor) -> None:
    """Have a delivery made once more, under the token it had.

    Raises:
        NotFound: there is none.
        Conflict: it waits already.
    """
    with transaction() as session:
        webhook = _locked(session, webhook_id)
        of_this = (WebhookDelivery.id == delivery_id, WebhookDelivery.webhook_id == webhook_id)
        if session.scalar(select(WebhookDelivery.id).where(*of_this)) is None:
            raise NotFound()
        again = deliveries.redeliver(session, delivery_id)
        after = {"name": webhook.name, "delivery": delivery_id, "event": again.name}
        record_event(session, "webhook.redelivered", "webhook", webhook_id, actor=actor, after=after)


def _locked(session: Session, webhook_id: int) -> Webhook:
    webhook = session.get(Webhook, webhook_id, with_for_update=True)
    if webhook is None:
        raise NotFound()
    return webhook


def _logged(webhook: Webhook) -> dict[str, Any]:
    """What the log keeps: of the address only the host, since paths often hold a token."""
    return {"name": webhook.name, "host": urlsplit(webhook.url).hostname, "events": sorted(webhook.events)}


def _entries(raw: Mapping[str, str], events: Sequence[str], rules: Rules) -> tuple[str, str, list[str]]:
    refusals = Refusals()
    name = line_entry(raw, "name", refusals, limit=LONGEST_NAME, required=True)
    url = _address(clean(raw.get("url")), rules, refusals)
    chosen = sorted(set(events) & set(CATALOGUE))
    if not chosen:
        refusals.add("events", _("Please choose at least one event."))
    refusals.raise_any()
    return name, url, chosen


def _address(url: str, rules: Rules, refusals: Refusals) -> str:
    if len(url) > LONGEST_URL:
        refusals.add("url", _("This is too long: %(limit)s characters fit.", limit=LONGEST_URL))
        return url
    try:
        parts = urlsplit(url)
        host, _port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError):
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host or " " in url:
        refusals.add("url", _("Please give a whole address, like https://example.com/hearback."))
    elif parts.scheme == "http" and rules.https_only:
        refusals.add("url", _("Only addresses with https:// are allowed: what is sent must not be read on the way."))
    elif parts.username or parts.password or parts.fragment:
        refusals.add("url", _("Please leave out names, passwords and everything after #."))
    elif not rules.private and is_inner_name(host):
        text = _("This address lies inside a network. Only machines of the public internet may be told.")
        refusals.add("url", text)
    return url.replace(parts.hostname or "", host, 1) if not (parts.hostname or "").isascii() else url
