"""Recording from the desk and listening by HTTP: who may, ranges of bytes, and one entry in the log per sign-in."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import clock, create_app
from app.calls import ending, inbound
from app.calls.desk_image import desk_image
from app.calls.models import Call
from app.customers.services import add_customer, record_consent
from app.db import reading, transaction
from app.domain.recording import LARGEST_CHUNK
from app.eventlog import CUSTOMER, Event
from app.queues.work import SIMULATED_POOL, WorkItem
from app.recordings import keeping
from app.recordings.models import Recording
from config import Settings
from tests.fixtures.desk import (
    Caller,
    Desk,
    call_of,
    connect,
    create_agent,
    create_queue,
    create_user,
    ring_in,
    sit_down,
)
from tests.web.signing_in import SCRIPT, browser_of

WEBM = b"\x1a\x45\xdf\xa3"
TYPE = "audio/webm;codecs=opus"


@pytest.fixture
def site(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False  # the form token is another test's business
    return app


class Scene:
    """A connected call of a queue, and the browser of the agent who has it."""

    def __init__(self, site: Flask, *, policy: str = "on", consent: str = "told") -> None:
        self.site = site
        self.queue_id = create_queue(recording=policy)
        self.agent_id = create_agent(self.queue_id)
        self.desk: Desk = sit_down(self.agent_id)
        self.caller: Caller = ring_in()
        with transaction() as session:
            session.get_one(Call, self.caller.call_id).recording_consent = consent
        self.reservation = connect(self.caller, self.desk)
        self.browser = browser_of(site, self.agent_id)

    def begin(self, browser: FlaskClient | None = None, **more: object) -> tuple[int, dict]:
        body = {"reservation": self.reservation.id, "epoch": self.desk.epoch, "media_type": TYPE, **more}
        answer = (browser or self.browser).post("/desk/recordings", json=body, headers=SCRIPT)
        return answer.status_code, answer.get_json()

    def recorded(self) -> str:
        """Name of a finished recording of 12 bytes."""
        name = str(self.begin()[1]["recording"])
        for seq, data in enumerate((WEBM + b"abcd", b"efgh")):
            assert self.put(name, seq, data) == 200
        answer = self.post(name, "finish", {"duration_s": 9.5, "chunks": 2})
        assert answer == 200
        return name

    def put(self, name: str, seq: int, data: bytes, browser: FlaskClient | None = None) -> int:
        address = f"/desk/recordings/{name}/chunks/{seq}?running=1"
        return (browser or self.browser).put(address, data=data, headers=SCRIPT).status_code

    def post(self, name: str, verb: str, body: object, browser: FlaskClient | None = None) -> int:
        address = f"/desk/recordings/{name}/{verb}"
        return (browser or self.browser).post(address, json=body, headers=SCRIPT).status_code


def events(name: str) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).where(Event.name == name)) or 0


def the_recording() -> Recording:
    with reading() as session:
        return session.scalars(select(Recording).order_by(Recording.id.desc())).first()  # type: ignore[return-value]


def test_a_call_is_recorded_from_the_desk(site: Flask) -> None:
    scene = Scene(site)
    scene.recorded()
    recording = the_recording()
    assert (recording.state, recording.bytes, recording.duration_s) == ("complete", 12, 9.5)
    assert recording.agent_id == scene.agent_id
    assert recording.reservation_id == scene.reservation.id
    assert recording.contact_id == call_of(scene.caller).contact_id
    assert recording.queue_id == scene.queue_id


@pytest.mark.parametrize(
    ("policy", "consent", "asked", "status"),
    [
        ("on", "told", False, 200),
        ("on", "refused", False, 403),
        ("on", "not_told", False, 403),
        ("off", "told", False, 403),
        ("off", "told", True, 403),
        ("on_request", "told", False, 403),
        ("on_request", "told", True, 200),
        ("on_request", "refused", True, 403),
    ],
)
def test_policy_and_consent_decide(site: Flask, policy: str, consent: str, asked: bool, status: int) -> None:
    scene = Scene(site, policy=policy, consent=consent)
    assert scene.begin(asked_for=asked)[0] == status
    with reading() as session:
        assert session.scalar(select(func.count(Recording.id))) == (1 if status == 200 else 0)


def test_who_withdrew_consent_is_not_recorded(site: Flask) -> None:
    scene = Scene(site)
    with transaction() as session:
        customer = add_customer(session, name="Ms Li", actor=CUSTOMER)
        session.get_one(Call, scene.caller.call_id).customer_id = customer.id
        for state in ("given", "withdrawn"):
            record_consent(
                session,
                address="+447700900318",
                customer_id=customer.id,
                purpose="recording",
                state=state,
                source="agent",
                actor=CUSTOMER,
            )
    assert scene.begin()[0] == 403
    with reading() as session:
        image = desk_image(session, str(scene.agent_id))
    assert image is not None and image["call"]["recording"]["consent"] == "withdrawn"


def test_a_played_call_is_never_recorded(site: Flask) -> None:
    scene = Scene(site)
    with transaction() as session:
        call = session.get_one(Call, scene.caller.call_id)
        assert call.work_item_id is not None
        session.get_one(WorkItem, call.work_item_id).pool = SIMULATED_POOL
    assert scene.begin()[0] == 403


def test_only_the_owner_s_page_records(site: Flask) -> None:
    scene = Scene(site)
    other_id = create_agent(scene.queue_id)
    sit_down(other_id)
    other = browser_of(site, other_id)
    assert scene.begin(other)[0] == 403
    assert scene.begin(epoch=scene.desk.epoch - 1)[0] == 409  # an older load of the page
    name = scene.begin()[1]["recording"]
    assert scene.put(name, 0, WEBM, other) == 403
    assert scene.post(name, "pause", {"paused": True, "reason": "card"}, other) == 403
    assert scene.post(name, "finish", {"duration_s": 1, "chunks": 0}, other) == 403
    ending.agent_hangs_up(scene.caller.call_id, scene.agent_id)
    assert scene.begin()[0] == 409


def test_what_is_no_chunk_is_refused(site: Flask) -> None:
    scene = Scene(site)
    name = scene.begin()[1]["recording"]
    assert scene.put(name, 0, WEBM + b"x" * LARGEST_CHUNK) == 422
    assert scene.put(name, 1, b"second") == 409
    assert scene.put(name, 0, WEBM) == 200
    assert scene.put(name, 0, WEBM) == 200
    assert scene.put(name, 0, WEBM + b"other") == 409
    assert scene.post(name, "finish", {"duration_s": "long", "chunks": 1}) == 422
    assert scene.post(name, "finish", {"duration_s": 5, "chunks": 1}) == 200
    assert scene.put(name, 1, b"late") == 409
    assert scene.put("0" * 32, 0, WEBM) == 404


def test_a_new_load_of_the_page_stays_paused(site: Flask) -> None:
    scene = Scene(site)
    name = scene.begin()[1]["recording"]
    assert scene.post(name, "pause", {"paused": True, "reason": "whim"}) == 422
    assert scene.post(name, "pause", {"paused": True, "reason": "card"}) == 200
    status, begun = scene.begin()
    assert (status, begun["paused"]) == (200, "card")
    assert the_recording().paused_at is not None
    assert scene.post(begun["recording"], "pause", {"paused": False}) == 200
    assert the_recording().paused_at is None
    assert scene.put(name, 0, WEBM) == 200  # what the load before had kept
    with reading() as session:
        first = session.scalars(select(Recording).where(Recording.public_id == name)).one()
    assert first.state == "incomplete"


def test_a_page_that_lost_the_server_records_on(site: Flask) -> None:
    scene = Scene(site)
    name = scene.begin()[1]["recording"]
    assert scene.put(name, 0, WEBM) == 200
    assert keeping.end_lost(clock.now() + timedelta(minutes=2)) == 1
    assert the_recording().state == "incomplete"
    assert scene.put(name, 1, b"back") == 200
    assert the_recording().state == "open"


@pytest.mark.parametrize(
    ("role", "status", "file"),
    [("supervisor", 200, 200), ("quality", 200, 403), ("administrator", 403, 403), ("read_only", 403, 403)],
)
def test_roles_that_listen(site: Flask, role: str, status: int, file: int) -> None:
    name = Scene(site).recorded()
    browser = browser_of(site, create_user(role))
    assert browser.get(f"/recordings/{name}", headers=SCRIPT).status_code == status
    assert browser.get(f"/recordings/{name}/file", headers=SCRIPT).status_code == file


def test_agents_hear_what_they_handled(site: Flask, settings: Settings) -> None:
    scene = Scene(site)
    name = scene.recorded()
    assert scene.browser.get(f"/recordings/{name}").status_code == 200
    assert scene.browser.get(f"/recordings/{name}/file", headers=SCRIPT).status_code == 403
    stranger = browser_of(site, create_agent(scene.queue_id))
    assert stranger.get(f"/recordings/{name}", headers=SCRIPT).status_code == 403
    assert name not in stranger.get("/recordings").text
    assert name in scene.browser.get("/recordings").text
    assert site.test_client().get(f"/recordings/{name}", headers=SCRIPT).status_code == 401
    strict = create_app(dataclasses.replace(settings, agents_hear_own_calls=False))
    assert browser_of(strict, scene.agent_id).get(f"/recordings/{name}", headers=SCRIPT).status_code == 403


def test_ranges_and_the_log(site: Flask) -> None:
    name = Scene(site).recorded()
    supervisor = create_user("supervisor")
    browser = browser_of(site, supervisor)
    whole = browser.get(f"/recordings/{name}")
    assert (whole.status_code, whole.data, whole.mimetype) == (200, WEBM + b"abcdefgh", "audio/webm")
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Cache-Control"] == "no-store"
    part = browser.get(f"/recordings/{name}", headers={"Range": "bytes=6-9"})
    assert (part.status_code, part.data) == (206, b"cdef")
    assert part.headers["Content-Range"] == "bytes 6-9/12"
    assert browser.get(f"/recordings/{name}", headers={"Range": "bytes=-3"}).data == b"fgh"
    assert browser.get(f"/recordings/{name}", headers={"Range": "bytes=99-"}).status_code == 416
    assert events("recording.listened") == 1
    assert browser_of(site, supervisor).get(f"/recordings/{name}").status_code == 200  # another sign-in
    assert events("recording.listened") == 2
    file = browser.get(f"/recordings/{name}/file")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert events("recording.downloaded") == 1


def test_deleted_sound_is_not_to_be_heard_and_its_entry_stays(site: Flask) -> None:
    scene = Scene(site)
    name = scene.recorded()
    keeping.delete_due(clock.now() + timedelta(days=91))
    browser = browser_of(site, create_user("supervisor"))
    answer = browser.get(f"/recordings/{name}", headers=SCRIPT)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "recording_deleted")
    assert "Deleted by retention on" in browser.get("/recordings").text


@pytest.mark.parametrize(
    ("form", "consent", "version"),
    [
        ({}, "not_told", inbound.NOTICE_VERSION),
        ({"recording_notice": True}, "told", inbound.RECORDING_NOTICE_VERSION),
        ({"recording_notice": True, "refuse_recording": True}, "refused", inbound.RECORDING_NOTICE_VERSION),
        ({"recording_notice": "yes"}, "not_told", inbound.NOTICE_VERSION),
    ],
)
def test_the_call_keeps_what_the_caller_was_told(site: Flask, form: dict, consent: str, version: str) -> None:
    create_queue(recording="on")
    body = {"topic": "parcel", "language": "en", "key": "k" * 20, "notice": True, **form}
    assert site.test_client().post("/call/start", json=body).status_code == 200
    with reading() as session:
        call = session.scalars(select(Call)).one()
    assert (call.recording_consent, call.notice_version) == (consent, version)
