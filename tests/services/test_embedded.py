"""The embedded PostgreSQL: real clusters in temporary folders, used and killed by real processes."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy.engine import make_url

from app import embedded
from app.embedded_place import Cluster, EmbeddedDatabaseError, locate

ROOT = Path(__file__).resolve().parents[2]
# A user of the cluster as a process of its own: says that it has joined, and leaves when its input ends. The package is
# entered past its __init__.py, which would bring the whole program into each of them.
USER = """
import sys
import types
package = types.ModuleType("app")
package.__path__ = ["app"]
sys.modules["app"] = package
from app import embedded
print(embedded.database_url(""), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def var() -> Iterator[Path]:
    """A var folder that every account may enter (pytest's own temporary folders are private)."""
    folder = Path(tempfile.mkdtemp(prefix="hearback-test-"))
    folder.chmod(0o755)
    yield folder
    embedded.leave(folder)
    shutil.rmtree(folder)


def a_user(var: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USER], cwd=ROOT, env={**os.environ, "HEARBACK_VAR": str(var)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def joined(user: subprocess.Popen[str]) -> str:
    assert user.stdout is not None
    return user.stdout.readline().strip()


def leaves(user: subprocess.Popen[str]) -> None:
    user.communicate()
    assert user.returncode == 0


def server_pid(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().splitlines()[0])


def one(cluster: Cluster, query: str) -> object:
    with psycopg.connect(host=str(cluster.socket_folder), user="postgres", dbname="postgres") as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


def test_a_named_server_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEARBACK_VAR", str(tmp_path / "never"))
    assert (
        embedded.database_url("postgres://desk:s%40fe@db.example:5433/desk?sslmode=require")
        == "postgresql+psycopg://desk:s%40fe@db.example:5433/desk?sslmode=require"
    )
    assert not (tmp_path / "never").exists()


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(EmbeddedDatabaseError, match="PostgreSQL"):
        embedded.database_url("sqlite:///desk.db")


def test_the_server_keeps_what_it_promised_and_asks_for_no_port(var: Path) -> None:
    cluster = embedded.join(var)
    assert one(cluster, "SHOW fsync") == "on"
    assert one(cluster, "SHOW synchronous_commit") == "on"
    assert one(cluster, "SHOW full_page_writes") == "on"
    assert one(cluster, "SHOW max_connections") == "200"
    assert one(cluster, "SHOW listen_addresses") == ""
    assert one(cluster, "SHOW server_encoding") == "UTF8"
    assert stat.S_IMODE(cluster.socket_folder.stat().st_mode) == 0o700


def test_databases_are_made_copied_and_dropped(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARBACK_VAR", str(var))
    first = embedded.database_url("")
    assert make_url(first).database == "hearback"
    assert embedded.create_database(first) is False
    with psycopg.connect(make_url(first).set(drivername="postgresql").render_as_string()) as connection:
        connection.execute("CREATE TABLE parcel (number text)")
    copy = make_url(first).set(database="copy").render_as_string()
    assert embedded.create_database(copy, template="hearback") is True
    visitor = psycopg.connect(make_url(copy).set(drivername="postgresql").render_as_string())
    assert visitor.execute("SELECT count(*) FROM parcel").fetchone() == (0,)
    embedded.drop_database(copy)
    with pytest.raises(psycopg.OperationalError):
        visitor.execute("SELECT 1")
    visitor.close()
    embedded.drop_database(copy)
    assert embedded.create_database(copy) is True


def test_processes_that_start_at_once_share_one_server_and_the_last_stops_it(var: Path) -> None:
    users = [a_user(var) for _ in range(4)]
    assert len({joined(user) for user in users}) == 1
    pid = server_pid(embedded.join(var))
    assert embedded.leave(var) is False
    for user in users:
        assert psutil.pid_exists(pid)
        leaves(user)
    assert not (var / "pg" / "data" / "postmaster.pid").exists()


def test_killed_users_do_not_count(var: Path) -> None:
    cluster = embedded.join(var)
    killed = [a_user(var), a_user(var)]
    for user in killed:
        assert joined(user)
        user.send_signal(signal.SIGKILL)
        user.communicate()
    assert embedded.leave(var) is True
    assert not (cluster.data / "postmaster.pid").exists()


def test_an_orphaned_server_is_joined(var: Path) -> None:
    user = a_user(var)
    joined(user)
    user.send_signal(signal.SIGKILL)
    user.communicate()
    before = server_pid(locate(var))
    assert server_pid(embedded.join(var)) == before
    assert embedded.leave(var) is True


def test_a_killed_server_comes_back_with_what_was_committed(var: Path) -> None:
    cluster = embedded.join(var)
    with psycopg.connect(host=str(cluster.socket_folder), user="postgres", dbname="postgres") as connection:
        connection.execute("CREATE TABLE parcel AS SELECT 'HB1' AS number")
    assert embedded.revive(var) is False
    server = psutil.Process(server_pid(cluster))
    server.kill()
    server.wait()
    assert embedded.revive(var) is True
    assert one(cluster, "SELECT number FROM parcel") == "HB1"
    assert embedded.leave(var) is True


def test_a_process_id_that_came_back_is_not_taken_for_the_server(var: Path) -> None:
    cluster = embedded.join(var)
    lines = (cluster.data / "postmaster.pid").read_text().splitlines()
    assert embedded.leave(var) is True
    (cluster.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert one(embedded.join(var), "SELECT 1") == 1
    assert embedded.leave(var) is True


def test_a_half_made_cluster_is_made_again(var: Path) -> None:
    making = locate(var).home / "data.making"
    making.mkdir()
    (making / "PG_VERSION").write_text("18\n")
    assert one(embedded.join(var), "SELECT 1") == 1


def test_a_long_path_still_gets_a_socket(var: Path) -> None:
    deep = var / ("a-very-long-folder-name-" * 6)
    cluster = embedded.join(deep)
    try:
        assert one(cluster, "SELECT 1") == 1
        assert stat.S_IMODE(cluster.socket_folder.stat().st_mode) == 0o700
    finally:
        embedded.leave(deep)
        shutil.rmtree(cluster.socket_folder)


def test_private_folders_of_the_owner_stay_private(var: Path) -> None:
    private = var / "private"
    private.mkdir(mode=0o700)
    cluster = embedded.join(private / "checkout" / "var")
    try:
        assert one(cluster, "SELECT 1") == 1
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert stat.S_IMODE(cluster.home.stat().st_mode) == 0o700
    finally:
        embedded.leave(private / "checkout" / "var")
        shutil.rmtree(cluster.home)
