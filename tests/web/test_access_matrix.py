"""Who may do what: every route and every socket event, for every role and for strangers.

A route or event that is not in the tables below fails the test: write down whom it is for, then it passes.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.security.guard import SIGNED, permission_of
from app.security.models import ROLES
from app.security.roles import PERMISSIONS
from app.sockets import SOCKET_EVENTS, socketio
from config import Settings
from tests.web.role_table import ROLE_MAY
from tests.web.signing_in import SCRIPT, browser_of, person

#: Open to everybody, signed in or not.
EVERYONE = None

ROUTES: dict[str, str | None] = {
    "administration.add_member": "agents.manage",
    "administration.agent": "organisation.view",
    "administration.agents": "organisation.view",
    "administration.announcement": "organisation.view",
    "administration.announcements": "organisation.view",
    "administration.audit": "audit.view",
    "administration.audit_csv": "audit.view",
    "administration.calendar": "organisation.view",
    "administration.calendars": "organisation.view",
    "administration.change_certificate": "agents.manage",
    "administration.code": "organisation.view",
    "administration.codes": "organisation.view",
    "administration.create_calendar": "organisation.manage",
    "administration.create_code": "organisation.manage",
    "administration.create_queue": "organisation.manage",
    "administration.create_skill": "organisation.manage",
    "administration.create_team": "organisation.manage",
    "administration.create_template": "organisation.manage",
    "administration.grant_certificate": "training.override",
    "administration.measure": "organisation.view",
    "administration.new_calendar": "organisation.manage",
    "administration.new_code": "organisation.manage",
    "administration.new_queue": "organisation.manage",
    "administration.new_skill": "organisation.manage",
    "administration.new_template": "organisation.manage",
    "administration.open_queue": "organisation.manage",
    "administration.overview": "organisation.view",
    "administration.queue": "organisation.view",
    "administration.queue_hours": "organisation.view",
    "administration.queues": "organisation.view",
    "administration.save_agent": "agents.manage",
    "administration.save_announcement": "announcements.manage",
    "administration.save_calendar": "organisation.manage",
    "administration.save_code": "organisation.manage",
    "administration.save_demands": "organisation.manage",
    "administration.save_memberships": "agents.manage",
    "administration.save_queue": "organisation.manage",
    "administration.save_queue_hours": "organisation.manage",
    "administration.save_skill": "organisation.manage",
    "administration.save_skills": "agents.manage",
    "administration.save_team": "organisation.manage",
    "administration.save_template": "organisation.manage",
    "administration.create_webhook": "organisation.manage",
    "administration.new_webhook": "organisation.manage",
    "administration.redeliver": "organisation.manage",
    "administration.save_webhook": "organisation.manage",
    "administration.test_webhook": "organisation.manage",
    "administration.webhook": "organisation.manage",
    "administration.webhook_deliveries": "organisation.manage",
    "administration.webhooks": "organisation.manage",
    "administration.erase": "customers.erase",
    "administration.erased": "customers.erase",
    "administration.settle_sms": "messages.settle",
    "administration.unsure_sms": "organisation.view",
    "administration.skill": "organisation.view",
    "administration.skills": "organisation.view",
    "administration.teams": "organisation.view",
    "administration.template": "organisation.view",
    "administration.templates": "organisation.view",
    "administration.usual_codes": "organisation.manage",
    "board.show": "board.view",
    "phone_music.music": EVERYONE,
    "phones.after": SIGNED,
    "phones.answer": SIGNED,
    "phones.fallback": SIGNED,
    "phones.inbound": SIGNED,
    "phones.key": SIGNED,
    "phones.language": SIGNED,
    "phones.left": SIGNED,
    "phones.leg": SIGNED,
    "phones.message": SIGNED,
    "phones.recorded": SIGNED,
    "phones.recorded_call": SIGNED,
    "phones.recording": SIGNED,
    "phones.room": SIGNED,
    "phones.status": SIGNED,
    "phones.topic": SIGNED,
    "phones.wait": SIGNED,
    "wall.figures": EVERYONE,  # both prove themselves by the token in the address
    "wall.show": EVERYONE,
    "walls.end": "board.control",
    "walls.listing": "board.control",
    "walls.make": "board.control",
    "customers.create": "customers.edit",
    "customers.edit": "customers.edit",
    "customers.history": "customers.view",
    "customers.import_progress": "customers.import",
    "customers.import_refused": "customers.import",
    "customers.import_resume": "customers.import",
    "customers.import_run": "customers.import",
    "customers.import_start": "customers.import",
    "customers.import_stop": "customers.import",
    "customers.imports": "customers.import",
    "customers.listing": "customers.view",
    "customers.new": "customers.edit",
    "customers.note_added": "customers.edit",
    "customers.note_pinned": "customers.edit",
    "customers.phone_added": "customers.edit",
    "customers.phone_removed": "customers.edit",
    "customers.save": "customers.edit",
    "customers.show": "customers.view",
    "customers.upload": "customers.import",
    "desk.closed": "desk.use",
    "desk.show": "desk.use",
    "desk_customers.create": "customers.edit",
    "desk_customers.pop_json": "desk.use",
    "draws.another_round": "draws.manage",
    "draws.beacon": "draws.manage",
    "draws.commit": "draws.join",
    "draws.file": EVERYONE,  # opaque names only
    "draws.listing": "draws.view",
    "draws.pause": "draws.manage",
    "draws.progress": "draws.view",
    "draws.public": EVERYONE,
    "draws.resume": "draws.manage",
    "draws.reveal": "draws.join",
    "draws.show": "draws.view",
    "health.alive": EVERYONE,
    "health.metrics": EVERYONE,  # asks for its own token
    "health.ready": EVERYONE,
    "i18n.choose": EVERYONE,
    "messages.handset": "phone.use",
    "messages.phone": "phone.use",
    "messages.reply": "phone.use",
    "appeals.decide": "appeals.decide",
    "appeals.listing": "appeals.decide",
    "appeals.show": "appeals.decide",
    "coaching.add_step": "coaching.manage",
    "coaching.finish_step": "coaching.manage",
    "coaching.listing": "coaching.manage",
    "coaching.open_note": "coaching.manage",
    "coaching.save": "coaching.manage",
    "coaching.show": "coaching.manage",
    "learning.enter": "learning.manage",
    "learning.plan": "learning.manage",
    "learning.settle": "learning.manage",
    "learning.show": "learning.view",
    "mine.appeal": "coaching.own",
    "mine.read": "coaching.own",
    "mine.show": "coaching.own",
    "rules.choose": "rewards.manage",
    "rules.show": "profile.own",
    "road.mine": "training.own",
    "listen.show": "call.shadow",
    "training.choose_hosts": "training.manage",
    "training.close_exam": "training.manage",
    "training.enter": "training.manage",
    "training.listing": "training.view",
    "training.mark": "training.rate",
    "training.move": "training.manage",
    "training.override": "training.override",
    "training.retest": "training.retest",
    "training.rules": "training.view",
    "training.save_rules": "training.override",
    "training.set_exam": "training.manage",
    "training.show": "training.view",
    "training.start": "training.manage",
    "needs.answer": "needs.manage",
    "needs.change": "needs.manage",
    "needs.join": "needs.manage",
    "needs.listing": "needs.view",
    "needs.show": "needs.view",
    "needs.split": "needs.manage",
    "people.create": "people.manage",
    "people.edit": "people.manage",
    "people.listing": "people.manage",
    "people.new": "people.manage",
    "people.reset_password": "people.manage",
    "people.save": "people.manage",
    "callback.ask": EVERYONE,  # asks for the cookie of the call
    "callback.show": EVERYONE,  # the address is the proof
    "callback.write_instead": EVERYONE,  # the address is the proof
    "portal.call": EVERYONE,
    "portal.news": EVERYONE,
    "portal.start_call": EVERYONE,
    "desk_telephone.dial": "call.handle",
    "desk_telephone.token": "call.handle",
    "desk_recordings.begin": "call.handle",
    "desk_recordings.chunk": "call.handle",
    "desk_recordings.finish": "call.handle",
    "desk_recordings.pause": "call.handle",
    "recordings.download": "recordings.download",
    "recordings.listing": "recordings.listen",
    "recordings.sound": "recordings.listen",
    "quality.ask": "quality.ask",
    "quality.listing": "quality.view",
    "quality.plan": "quality.ask",
    "quality.show": "quality.view",
    "quality.withdraw": "quality.ask",
    "quality_desk.panel": "desk.use",
    "questionnaire.change": "questionnaire.manage",
    "questionnaire.discard": "questionnaire.manage",
    "questionnaire.draft": "questionnaire.manage",
    "questionnaire.edit": "questionnaire.manage",
    "questionnaire.listing": "questionnaire.view",
    "questionnaire.publish": "questionnaire.manage",
    "questionnaire.show": "questionnaire.view",
    "scores.answered": "scores.view",
    "scores.show": "scores.view",
    "security.change_password": "profile.own",
    "security.end_session": "profile.own",
    "security.enter": EVERYONE,
    "security.home": EVERYONE,
    "security.make_first_administrator": EVERYONE,  # 404 once somebody exists
    "security.me": "profile.own",
    "security.password": "profile.own",
    "security.set_preferences": "profile.own",
    "security.set_notices": "profile.own",
    "security.set_up": EVERYONE,  # 404 once somebody exists
    "security.sign_in": EVERYONE,
    "security.sign_out": EVERYONE,
    "shell.set_theme": EVERYONE,
    "shell.styleguide": EVERYONE,
    "static": EVERYONE,
    "answers.refuse": EVERYONE,  # by an address of chance
    "answers.send": EVERYONE,  # by an address of chance
    "answers.show": EVERYONE,  # by an address of chance
    "links.choose": "organisation.manage",
    "ticket_form.add": EVERYONE,  # by a signed address
    "ticket_form.form": EVERYONE,
    "ticket_form.send": EVERYONE,
    "ticket_form.sent": EVERYONE,  # by a signed address
    "ticket_form.status": EVERYONE,  # by a signed address
    "tickets.change_state": "tickets.handle",
    "tickets.create": "tickets.handle",
    "tickets.link": "tickets.handle",
    "tickets.listing": "tickets.view",
    "tickets.new": "tickets.handle",
    "tickets.no_texts": "tickets.handle",
    "tickets.note": "tickets.handle",
    "tickets.pass_on": "tickets.handle",
    "tickets.reply": "tickets.handle",
    "tickets.show": "tickets.view",
    "tickets.take": "tickets.handle",
    "twilio_sms.inbound": SIGNED,
    "twilio_sms.status": SIGNED,
    "voicemail.chunk": EVERYONE,  # these five prove themselves by the call cookie
    "voicemail.discard": EVERYONE,
    "voicemail.finish": EVERYONE,
    "voicemail.send": EVERYONE,
    "voicemail.start": EVERYONE,
    "voicemail.write": EVERYONE,
}

#: (namespace, event) -> permission; the customer's page proves itself by its call cookie instead.
EVENTS: dict[tuple[str, str], str | None] = {
    ("/", "desk.hello"): "desk.use",
    ("/", "live.ping"): "profile.own",
    ("/", "desk.sync"): "desk.use",
    ("/", "queue.sync"): "desk.use",
    ("/", "team.sync"): "desk.use",
    ("/", "agent.intent"): "call.handle",
    ("/", "agent.device"): "call.handle",
    ("/", "offer.ringing"): "call.handle",
    ("/", "offer.accept"): "call.handle",
    ("/", "offer.decline"): "call.handle",
    ("/", "call.command"): "call.handle",
    ("/", "call.callback"): "call.handle",
    ("/", "call.transfer"): "call.handle",
    ("/", "call.consult"): "call.handle",
    ("/", "call.consult_cancel"): "call.handle",
    ("/", "call.consult_complete"): "call.handle",
    ("/", "call.customer"): "call.handle",
    ("/", "listen.not_now"): "call.handle",
    ("/", "listen.start"): "call.shadow",
    ("/", "listen.stop"): "call.shadow",
    ("/", "listen.sync"): "call.shadow",
    ("/", "rtc.signal"): "call.handle",
    ("/", "link.state"): "call.handle",
    ("/", "wrapup.draft"): "call.handle",
    ("/", "wrapup.extend"): "call.handle",
    ("/", "wrapup.save"): "call.handle",
    ("/", "handset.join"): "phone.use",
    ("/", "tickets.sync"): "tickets.view",
    ("/", "ticket.join"): "tickets.view",
    ("/call", "live.ping"): EVERYONE,
    ("/", "board.sync"): "board.view",
    ("/", "board.queue"): "board.control",
    ("/", "board.acknowledge"): "board.control",
    ("/", "board.limits"): "board.control",
    ("/", "board.state"): "board.control",
    ("/", "board.log_out"): "board.control",
    ("/", "board.pull_back"): "board.control",
    ("/", "board.move"): "board.control",
    ("/", "board.cancel_callback"): "board.control",
    ("/", "board.priority"): "board.control",
    ("/", "board.queue_open"): "board.control",
    ("/call", "call.sync"): EVERYONE,
    ("/call", "call.hangup"): EVERYONE,
    ("/call", "callback.answer"): EVERYONE,
    ("/call", "callback.here"): EVERYONE,
    ("/call", "callback.not_now"): EVERYONE,
    ("/call", "rtc.signal"): EVERYONE,
    ("/call", "link.state"): EVERYONE,
}


@pytest.fixture
def site(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False  # the form token is another test's business
    return app


def _requests(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, address) of every route in the table, with ids that nothing has."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in ROUTES:
            continue
        values = {
            name: 999_999 if type(converter).__name__ == "IntegerConverter" else "none"
            for name, converter in rule._converters.items()
        }
        with app.test_request_context():
            address = app.url_for(rule.endpoint, **values)
        found += [(rule.endpoint, method, address) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return sorted(found)


def _ask(client: FlaskClient, method: str, address: str) -> int:
    answer = client.open(address, method=method, headers=SCRIPT)
    code = (answer.get_json(silent=True) or {}).get("error", {}).get("code") if answer.status_code == 401 else None
    # 401 with another code is a page's own token (metrics), not our sign-in.
    return 0 if answer.status_code == 401 and code != "signed_out" else answer.status_code


def test_the_roles_are_as_agreed() -> None:
    assert set(ROLE_MAY) == set(ROLES)
    for role, permissions in ROLE_MAY.items():
        assert {name for name, roles in PERMISSIONS.items() if role in roles} == permissions, role


def test_every_route_is_written_down(site: Flask) -> None:
    found = {rule.endpoint: permission_of(site, rule.endpoint) for rule in site.url_map.iter_rules()}
    unknown = sorted(set(found) - set(ROUTES))
    assert not unknown, f"New routes {unknown}: add each to ROUTES with the permission it is for."
    gone = sorted(set(ROUTES) - set(found))
    assert not gone, f"Routes {gone} are gone: take them out of ROUTES."
    assert found == ROUTES


def test_every_socket_event_is_written_down(site: Flask) -> None:
    assert site.extensions["socketio"] is not None
    unknown = sorted(set(SOCKET_EVENTS) - set(EVENTS))
    assert not unknown, f"New events {unknown}: add each to EVENTS with the permission it is for."
    assert SOCKET_EVENTS == EVENTS


def test_strangers_get_only_what_is_open(site: Flask) -> None:
    person()  # somebody exists, so /setup is shut
    for endpoint, method, address in _requests(site):
        status = _ask(site.test_client(), method, address)
        signed = ROUTES[endpoint] == SIGNED
        assert (status == 403) == signed, f"{method} {address}: {status}"
        assert (status == 401) == (ROUTES[endpoint] is not EVERYONE and not signed), f"{method} {address}: {status}"
        assert status < 500, f"{method} {address}: {status}"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_it_may_and_nothing_else(site: Flask, role: str) -> None:
    user_id = person(role, role)
    for endpoint, method, address in _requests(site):
        status = _ask(browser_of(site, user_id), method, address)
        needed = ROUTES[endpoint]
        allowed = needed is EVERYONE or needed in ROLE_MAY[role]
        assert (status == 403) == (not allowed), f"{role}: {method} {address}: {status}"
        assert status != 401 and status < 500, f"{role}: {method} {address}: {status}"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_send_its_events_and_no_others(site: Flask, role: str) -> None:
    socket = socketio.test_client(site, namespace="/", flask_test_client=browser_of(site, person(role, role)))
    assert socket.is_connected("/")
    for (namespace, event), needed in EVENTS.items():
        if namespace != "/" or needed is None:
            continue
        answer = socket.emit(event, {}, namespace="/", callback=True)
        refused = answer["ok"] is False and answer["error"]["code"] == "forbidden"
        assert refused == (needed not in ROLE_MAY[role]), f"{role}: {event}: {answer}"


def test_strangers_do_not_connect(site: Flask) -> None:
    socket = socketio.test_client(site, namespace="/", flask_test_client=site.test_client())
    assert not socket.is_connected("/")


def test_pages_of_the_demo_are_not_there_without_it(settings: Settings) -> None:
    site = create_app(replace(settings, demo=False))
    client = browser_of(site, person())
    assert client.get("/phone").status_code == 404
    assert "/phone" not in client.get("/me").text
