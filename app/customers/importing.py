"""Importing customers from a file: looked at first, then run by a worker, batch by batch.

Each batch of 200 rows is one transaction that also moves `done_rows`: an import that was cut short, by a stop
or by a crash, goes on exactly behind the last row that was kept.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.clock import now
from app.customers.fields import TERRITORIES, Refusals, clean, note_text, profile_fields
from app.customers.import_file import FIELDS, ReadFile, delimiter_of, guess_columns, rows_of
from app.customers.models import Customer, CustomerNote, CustomerPhone, ImportRun
from app.customers.phones import NewPhone, read_phone
from app.customers.search_index import refresh_search
from app.customers.services import add_customer
from app.db import compare_and_set, transaction
from app.domain.search_tokens import fold
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import CLI, Actor, person, record_event
from app.live import touch

log = logging.getLogger(__name__)

BATCH = 200
#: So many refused rows mean that the columns were taken wrongly: the import ends itself.
MOST_REFUSED = 5_000
#: A file's words for the codes of a profile, folded.
_CODES = {
    "kind": {
        "person": "person", "individual": "person", "个人": "person",
        "organisation": "organisation", "organization": "organisation", "company": "organisation",
        "企业": "organisation", "公司": "organisation",
    },
    "tier": {
        "standard": "standard", "普通": "standard", "silver": "silver", "银": "silver", "gold": "gold", "金": "gold",
        "key": "key", "key account": "key", "vip": "key", "大客户": "key",
    },
    "language": {
        "en": "en", "english": "en", "英语": "en", "英文": "en",
        "zh-hans": "zh_Hans", "zh_hans": "zh_Hans", "zh-cn": "zh_Hans", "简体中文": "zh_Hans", "中文": "zh_Hans",
        "zh-hant": "zh_Hant", "zh_hant": "zh_Hant", "zh-tw": "zh_Hant", "zh-hk": "zh_Hant", "繁体中文": "zh_Hant",
    },
}  # fmt: skip


@dataclass(slots=True)
class _Place:
    """A worker's bookmark in the file it is importing. A cache: lost with the process, found again by counting."""

    run_id: int
    done: int
    rows: Iterator[list[str]]


_place: _Place | None = None


def prepare_import(file_name: str, file: ReadFile, *, region: str, language: str, actor: Actor) -> int:
    """Id of a draft of an import of `file`: nothing is written to customers yet.

    Raises:
        Invalid: there are no rows below the headings.
    """
    delimiter = delimiter_of(file.text)
    rows = rows_of(file.text, delimiter)
    headings = next(rows, [])
    total = sum(1 for _row in rows)
    if not total:
        message = _("There are no rows below the headings in this file.")
        raise Invalid(message, fields={"file": message})
    with transaction() as session:
        run = ImportRun(
            file_name=clean(file_name)[-200:] or "customers.csv",
            content=file.text,
            total_rows=total,
            plan={
                "encoding": file.encoding,
                "guessed": file.guessed,
                "delimiter": delimiter,
                "region": region,
                "language": language,
                "columns": guess_columns(headings),
                "duplicates": "update",
            },
            started_by=actor.user_id,
        )
        session.add(run)
        session.flush()
        record_event(session, "import.prepared", "import", run.id, actor=actor, after={"rows": total})
        return run.id


def start_import(run_id: int, columns: list[str], duplicates: str, *, actor: Actor, region: str = "") -> None:
    """Let the workers run a draft with `columns` (a field or "" for each column of the file).

    Numbers without a country code are read as of `region` (ISO 3166; the desk's own unless given).

    Raises:
        Invalid: no column is the name, or a field is taken twice.
        Conflict: it was started already.
    """
    chosen = [column for column in columns if column]
    if "name" not in chosen:
        raise Invalid(_("Please say which column holds the name."), code="no_name")
    if len(set(chosen)) != len(chosen) or not set(chosen) <= set(FIELDS):
        raise Invalid(_("Each field can come from one column only."), code="field_twice")
    with transaction() as session:
        run = get_run(session, run_id)
        plan = {**run.plan, "columns": columns, "duplicates": "report" if duplicates == "report" else "update"}
        if region in TERRITORIES:
            plan["region"] = region
        compare_and_set(session, ImportRun, run_id, ("draft",), state="waiting", plan=plan)
        record_event(session, "import.started", "import", run_id, actor=actor, after={"columns": columns})


