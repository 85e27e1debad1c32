"""The rules of the house that a syntax tree can keep (docs/architecture.md); the rest is import-linter's."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APP = [*sorted((ROOT / "app").rglob("*.py")), ROOT / "config.py", ROOT / "wsgi.py"]
CODE = APP + sorted((ROOT / "tests").rglob("*.py"))
LONGEST_FILE = 450
#: Names that say nothing about what is in a file; it grows by whatever finds no other place.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base_service", "manager", "managers"}
#: Reads of the clock. monotonic() measures how long something takes and tells no time.
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}

Finding = tuple[str, int, str]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def dotted(node: ast.expr) -> str:
    """ "a.b.c" of a chain of attributes; what it hangs on is left out when that is no plain name."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def calls_in(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def findings(paths: list[Path], look: Callable[[ast.AST], Iterator[tuple[int, str]]]) -> list[Finding]:
    found = []
    for path in paths:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [(name_of(path), line, what) for line, what in look(tree)]
    return found


def commits(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for name, call in calls_in(tree):
        if name.split(".")[-1] == "commit":
            yield call.lineno, name


def emits(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for name, call in calls_in(tree):
        if name.split(".")[-1] in {"emit", "_emit"}:
            yield call.lineno, name


def clock_reads(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        name = dotted(node) if isinstance(node, ast.Attribute) else ""
        if ".".join(name.split(".")[-2:]) in CLOCKS:
            yield node.lineno, name
        if isinstance(node, ast.ImportFrom) and node.module == "time" and any(a.name == "time" for a in node.names):
            yield node.lineno, "from time import time"


def imports_in_functions(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield node.lineno, ast.unparse(node)


def sleeps(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for name, call in calls_in(tree):
        if name.split(".")[-1] == "sleep":
            yield call.lineno, name


def skips(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        name = dotted(node) if isinstance(node, ast.Attribute) else ""
        if name in {"pytest.skip", "pytest.xfail", "pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}:
            yield node.lineno, name


def first_arguments(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Functions that take a session anywhere but first: the signature tells who owns the transaction."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [argument.arg for argument in function.args.posonlyargs + function.args.args]
            names += [argument.arg for argument in function.args.kwonlyargs]
            if "session" in names and names.index("session") > int(names[0] in {"self", "cls"}):
                yield function.lineno, function.name


def test_one_place_commits() -> None:
    assert {name for name, _, _ in findings(APP, commits)} == {"app/db.py"}


def test_sockets_are_written_to_in_one_place() -> None:
    places = {name for name, _, _ in findings(APP, emits)}
    assert {name for name in places if not name.startswith("app/sockets/")} <= {"app/live.py"}


def test_one_clock() -> None:
    assert {name for name, _, _ in findings(APP, clock_reads)} == {"app/clock.py"}


def test_imports_stand_at_the_top() -> None:
    assert findings(CODE, imports_in_functions) == []


def test_a_participant_takes_the_session_first() -> None:
    assert findings(APP, first_arguments) == []


def test_tests_neither_sleep_nor_skip() -> None:
    tests = [path for path in CODE if path not in APP]
    assert findings(tests, sleeps) == []
    assert findings(tests, skips) == []


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST_FILE
    assert path.stem not in EMPTY_NAMES


def test_the_rules_see_what_they_forbid() -> None:
    wrong = ast.parse(
        "import time, datetime\nfrom time import time\n"
        "def f(a, session):\n    import os\n    session.commit()\n    socketio.emit('x')\n    time.sleep(1)\n"
        "    return datetime.datetime.now(), time.time()\n"
    )
    once = (commits, emits, sleeps, imports_in_functions, first_arguments)
    assert [len(list(rule(wrong))) for rule in once] == [1] * len(once)
    assert len(list(clock_reads(wrong))) == 3
