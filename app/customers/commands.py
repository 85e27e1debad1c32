"""flask customers ...: what has no page, or must run where no browser is."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.customers.import_file import decode
from app.customers.importing import get_run, prepare_import, run_next_import_batch, start_import
from app.db import reading
from app.errors import Invalid
from app.eventlog import CLI

customers_cli = AppGroup("customers", help="Customers: import from files.")


@customers_cli.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--encoding", default="", help="utf-8, gb18030 or big5; found by itself when not given.")
@click.option("--report-duplicates", is_flag=True, help="Refuse rows of known customers instead of updating them.")
def import_file(file: Path, encoding: str, report_duplicates: bool) -> None:
    """Import customers from FILE (CSV with headings) and say what became of its rows."""
    try:
        run_id = prepare_import(
            file.name,
            decode(file.read_bytes(), encoding),
            region=current_app.config["SETTINGS"].default_region,
            language="en",
            actor=CLI,
        )
        with reading() as session:
            columns = list(get_run(session, run_id).plan["columns"])
        start_import(run_id, columns, "report" if report_duplicates else "update", actor=CLI)
    except Invalid as refused:
        raise click.ClickException(refused.message) from refused
    click.echo(f"Columns: {', '.join(column or '(left out)' for column in columns)}")
    while True:
        with reading() as session:
            run = get_run(session, run_id)
            if run.state not in ("waiting", "running"):
                break
        if not run_next_import_batch():
            raise click.ClickException("Another process is running this import; it goes on there.")
    with reading() as session:
        run = get_run(session, run_id)
        for refusal in run.refused:
            click.echo(f"row {refusal['row']}: {refusal['reason']}")
        click.echo(
            f"{run.state}: {run.done_rows} rows, {run.created_rows} new, {run.updated_rows} updated, "
            f"{len(run.refused)} refused"
        )
        if run.state != "done":
            raise click.ClickException("The import did not finish.")