def stop_import(run_id: int, *, actor: Actor) -> None:
    """Stop after the batch that is running; what was imported stays."""
    with transaction() as session:
        compare_and_set(session, ImportRun, run_id, ("waiting", "running"), state="stopped")
        record_event(session, "import.stopped", "import", run_id, actor=actor)


def resume_import(run_id: int, *, actor: Actor) -> None:
    """Go on behind the last row that was dealt with."""
    with transaction() as session:
        compare_and_set(session, ImportRun, run_id, ("stopped",), state="waiting")
        record_event(session, "import.resumed", "import", run_id, actor=actor)


def get_run(session: Session, run_id: int) -> ImportRun:
    """The import of that id.

    Raises:
        NotFound: there is none.
    """
    run = session.get(ImportRun, run_id)
    if run is None:
        raise NotFound(_("We can't find this import."))
    return run


def run_next_import_batch() -> bool:
    """Run one batch of the oldest import that waits or runs; False when there is none.

    Any number of workers may call it: the row of the import is locked for the batch, others look past it.
    A batch that breaks fails its import and leaves the rest of the program alone.
    """
    run_id = None
    try:
        with transaction() as session:
            run = session.scalar(
                select(ImportRun)
                .where(ImportRun.state.in_(("waiting", "running")))
                .order_by(ImportRun.id)
                .limit(1)
                .options(defer(ImportRun.content))  # megabytes that the bookmark mostly makes needless
                .with_for_update(skip_locked=True)
            )
            if run is None:
                return False
            run_id = run.id
            with force_locale(run.plan.get("language") or "en"):
                _run_batch(session, run)
        return True
    except Exception as error:
        _forget_place()
        if run_id is None:
            raise
        log.exception("import %s failed", run_id)
        _fail(run_id, type(error).__name__)
        return True


def _run_batch(session: Session, run: ImportRun) -> None:
    rows = _rows_from(run)
    batch = list(itertools.islice(rows, BATCH))
    before = {"state": run.state, "done": run.done_rows}
    owner = person(run.started_by) if run.started_by else CLI
    refused: list[dict[str, Any]] = []
    changed: list[Customer] = []
    for number, cells in enumerate(batch, run.done_rows + 2):  # as a spreadsheet counts: headings are row 1
        if not cells:
            continue
        values = {
            field: clean(cell, long=True) for field, cell in zip(run.plan["columns"], cells, strict=False) if field
        }
        try:
            created, customer = _keep_row(session, values, run.plan, owner)
        except Invalid as error:
            reason = "; ".join(error.fields.values()) or error.message
            refused.append({"row": number, "reason": reason, "values": cells})
            continue
        if created:
            run.created_rows += 1
        else:
            run.updated_rows += 1
            changed.append(customer)
    session.flush()
    refresh_search(session, *changed)
    run.refused = [*run.refused, *refused]
    run.done_rows += len(batch)
    run.state = "running"
    if len(batch) < BATCH or run.done_rows >= run.total_rows:
        run.state, run.content, run.finished_at = "done", None, now()
    elif len(run.refused) >= MOST_REFUSED:
        run.state, run.finished_at = "failed", now()
    record_event(
        session,
        "import.batch_done",
        "import",
        run.id,
        actor=owner,
        before=before,
        after={"state": run.state, "done": run.done_rows, "refused": len(run.refused)},
    )
    touch(session, "import", run.id)
    _remember_place(run, rows)


