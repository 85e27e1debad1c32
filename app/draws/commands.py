"""`flask draw …`: replay a draw, from the desk's records or from published files alone."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from app.db import reading
from app.domain.sampling import commitment, draw, joint_beacon
from app.draws.queries import draw_of
from app.draws.replay import differences, differences_to
from app.errors import NotFound

draw_commands = AppGroup("draw", help="The monthly draw.")


@draw_commands.command("verify")
@click.argument("month")
@click.option("--round", "number", default=1, show_default=True, help="Which round of the month.")
@click.option(
    "--files",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with frame.txt, result.txt and proof.json as published; without it the desk's own records.",
)
def verify(month: str, number: int, files: Path | None) -> None:
    """Replay the draw of MONTH (2026-10): "identical", or every line that differs and exit status 1."""
    found = _of_files(month, number, files) if files is not None else of_records(month, number)
    if found:
        click.echo("\n".join(found))
        raise click.ClickException(f"{len(found)} differences: this is not the draw that the frame and beacon give.")
    click.echo("identical")


def of_records(month: str, number: int) -> list[str]:
    """What a replay finds different from the desk's own records of a draw, one line each.

    The frame is gone before the result is read: tens of megabytes each in a large house.

    Raises:
        ClickException: there is no such draw, or it is not made yet.
    """
    try:
        with reading() as session:
            row = draw_of(session, month, number, files=["frame"])
            if row.state != "drawn":
                raise click.ClickException(f"The draw of {month}, round {number} is not made yet ({row.state}).")
            drawn = draw(row.frame or "", row.beacon or "")
        del row
        with reading() as session:
            row = draw_of(session, month, number, files=["result"])
            return differences_to(
                drawn, frame_sha256=row.frame_sha256 or "", seed=row.seed or "", result=row.result or ""
            )
    except NotFound as error:
        raise click.ClickException(f"There is no draw of {month}, round {number}.") from error
    except ValueError as error:
        return [f"the frame can't be drawn from: {error}"]


def _of_files(month: str, number: int, files: Path) -> list[str]:
    try:
        proof = json.loads((files / "proof.json").read_text(encoding="utf-8"))
        frame, result = ((files / name).read_text(encoding="utf-8") for name in ("frame.txt", "result.txt"))
        secrets = {role: each["secret"] for role, each in proof["commitments"].items()}
        found = []
        if (proof["period"], proof["round"]) != (month, number):
            found.append(f"the files are of {proof['period']}, round {proof['round']}")
        if proof["method"] == "commit_reveal":
            found += [
                f"the secret of {role} is not the one committed to"
                for role, each in proof["commitments"].items()
                if commitment(each["secret"], each["salt"]) != each["commitment"]
            ]
            if joint_beacon(secrets) != proof["beacon"]:
                found.append("the beacon is not the one that the secrets give")
        return found + differences(
            frame, proof["beacon"], frame_sha256=proof["frame_sha256"], seed=proof["seed"], result=result
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise click.ClickException(f"These are not the files of a finished draw: {error}") from error
