"""Pages of customers as people and scripts meet them; bad input comes back with what was typed."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app import db
from app.clock import now
from app.customers.importing import run_next_import_batch
from app.customers.models import Customer, CustomerNote, Parcel
from app.customers.notes import add_note
from app.customers.services import add_customer, record_consent, record_interaction
from app.db import reading, transaction
from app.eventlog import CLI, Event
from app.messages.models import Message
from app.security import sessions
from app.security.guard import cookie_name
from app.security.models import User

MOBILE = "+447700900318"


def signed_in(app: Flask, role: str = "supervisor", login: str = "sam") -> FlaskClient:
    """A browser of a person with `role`."""
    with transaction() as session:
        user = User(login=login, display_name=login.title(), password_hash="-", role=role)
        session.add(user)
        session.flush()
        token = sessions.open_session(session, user.id, address="", browser="", at=now())
    client = app.test_client()
    with app.test_request_context():
        client.set_cookie(cookie_name(), token)
    return client


@pytest.fixture
def app(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False  # the token itself is tested where it belongs, with every route
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return signed_in(app)


@pytest.fixture
def amelia(app: Flask) -> int:
    with transaction() as session:
        return add_customer(session, name="Amelia Hart", actor=CLI, phones=[MOBILE], city="Leeds", country="GB").id


def page(answer) -> str:
    return answer.get_data(as_text=True)


HTMX = {"HX-Request": "true"}


def test_empty_list_teaches_and_a_search_without_hits_helps_on(client: FlaskClient):
    assert "No customers yet" in page(client.get("/customers"))
    shown = page(client.get("/customers?q=nobody"))
    assert "Nobody found for “nobody”" in shown
    assert "/customers/new?name=nobody" in shown


def test_list_finds_and_sends_htmx_only_the_results(client: FlaskClient, amelia: int):
    whole, part = page(client.get("/customers?q=0318")), page(client.get("/customers?q=0318", headers=HTMX))
    assert "Amelia Hart" in whole and "<html" in whole
    assert "Amelia Hart" in part and "<html" not in part
    assert "+44 7700 900318" in part


def test_new_customer_is_made_with_a_number_as_dialled(client: FlaskClient):
    answer = client.post("/customers/new", data={"name": "陈思雨 🚀", "phone": "07700 900318", "language": "zh_Hans"})
    assert answer.status_code == 303
    shown = page(client.get(answer.location))
    assert "陈思雨 🚀" in shown and "+44 7700 900318" in shown and "is now a customer" in shown


def test_refused_form_keeps_everything_that_was_typed(client: FlaskClient):
    typed = {
        "name": "é" * 201,
        "phone": "12",
        "email": "nowhere",
        "city": "Leeds",
        "special_requirements": "Ring twice",
    }
    answer = client.post("/customers/new", data=typed)
    shown = page(answer)
    assert answer.status_code == 422
    assert "3 things need another look" in shown
    for text in typed.values():
        assert text in shown
    with reading() as session:
        assert session.scalars(select(Customer)).all() == []


def test_script_is_shown_as_text(client: FlaskClient, amelia: int):
    client.post(f"/customers/{amelia}/notes", data={"body": "<script>alert(1)</script>"})
    client.post("/customers/new", data={"name": "<img src=x onerror=alert(1)>"})
    profile, listing = page(client.get(f"/customers/{amelia}")), page(client.get("/customers"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in profile and "<script>alert" not in profile
    assert "&lt;img src=x" in listing and "<img src=x" not in listing


def test_profile_shows_what_the_desk_knows_and_is_logged_once(client: FlaskClient, amelia: int):
    with transaction() as session:
        record_interaction(
            session, contact_id="c1", customer_id=amelia, channel="voice", direction="inbound", outcome="answered",
            number=MOBILE, started_at=now(), wait_s=12, talk_s=75, hold_s=9, phase="after", note="Told two days.",
            actor=CLI,
        )  # fmt: skip
        session.add(Parcel(tracking_number="HB1048", customer_id=amelia, status="not_received", description="Lamp"))
        record_consent(session, address=MOBILE, purpose="sms", state="withdrawn", source="sms_keyword", actor=CLI)
        session.add(Message(direction="in", number=MOBILE, customer_id=amelia, body="STOP", status="received"))
    shown = page(client.get(f"/customers/{amelia}"))
    client.get(f"/customers/{amelia}")
    for words in (
        "Amelia Hart", "+44 7700 900318", "Incoming call", "Told two days.", "waited 00:12", "talked 01:15",
        "on hold 00:09", "After delivery", "SMS received", "HB1048", "Not received", "SMS: refused or withdrawn",
        "Before you speak",
    ):  # fmt: skip
        assert words in shown, words
    with reading() as session:
        assert len(session.scalars(select(Event).where(Event.name == "customer.viewed")).all()) == 1


def test_profile_reads_a_fixed_number_of_statements(client: FlaskClient, amelia: int):
    def statements() -> int:
        seen: list[str] = []

        def note(_connection, _cursor, statement, *_rest):
            seen.append(statement)

        event.listen(db.engine(), "before_cursor_execute", note)
        try:
            assert client.get(f"/customers/{amelia}").status_code == 200
        finally:
            event.remove(db.engine(), "before_cursor_execute", note)
        return len(seen)

    client.get(f"/customers/{amelia}")
    few = statements()
    start = datetime(2026, 11, 1, tzinfo=UTC)
    with transaction() as session:
        for number in range(60):
            record_interaction(
                session, contact_id=f"c{number}", customer_id=amelia, channel="voice", direction="inbound",
                outcome="missed", number=MOBILE, started_at=start + timedelta(minutes=number), actor=CLI,
            )  # fmt: skip
            session.add(Parcel(tracking_number=f"HB{number}", customer_id=amelia, status="booked"))
    assert statements() == few <= 18


def test_older_entries_follow_on_without_repeat(client: FlaskClient, amelia: int):
    for number in range(40):
        add_note(amelia, f"note-{number:02}.", actor=CLI)
    first = page(client.get(f"/customers/{amelia}"))
    older = re.search(r'hx-get="([^"]*before=[^"]*)"', first)
    assert older is not None
    second = page(client.get(older[1].replace("&amp;", "&"), headers=HTMX))
    seen = re.findall(r"note-\d\d\.", first) + re.findall(r"note-\d\d\.", second)
    assert seen == [f"note-{number:02}." for number in range(39, -1, -1)]
    assert client.get(f"/customers/{amelia}?before=nonsense").status_code == 422


def test_second_editor_sees_both_versions_and_loses_nothing(client: FlaskClient, amelia: int):
    mine = {"name": "Amelia Hart", "city": "York", "version": "1", "special_requirements": "Ring twice"}
    theirs = {"name": "Amelia Stone", "city": "Leeds", "country": "GB", "version": "1"}
    assert client.post(f"/customers/{amelia}/edit", data=theirs).status_code == 303
    answer = client.post(f"/customers/{amelia}/edit", data=mine)
    shown = page(answer)
    assert answer.status_code == 409
    for text in ("Amelia Stone", 'value="York"', "Ring twice", "Saved by them"):
        assert text in shown
    version = re.search(r'name="version" value="(\d+)"', shown)
    assert version is not None
    assert client.post(f"/customers/{amelia}/edit", data={**mine, "version": version[1]}).status_code == 303
    assert "York" in page(client.get(f"/customers/{amelia}"))


def test_note_of_five_megabytes_is_refused_kindly_and_kept(client: FlaskClient, amelia: int):
    note = "long " * 1_048_576
    answer = client.post(f"/customers/{amelia}/notes", data={"body": note}, headers=HTMX)
    shown = page(answer)
    assert answer.status_code == 422
    assert "the longest that fits is 20000" in shown
    assert note.strip() in shown
    with reading() as session:
        assert session.scalars(select(CustomerNote)).all() == []


def test_note_is_added_pinned_and_unpinned_in_its_part_of_the_page(client: FlaskClient, amelia: int):
    part = page(client.post(f"/customers/{amelia}/notes", data={"body": "Ring twice", "pinned": "1"}, headers=HTMX))
    assert "Ring twice" in part and "<html" not in part
    with reading() as session:
        note_id = session.scalars(select(CustomerNote.id)).one()
    part = page(client.post(f"/customers/{amelia}/notes/{note_id}/pin", data={"pinned": "0"}, headers=HTMX))
    assert "Ring twice" not in part
    assert client.post(f"/customers/{amelia}/notes", data={"body": "plain"}).status_code == 303


def test_wrong_number_comes_back_into_its_form(client: FlaskClient, amelia: int):
    answer = client.post(f"/customers/{amelia}/phones", data={"number": "call me"}, headers=HTMX)
    assert answer.status_code == 422
    assert 'value="call me"' in page(answer)
    assert "020 7946 0000 x12" in page(
        client.post(f"/customers/{amelia}/phones", data={"number": "020 7946 0000 x12", "label": "work"}, headers=HTMX)
    )


@pytest.mark.parametrize(
    ("role", "view", "edit", "imports"),
    [("agent", 200, 303, 403), ("supervisor", 200, 303, 200), ("read_only", 200, 403, 403), ("quality", 200, 403, 403)],
)
def test_roles_may_what_they_may(app: Flask, amelia: int, role: str, view: int, edit: int, imports: int):
    browser = signed_in(app, role, role)
    assert browser.get(f"/customers/{amelia}").status_code == view
    assert browser.post(f"/customers/{amelia}/notes", data={"body": "x"}).status_code == edit
    assert browser.get("/customers/import").status_code == imports
    assert ("Add note" in page(browser.get(f"/customers/{amelia}"))) == (edit == 303)


def test_signed_out_is_sent_to_sign_in_and_scripts_get_401(app: Flask, amelia: int):
    assert app.test_client().get("/customers").status_code == 302
    assert app.test_client().get("/desk/customers/pop.json", headers={"Accept": "application/json"}).status_code == 401


def test_missing_customer_is_404(client: FlaskClient):
    assert client.get("/customers/999").status_code == 404
    assert client.post("/customers/999/notes", data={"body": "x"}).status_code == 404


def test_desk_pops_and_makes_a_profile_once_per_call(app: Flask, amelia: int):
    desk = signed_in(app, "agent", "ana")
    popped = desk.get("/desk/customers/pop.json?number=%2B447700900318").get_json()
    assert popped["customer"]["name"] == "Amelia Hart"
    body = {"name": "Walk-in", "language": "en", "number": "+447700900999", "call": 5}
    made = [desk.post("/desk/customers", json=body).get_json() for _click in range(2)]
    assert made[0]["ok"] and made[0] == made[1]
    refused = desk.post("/desk/customers", json={"name": "x" * 300, "number": ""})
    assert (refused.status_code, set(refused.get_json()["error"]["fields"])) == (422, {"name"})
    assert desk.post("/desk/customers", data="[", content_type="application/json").status_code == 422


def test_import_by_hand_from_upload_to_report(client: FlaskClient, amelia: int):
    table = "姓名,手机,邮箱\n陈思雨,+86 138 0000 4410,chen@example.cn\n没有号码,12,=cmd|x\n"
    answer = client.post("/customers/import", data={"file": (io.BytesIO(table.encode("gb18030")), "名单.csv")})
    assert answer.status_code == 303
    preview = page(client.get(answer.location))
    assert "陈思雨" in preview and "GB18030" in preview
    columns = {"column_0": "name", "column_1": "phone", "column_2": "email"}
    assert client.post(f"{answer.location}/start", data={"column_0": "", "column_1": "phone"}).status_code == 422
    assert client.post(f"{answer.location}/start", data=columns).status_code == 303
    assert client.post(f"{answer.location}/start", data=columns).status_code == 409
    assert "every 1s" in page(client.get(f"{answer.location}/progress", headers=HTMX))
    while run_next_import_batch():
        pass
    done = page(client.get(f"{answer.location}/progress", headers=HTMX))
    assert "every 1s" not in done and "too short" in done
    report = client.get(f"{answer.location}/refused.csv").get_data().decode("utf-8-sig")
    assert "'=cmd|x" in report and ",3," not in report.splitlines()[0]
    assert "陈思雨" in page(client.get("/customers?q=思雨"))


@pytest.mark.parametrize("content", [b"", b"name,phone\n", b"\x00\x01\x02\xff\xfe" * 9, b"\x81"])
def test_what_is_no_table_is_refused_kindly(client: FlaskClient, content: bytes):
    answer = client.post("/customers/import", data={"file": (io.BytesIO(content), "x.csv")})
    assert answer.status_code == 422
    assert "needs another look" in page(answer)


def test_file_beyond_twenty_megabytes_is_refused_kindly(client: FlaskClient):
    answer = client.post(
        "/customers/import", data=b"n" * (22 * 1024 * 1024), content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 413
    assert "larger than 20 MB" in page(answer)


def test_an_administrator_erases_a_customer_after_typing_the_reference(app: Flask) -> None:
    with transaction() as session:
        customer = add_customer(session, name="Zephyrine", actor=CLI, phones=[MOBILE])
        customer_id, reference = customer.id, customer.reference
    boss = signed_in(app, "administrator", "boss")
    assert "Erase…" not in signed_in(app).get(f"/customers/{customer_id}").text
    assert "Erase…" in boss.get(f"/customers/{customer_id}").text
    address = f"/administration/customers/{customer_id}/erase"
    assert "1 telephone number" in boss.get(address).text
    refused = boss.post(address, data={"reference": "C-1"})
    assert (refused.status_code, "Nothing was erased" in refused.text) == (422, True)
    assert 'value="C-1"' in refused.text
    told = boss.post(address, data={"reference": reference}, follow_redirects=True).text
    assert ("Only figures and references are left." in told, "Zephyrine" in told) == (True, False)
    assert boss.post(f"/customers/{customer_id}/notes", data={"body": "more"}).status_code == 409