def _keep_row(session: Session, values: dict[str, str], plan: dict[str, Any], actor: Actor) -> tuple[bool, Customer]:
    """(created, customer) of one row.

    Raises:
        Invalid: the row cannot be used; every reason at once.
    """
    refusals = Refusals()
    for name, codes in _CODES.items():
        if values.get(name):
            values[name] = codes.get(fold(values[name]), values[name])
    fields = profile_fields(values, refusals)
    phones: list[NewPhone] = []
    for column in ("phone", "phone_2"):
        if values.get(column):
            try:
                phones.append(read_phone(values[column], plan["region"]))
            except Invalid as error:
                refusals.add(column, f"{values[column]}: {error.message}")
    note = ""
    if values.get("note"):
        try:
            note = note_text(values["note"])
        except Invalid as error:
            refusals.add("note", error.message)
    known = _known(session, values, fields.name, fields.email, phones)
    if values.get("reference", "").upper().startswith("C-") and known is None:
        refusals.add("reference", _("There is no customer %(reference)s.", reference=values["reference"]))
    if known is not None and plan["duplicates"] == "report":
        refusals.add("name", _("This customer is known already as %(reference)s.", reference=known.reference))
    refusals.raise_any()
    if known is None:
        customer = add_customer(session, actor=actor, phones=phones, reason="import", **fields.as_dict())
    else:
        customer = known
        _update(
            session, customer, {key: value for key, value in fields.as_dict().items() if values.get(key)}, phones, actor
        )
    if note:
        session.add(CustomerNote(customer_id=customer.id, author_id=actor.user_id, body=note))
    return known is None, customer


def _known(session: Session, values: dict[str, str], name: str, email: str, phones: list[NewPhone]) -> Customer | None:
    """The profile that a row is about: by reference, else by name with a number or an e-mail in common."""
    reference = values.get("reference", "").upper()
    if reference.startswith("C-"):
        return session.scalar(select(Customer).where(Customer.reference == reference))
    if phones:
        numbers = [phone.e164 for phone in phones]
        candidates = session.scalars(
            select(Customer)
            .join(CustomerPhone, CustomerPhone.customer_id == Customer.id)
            .where(CustomerPhone.e164.in_(numbers))
            .order_by(Customer.id)
        )
    elif email:
        words = select(Customer).where(Customer.email == email).order_by(Customer.id)
        candidates = session.scalars(words)
    else:
        return None
    return next((customer for customer in candidates if fold(customer.name) == fold(name)), None)


def _update(session: Session, customer: Customer, values: dict[str, Any], phones: list[NewPhone], actor: Actor) -> None:
    changes = {key: value for key, value in values.items() if getattr(customer, key) != value}
    before = {key: getattr(customer, key) for key in changes}
    for key, value in changes.items():
        setattr(customer, key, value)
    held = {phone.e164 for phone in customer.phones}
    for phone in phones:
        if phone.e164 not in held:
            held.add(phone.e164)
            customer.phones.append(CustomerPhone(e164=phone.e164, raw=phone.raw, position=len(customer.phones)))
            changes[phone.e164] = "added"
    if not changes:
        return
    customer.version += 1
    customer.updated_at = now()
    record_event(
        session, "customer.changed", "customer", customer.id, actor=actor, reason="import", before=before, after=changes
    )
    touch(session, "customer", customer.id)


def _rows_from(run: ImportRun) -> Iterator[list[str]]:
    if _place is not None and (_place.run_id, _place.done) == (run.id, run.done_rows):
        return _place.rows
    rows = rows_of(run.content or "", run.plan["delimiter"])
    return itertools.islice(rows, run.done_rows + 1, None)


def _remember_place(run: ImportRun, rows: Iterator[list[str]]) -> None:
    global _place
    _place = _Place(run.id, run.done_rows, rows) if run.state == "running" else None


def _forget_place() -> None:
    global _place
    _place = None


def _fail(run_id: int, reason: str) -> None:
    with transaction() as session:
        try:
            compare_and_set(session, ImportRun, run_id, ("waiting", "running"), state="failed", finished_at=now())
        except Conflict:
            return
        record_event(session, "import.failed", "import", run_id, actor=CLI, reason=reason)
