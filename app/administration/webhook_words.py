"""How webhooks, their events and what became of deliveries are said to people."""

from __future__ import annotations

from flask_babel import gettext as _

from app.webhooks.models import TEST_EVENT, Webhook, WebhookDelivery


def groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """(title, [(event, words)]) of all there is to choose."""
    return [
        (_("Calls"), _named("call.", _calls())),
        (_("Contacts in line"), _named("", _lines())),
        (_("Tickets"), _named("ticket.", _tickets())),
        (_("Agents, queues, customers"), _named("", _others())),
    ]


def _named(prefix: str, words: dict[str, str]) -> list[tuple[str, str]]:
    return [(prefix + name, text) for name, text in words.items()]


def _calls() -> dict[str, str]:
    return {
        "initiated": _("A customer starts a call"),
        "queued": _("A call waits in line"),
        "connected": _("Two people talk"),
        "ended": _("A call has ended"),
    }


def _lines() -> dict[str, str]:
    return {
        "work_item.queued": _("A contact is put in line"),
        "work_item.canceled": _("A contact left the line unserved"),
        "reservation.offered": _("A contact is offered to an agent"),
        "reservation.accepted": _("An agent accepts"),
        "reservation.rejected": _("An agent declines"),
        "reservation.timed_out": _("An offer rang in vain"),
        "interaction.recorded": _("A contact is finished, with its outcome"),
    }


def _tickets() -> dict[str, str]:
    return {
        "opened": _("A ticket is opened"),
        "assigned": _("A ticket has an owner"),
        "transferred": _("A ticket moves to another queue"),
        "received": _("The customer writes"),
        "pending_customer": _("A ticket waits for the customer"),
        "on_hold": _("A ticket is set aside"),
        "open": _("A ticket is worked on again"),
        "resolved": _("A ticket is resolved"),
        "closed": _("A ticket is closed"),
    }


def _others() -> dict[str, str]:
    return {
        "agent.intent_changed": _("An agent becomes available or takes a break"),
        "agent.missed": _("An agent does not answer"),
        "queue.opened": _("A queue is opened"),
        "queue.closed": _("A queue is closed"),
        "customer.created": _("A customer is new"),
        "customer.changed": _("A customer's details change (the id only)"),
    }


def event_words(name: str) -> str:
    """One event in words."""
    if name == TEST_EVENT:
        return _("Test")
    return next((text for _title, events in groups() for known, text in events if known == name), name)


def standing(webhook: Webhook) -> tuple[str, str, str]:
    """(icon, tone, words) of a webhook."""
    if webhook.active:
        if webhook.failing_since is not None:
            return "alert-triangle", "warn", _("Failing")
        return "circle-check", "ok", _("On")
    return {
        "failing": ("alert-circle", "bad", _("Turned off after days of failures")),
        "gone": ("alert-circle", "bad", _("Turned off: the receiver says it is gone")),
    }.get(webhook.off_reason, ("circle-minus", "", _("Off")))


def outcome(delivery: WebhookDelivery) -> tuple[str, str, str]:
    """(icon, tone, words) of a delivery."""
    if delivery.state == "delivered":
        return "circle-check", "ok", _("Delivered")
    if delivery.state == "failed":
        return "alert-circle", "bad", _("Given up")
    return ("hourglass", "warn", _("Is tried again")) if delivery.attempts else ("hourglass", "info", _("Waiting"))


def why(error: str) -> str:
    """What went wrong, for somebody who has to mend it."""
    return {
        "": "",
        "redirected": _("It answered with a redirect, which is not followed. Give the final address."),
        "refused": _("It refused the message."),
        "server_error": _("Its program failed."),
        "timeout": _("No answer in time."),
        "certificate": _("Its certificate is not valid."),
        "no_connection": _("No connection."),
        "no_such_host": _("There is no machine of this name."),
        "private_address": _("The name leads into a private network; nothing was sent."),
        "bad_address": _("The address can't be used."),
        "turned_off": _("The webhook was turned off first."),
    }.get(error, error)
