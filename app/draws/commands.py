"""`flask draw …`: replay a draw, from the desk's records or from published files alone."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from app.db import reading
from app.domain.sampling import commitment, joint_beacon
from app.draws.queries import draw_of
from app.draws.replay import differences
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
    if files is not None:
        found = _of_files(month, number, files)
    else:
        with reading() as session:
            try:
                row = draw_of(session, month, number)
            except NotFound as error:
                raise click.ClickException(f"There is no draw of {month}, round {number}.") from error
            if row.state != "drawn":
                raise click.ClickException(f"The draw of {month}, round {number} is not made yet ({row.state}).")
            found = differences(
                row.frame or "",
                row.beacon or "",
                frame_sha256=row.frame_sha256 or "",
                seed=row.seed or "",
                result=row.result or "",
            )
    if found:
        click.echo("\n".join(found))
        raise click.ClickException(f"{len(found)} differences: this is not the draw that the frame and beacon give.")
    click.echo("identical")


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
