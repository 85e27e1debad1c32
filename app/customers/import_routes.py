"""Pages of imports: upload, preview, progress, and the report of refused rows."""

from __future__ import annotations

import csv
import io
import itertools
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import defer
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from app.customers.blueprint import countries, customers, default_region, from_htmx
from app.customers.import_file import ENCODINGS, FIELDS, LARGEST_FILE, decode, rows_of, safe_cell
from app.customers.importing import get_run, prepare_import, resume_import, start_import, stop_import
from app.customers.models import ImportRun
from app.db import reading
from app.errors import Invalid
from app.i18n import language
from app.security.guard import actor, needs

PREVIEW_ROWS = 6
SHOWN_REFUSALS = 50


@customers.url_value_preprocessor
def take_large_files(endpoint: str | None, _values: dict[str, object] | None) -> None:
    """The upload may be larger than other requests: the file, and the form around it."""
    if endpoint == "customers.upload":
        request.max_content_length = LARGEST_FILE + 1024 * 1024


@customers.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> tuple[str, int] | RequestEntityTooLarge:
    """A kind word where the file was too large to be read at all."""
    if request.endpoint != "customers.upload":
        return _error
    return _upload_page({"file": _("This file is larger than 20 MB. Please split it.")}), 413


@customers.get("/import")
@needs("customers.import")
def imports() -> str:
    """The upload form and the latest imports."""
    return _upload_page({})


@customers.post("/import")
@needs("customers.import")
def upload() -> Response | tuple[str, int]:
    """Keep the file as a draft and go to its preview."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            message = _("Please choose a file.")
            raise Invalid(message, fields={"file": message})
        read = decode(file.read(), request.form.get("encoding", ""))
        run_id = prepare_import(file.filename, read, region=default_region(), language=language(), actor=actor())
    except Invalid as refused:
        return _upload_page(refused.fields), 422
    return redirect(url_for("customers.import_run", run_id=run_id), 303)


@customers.get("/import/<int:run_id>")
@needs("customers.import")
def import_run(run_id: int) -> str:
    """The preview of a draft; afterwards how far the import is and what was refused."""
    return _run_page(run_id)


@customers.get("/import/<int:run_id>/progress")
@needs("customers.import")
def import_progress(run_id: int) -> str | Response:
    """The part of the page that moves."""
    if not from_htmx():
        return redirect(url_for("customers.import_run", run_id=run_id), 302)
    with reading() as session:
        run = get_run(session, run_id)
        return render_template("customers/_progress.html", run=run, shown=SHOWN_REFUSALS)


@customers.post("/import/<int:run_id>/start")
@needs("customers.import")
def import_start(run_id: int) -> Response | tuple[str, int]:
    """Run the draft with the columns chosen."""
    with reading() as session:
        count = len(get_run(session, run_id).plan["columns"])
    columns = [request.form.get(f"column_{index}", "") for index in range(count)]
    try:
        start_import(
            run_id,
            columns,
            request.form.get("duplicates", "update"),
            actor=actor(),
            region=request.form.get("region", ""),
        )
    except Invalid as refused:
        return _run_page(run_id, refused.message, columns), 422
    return redirect(url_for("customers.import_run", run_id=run_id), 303)


@customers.post("/import/<int:run_id>/stop")
@needs("customers.import")
def import_stop(run_id: int) -> Response:
    """Stop after the batch that is running."""
    stop_import(run_id, actor=actor())
    return redirect(url_for("customers.import_run", run_id=run_id), 303)


@customers.post("/import/<int:run_id>/resume")
@needs("customers.import")
def import_resume(run_id: int) -> Response:
    """Go on where it stopped."""
    resume_import(run_id, actor=actor())
    return redirect(url_for("customers.import_run", run_id=run_id), 303)


@customers.get("/import/<int:run_id>/refused.csv")
@needs("customers.import")
def import_refused(run_id: int) -> Response:
    """The refused rows as a file to mend and import again: UTF-8 with mark, safe for spreadsheets."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    with reading() as session:
        run = get_run(session, run_id)
        headings = [column or f"column {index}" for index, column in enumerate(run.plan["columns"], 1)]
        writer.writerow([_("Row"), _("Reason"), *headings])
        for refusal in run.refused:
            cells = [safe_cell(str(value)) for value in refusal["values"]]
            writer.writerow([refusal["row"], safe_cell(refusal["reason"]), *cells])
    answer = make_response(out.getvalue().encode("utf-8-sig"))
    answer.mimetype = "text/csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="refused-rows-{run_id}.csv"'
    return answer


def _upload_page(errors: dict[str, str]) -> str:
    with reading() as session:
        runs = session.scalars(
            select(ImportRun)
            .where(ImportRun.state != "draft")
            .order_by(ImportRun.id.desc())
            .limit(10)
            .options(defer(ImportRun.content), defer(ImportRun.refused))
        ).all()
        return render_template(
            "customers/import.html", errors=errors, runs=runs, encodings=ENCODINGS, largest=LARGEST_FILE
        )


def _run_page(run_id: int, error: str = "", columns: list[str] | None = None) -> str:
    with reading() as session:
        run = get_run(session, run_id)
        context: dict[str, Any] = {"run": run, "error": error, "shown": SHOWN_REFUSALS}
        if run.state == "draft":
            rows = list(itertools.islice(rows_of(run.content or "", run.plan["delimiter"]), PREVIEW_ROWS + 1))
            context |= {
                "headings": rows[0],
                "rows": rows[1:],
                "columns": columns or run.plan["columns"],
                "fields": FIELDS,
                "countries": countries(),
            }
        return render_template("customers/import_run.html", **context)
