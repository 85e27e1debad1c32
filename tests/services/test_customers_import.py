"""Imports: encodings, columns, duplicates, stopping, crashes, and two workers at once."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from app.customers import importing
from app.customers.import_file import decode, delimiter_of, guess_columns, rows_of, safe_cell
from app.customers.importing import (
    BATCH,
    get_run,
    prepare_import,
    resume_import,
    run_next_import_batch,
    start_import,
    stop_import,
)
from app.customers.listing import find_customers
from app.customers.models import Customer, ImportRun
from app.customers.services import add_customer
from app.db import reading, transaction
from app.errors import Conflict, Invalid
from app.eventlog import CLI

pytestmark = pytest.mark.usefixtures("database")

NAMES = "姓名,電話\n陳思雨,0912345678\n林志明,0223456789\n黃美玲的媽媽,0922333444\n"


def draft(table: str, duplicates: str = "update") -> int:
    run_id = prepare_import("list.csv", decode(table.encode()), region="GB", language="en", actor=CLI)
    with reading() as session:
        columns = list(get_run(session, run_id).plan["columns"])
    start_import(run_id, columns, duplicates, actor=CLI)
    return run_id


def finish() -> None:
    while run_next_import_batch():
        pass


def outcome(run_id: int) -> tuple[str, int, int, int, int]:
    with reading() as session:
        run = get_run(session, run_id)
        return run.state, run.done_rows, run.created_rows, run.updated_rows, len(run.refused)


def customers() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Customer)) or 0


def people(count: int) -> str:
    return "name,phone\n" + "".join(f"Person {n},+4420794{n:05}\n" for n in range(count))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5"])
def test_encoding_is_found(encoding: str):
    table = NAMES if encoding != "gb18030" else "姓名,电话\n陈思雨,13800004410\n林志明,13900001111\n黄美玲的妈妈,021\n"
    assert decode(table.encode(encoding)).text == table


def test_wrong_encoding_by_choice_is_refused_not_garbled():
    with pytest.raises(Invalid):
        decode("姓名\n陈思雨\n".encode("gb18030"), "utf-8")


def test_delimiter_columns_and_quoted_lines():
    assert delimiter_of("name;phone;city\n") == ";"
    assert guess_columns(["Customer Name", "Mobile Phone", "Tel.", "手机", "Shoe size"]) == [
        "name", "phone", "phone_2", "", "",
    ]  # fmt: skip
    assert list(rows_of('name,note\n\n"Hart, Amelia","two\nlines"\n,\n\n', ",")) == [
        ["name", "note"],
        [],
        ["Hart, Amelia", "two\nlines"],
    ]


@pytest.mark.parametrize("value", ["=1+1", "+44", "-1", "@x", "\tx"])
def test_cells_of_the_report_are_no_formulas(value: str):
    assert safe_cell(value) == "'" + value
    assert safe_cell("Amelia") == "Amelia"


def test_rows_are_kept_or_refused_with_every_reason():
    run_id = draft("name,phone,email,tier\nAmelia Hart,07700 900318,a@example.com,VIP\n,12,nowhere,tin\nGrace,,,\n")
    finish()
    assert outcome(run_id) == ("done", 3, 2, 0, 1)
    with reading() as session:
        refusal = get_run(session, run_id).refused[0]
        assert refusal["row"] == 3
        assert refusal["values"] == ["", "12", "nowhere", "tin"]
        assert refusal["reason"].count(";") == 3
        assert [row.customer.tier for row in find_customers(session, "900318").rows] == ["key"]
        assert get_run(session, run_id).content is None


def test_known_customer_is_updated_or_reported():
    with transaction() as session:
        add_customer(session, name="Amelia Hart", actor=CLI, phones=["+447700900318"], city="Leeds")
    table = "name,phone,phone 2,city,email\nAMELIA HART,07700900318,020 7946 0000,,a@example.com\n"
    reported = draft(table, "report")
    finish()
    assert outcome(reported) == ("done", 1, 0, 0, 1)
    updated = draft(table)
    finish()
    assert outcome(updated) == ("done", 1, 0, 1, 0)
    with reading() as session:
        found = find_customers(session, "79460000").rows
        assert [(row.customer.name, row.customer.city, len(row.phones)) for row in found] == [
            ("AMELIA HART", "Leeds", 2)
        ]
    assert customers() == 1


def test_same_number_with_another_name_is_another_customer():
    finished = draft("name,phone\nAmelia Hart,07700900318\nTom Hart,07700900318\n")
    finish()
    assert outcome(finished) == ("done", 2, 2, 0, 0)


def test_import_stops_between_batches_and_goes_on_behind_the_last_row():
    run_id = draft(people(BATCH * 2 + 10))
    assert run_next_import_batch()
    stop_import(run_id, actor=CLI)
    assert not run_next_import_batch()
    assert outcome(run_id) == ("stopped", BATCH, BATCH, 0, 0)
    resume_import(run_id, actor=CLI)
    finish()
    assert outcome(run_id) == ("done", BATCH * 2 + 10, BATCH * 2 + 10, 0, 0)
    with pytest.raises(Conflict):
        stop_import(run_id, actor=CLI)


def test_import_survives_the_death_of_its_worker():
    run_id = draft(people(BATCH + 5))
    assert run_next_import_batch()
    importing._forget_place()  # what a new process knows: nothing
    finish()
    assert outcome(run_id) == ("done", BATCH + 5, BATCH + 5, 0, 0)
    assert customers() == BATCH + 5


def test_two_workers_never_import_a_row_twice():
    run_id = draft(people(BATCH * 3))
    workers = [threading.Thread(target=finish) for _worker in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    finish()
    assert outcome(run_id) == ("done", BATCH * 3, BATCH * 3, 0, 0)
    assert customers() == BATCH * 3


def test_a_file_that_breaks_fails_its_import_and_no_other():
    broken = draft("name,phone\n" + "Person,\n" * 3)
    with transaction() as session:
        session.get_one(ImportRun, broken).content = 'name,phone\n"never ends' + "x" * 50_000
    good = draft(people(3))
    finish()
    assert outcome(broken)[0] == "failed"
    assert outcome(good) == ("done", 3, 3, 0, 0)


def test_columns_must_hold_a_name_and_no_field_twice():
    run_id = prepare_import("x.csv", decode(b"a,b\n1,2\n"), region="GB", language="en", actor=CLI)
    for columns in (["", "phone"], ["name", "name"], ["name", "shoe"]):
        with pytest.raises(Invalid):
            start_import(run_id, columns, "update", actor=CLI)


def test_numbers_are_read_as_of_the_country_chosen_and_rows_counted_as_a_spreadsheet_does():
    table = "name,phone\n陈思雨,13800004410\n\n,1\n"
    run_id = prepare_import("x.csv", decode(table.encode()), region="GB", language="zh_Hans", actor=CLI)
    start_import(run_id, ["name", "phone"], "update", actor=CLI, region="CN")
    finish()
    with reading() as session:
        assert get_run(session, run_id).refused[0]["row"] == 4
        assert find_customers(session, "+86 138 0000 4410").total == 1
