"""`flask user …`, through the commands themselves."""

from __future__ import annotations

from flask import Flask

from tests.web.signing_in import person, sign_in


def test_somebody_added_in_the_terminal_signs_in_until_closed(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    made = run(args=["user", "create", "Zoe", "--name", "Zoë 周", "--role", "quality"])
    assert made.exit_code == 0
    first = made.output.split()[-1]
    assert sign_in(app.test_client(), "zoe", first).status_code == 303
    again = run(args=["user", "reset-password", "zoe"]).output.split()[-1]
    assert sign_in(app.test_client(), "zoe", first).status_code == 422
    assert sign_in(app.test_client(), "zoe", again).status_code == 303
    assert run(args=["user", "deactivate", "zoe"]).exit_code == 0
    assert sign_in(app.test_client(), "zoe", again).status_code == 422
    listed = run(args=["user", "list"]).output
    assert "zoe" in listed and "closed" in listed and "Zoë 周" in listed


def test_a_refusal_says_what_is_wrong_and_fails(app: Flask) -> None:
    person("ada", "administrator")
    run = app.test_cli_runner().invoke
    taken = run(args=["user", "create", "ada", "--name", "Ada"])
    assert taken.exit_code == 1 and "login already" in taken.output
    last = run(args=["user", "deactivate", "ada"])
    assert last.exit_code == 1 and "last administrator" in last.output
    assert "Nobody has this login" in run(args=["user", "deactivate", "nobody"]).output
