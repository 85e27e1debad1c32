"""Events as sentences. What has none is shown by its own name: the log never hides what it can't word."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import gettext as _

from app.administration.services.audit import Named
from app.eventlog import Event


def actor_words(event: Event, names: Named) -> str:
    """Who did it."""
    if event.user_id is not None:
        return names.users.get(event.user_id, f"user:{event.user_id}")
    return machine_words(event.actor)


def machine_words(actor: str) -> str:
    """An actor that is no person."""
    return {
        "router": _("The router"),
        "sweep": _("The clock"),
        "customer": _("The customer"),
        "provider": _("The provider"),
        "wall": _("A screen on a wall"),
        "cli": _("The command line"),
    }.get(actor, actor)


def subject_words(event: Event, names: Named) -> str:
    """What it happened to: its name where it has one, else its kind and number."""
    known = {
        "user": names.users,
        "agent": names.users,
        "customer": names.customers,
        "queue": names.queues,
    }.get(event.subject, {})
    return known.get(event.subject_id) or f"{kind_words(event.subject)} {event.subject_id}"


def kind_words(subject: str) -> str:
    """A kind of thing, as people call it."""
    return {
        "agent": _("Agent"),
        "announcement": _("Announcement"),
        "break_code": _("Break"),
        "calendar": _("Opening hours"),
        "callback": _("Callback"),
        "call": _("Call"),
        "customer": _("Customer"),
        "disposition": _("Result"),
        "import": _("Import"),
        "listening": _("Listening in"),
        "message": _("Message"),
        "quality_callback": _("Quality callback"),
        "queue": _("Queue"),
        "questionnaire": _("Questions, version"),
        "recording": _("Recording"),
        "reservation": _("Offer"),
        "skill": _("Skill"),
        "sms_template": _("SMS template"),
        "team": _("Team"),
        "ticket": _("Ticket"),
        "topic": _("Topic"),
        "user": _("Person"),
        "webhook": _("Webhook"),
        "wall_link": _("Wall link"),
        "work_item": _("Contact in line"),
    }.get(subject, subject.replace("_", " "))


def sentence(event: Event, names: Named) -> str:
    """What happened, in the language of the page; empty when there are no words for it."""
    after, before = event.after or {}, event.before or {}
    queue_id = after.get("queue", before.get("queue"))
    queue = names.queues.get(queue_id, f"#{queue_id}") if isinstance(queue_id, int) else ""
    return _changes(event.name, after, before, queue) or _work(event.name, after, queue) or _people(event.name)


def _changes(name: str, after: dict[str, Any], before: dict[str, Any], queue: str) -> str:
    match name:
        case "queue.created" | "topic.created" | "disposition.created" | "break_code.created":
            return _("created: %(code)s", code=after.get("code", ""))
        case "skill.created" | "sms_template.created":
            return _("created: %(code)s", code=after.get("code", ""))
        case "team.created" | "calendar.created":
            return _("created: %(code)s", code=after.get("name", ""))
        case "team.deleted" | "skill.deleted" | "calendar.deleted":
            return _("deleted: %(code)s", code=before.get("name") or before.get("code", ""))
        case "queue.opened":
            return _("opened")
        case "queue.closed":
            return _("closed")
        case "queue.demands_changed":
            return _("asks for other skills")
        case "queue.waiting_changed":
            return _("hours or limits changed: %(fields)s", fields=", ".join(sorted(after)))
        case "agent.created":
            return _("takes contacts from now on")
        case "agent.skills_changed":
            return _("skills changed")
        case "agent.queue_added":
            return _("serves “%(queue)s” from now on", queue=queue)
        case "agent.queue_removed":
            return _("no longer serves “%(queue)s”", queue=queue)
        case "certificate.granted" if after.get("override"):
            return _("override for “%(queue)s” until %(day)s", queue=queue, day=after.get("expires_on"))
        case "certificate.granted":
            return _("certified for “%(queue)s”", queue=queue)
        case "certificate.end_moved":
            day = after.get("expires_on") or _("never")
            return _("certificate for “%(queue)s” ends: %(day)s", queue=queue, day=day)
        case "certificate.revoked":
            return _("certificate for “%(queue)s” revoked", queue=queue)
        case (
            "webhook.created" | "webhook.deleted" | "webhook.tested" | "webhook.redelivered" | "webhook.secret_renewed"
        ):
            return _webhook(name, after or before)
        case "wall_link.created":
            return _("made: %(code)s", code=after.get("name", ""))
        case "wall_link.opened":
            return _("opened by a screen: %(code)s", code=after.get("name", ""))
        case "wall_link.ended":
            return _("ended: %(code)s", code=after.get("name", ""))
        case "webhook.turned_on" | "webhook.turned_off":
            return _webhook(name, after)
        case "quality.links_on" | "quality.links_off":
            return _("answers by link turned on") if name == "quality.links_on" else _("answers by link turned off")
        case "questionnaire.drafted":
            return _("draft begun")
        case "questionnaire.edited":
            return _("draft changed: %(fields)s", fields=", ".join(after.get("items", [])) or "–")
        case "questionnaire.discarded":
            return _("draft thrown away")
        case "questionnaire.published":
            return _("published: asked from now on")
        case "questionnaire.retired":
            return _("asked no more")
        case "audit.exported":
            return _("took %(num)s entries of this log as a file", num=after.get("rows", 0))
    if name.endswith(".changed"):
        return _("changed: %(fields)s", fields=", ".join(sorted(after)))
    return ""


def _webhook(name: str, values: dict[str, Any]) -> str:
    hook = values.get("name", "")
    return {
        "webhook.created": _("created: %(code)s", code=hook),
        "webhook.deleted": _("deleted: %(code)s", code=hook),
        "webhook.tested": _("test sent: %(code)s", code=hook),
        "webhook.redelivered": _("sent again: %(code)s", code=hook),
        "webhook.secret_renewed": _("new secret: %(code)s", code=hook),
        "webhook.turned_on": _("turned on: %(code)s", code=hook),
        "webhook.turned_off": _("turned off: %(code)s", code=hook),
    }[name]


def _work(name: str, after: dict[str, Any], queue: str) -> str:
    match name:
        case "agent.connected":
            return _("opened the desk")
        case "agent.connection_lost":
            return _("lost the connection")
        case "agent.disconnected":
            return _("left the desk")
        case "agent.device_changed":
            return _("microphone checked")
        case "agent.intent_changed":
            return _("chose: %(state)s", state=after.get("intent", ""))
        case "agent.missed":
            return _("did not answer in time")
        case "call.initiated":
            return _("a customer starts a call")
        case "call.queued":
            return _("the call is in line")
        case "recording.started":
            return _("recording begins: %(queue)s", queue=queue)
        case "recording.paused":
            return _("recording paused")
        case "recording.resumed":
            return _("recording goes on")
        case "recording.finished":
            return _("recording is complete")
        case "recording.incomplete":
            return _("recording broke off: its page is gone")
        case "recording.taken_up":
            return _("recording goes on after a break in the connection")
        case "recording.listened":
            return _("listened to a recording")
        case "recording.downloaded":
            return _("downloaded a recording")
        case "recording.deleted":
            return _("sound of a recording deleted")
        case "voicemail.delivered":
            return _("the caller left a message: %(queue)s", queue=queue)
        case "ticket.reachable":
            return _("the customer says where to answer")
        case "quality.planned":
            return _("quality callback planned")
        case "quality.begun":
            return _("quality callback begins")
        case "quality.linked":
            return _("the customer gets a link instead of a call")
        case "quality.interviewed" if after.get("mode") == "link":
            return _("answered the questions by link")
        case "quality.interviewed":
            return _("answered the questions by telephone")
        case "quality.recovery_opened":
            return _("not content: a ticket at once")
        case "quality.done" if after.get("outcome") == "no_reply":
            return _("the link was not answered")
        case "quality.done":
            return _("quality callback is over")
        case "quality.canceled":
            return _("quality callback withdrawn")
        case "work_item.queued":
            return _("put in line: %(queue)s", queue=queue)
        case "work_item.parked":
            return _("set aside: the customer is not at the page")
        case "work_item.resumed":
            return _("back in line at the same place")
        case "callback.waiting":
            return _("callback promised")
        case "callback.ringing":
            return _("the customer is rung")
        case "callback.unanswered":
            return _("the customer did not answer")
        case "callback.connected":
            return _("the customer answered")
        case "callback.done":
            return _("called back")
        case "callback.declined":
            return _("the customer said not now")
        case "callback.unreachable":
            return _("not reached after all attempts")
        case "callback.canceled":
            return _("callback canceled")
        case "callback.expired":
            return _("callback expired")
        case "work_item.assigned":
            return _("answered")
        case "work_item.canceled":
            return _("left the line")
        case "reservation.offered":
            return _("offered to an agent")
        case "reservation.accepted":
            return _("accepted")
        case "reservation.active":
            return _("connected")
        case "reservation.completed":
            return _("finished")
        case "reservation.extended":
            return _("after-call time extended")
        case "reservation.timed_out":
            return _("rang in vain")
        case "reservation.rejected":
            return _("declined")
    return ""


def _people(name: str) -> str:
    return {
        "customer.created": _("new customer"),
        "customer.viewed": _("profile opened"),
        "customer.note_added": _("note added"),
        "customer.note_pinned": _("note pinned"),
        "customer.phone_added": _("number added"),
        "customer.phone_removed": _("number removed"),
        "user.created": _("new person"),
        "user.signed_in": _("signed in"),
        "user.signed_out": _("signed out"),
        "user.sign_in_failed": _("sign-in failed"),
        "user.sign_in_refused": _("sign-in refused"),
        "user.locked": _("locked for a while"),
        "user.password_changed": _("password changed"),
        "user.password_reset": _("new first password"),
        "user.session_ended": _("session ended"),
    }.get(name, "")


def as_text(side: dict[str, Any] | None) -> str:
    """One side of a change, line by line."""
    if not side:
        return "–"
    return "\n".join(f"{key}: {_plain(value)}" for key, value in sorted(side.items()))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
