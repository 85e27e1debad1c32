"""`make run`: database, schema and demo data, then web and worker under supervisor, until Ctrl+C.

    python -m app.launch           run the desk
    python -m app.launch --reset   drop the embedded database and start fresh at the next run
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import IO

import psutil
from sqlalchemy import create_engine, text

from app import embedded, migrate
from app.embedded_place import EmbeddedDatabaseError, locate
from config import Settings, SettingsError, load_settings

ROOT = Path(__file__).resolve().parent.parent
WEB_WORKER = "geventwebsocket.gunicorn.workers.GeventWebSocketWorker"
READY_SECONDS = 60
LOOK_SECONDS = 0.5

SUPERVISOR = """\
; Written at every start by app/launch.py
[supervisord]
nodaemon = true
loglevel = warn
logfile = {var}/supervisord.log
logfile_maxbytes = 1MB
logfile_backups = 1
pidfile = {var}/supervisord.pid
childlogdir = {var}
{user}
[program:web]
command = {python} -m gunicorn --worker-class {web_worker} --workers 1 --bind {bind} --log-level warning --graceful-timeout 5 wsgi:app
{common}
[program:worker]
command = {python} -m flask --app app:create_app worker
{common}
{live}"""  # noqa: E501
#: Starts last and stops first: simulated agents sign out while there is still a desk.
LIVE = """\
[program:live]
command = {python} -m flask --app app:create_app demo live
priority = 1000
{common}
"""
COMMON = """\
directory = {root}
autorestart = true
startsecs = 2
startretries = 20
stopwaitsecs = 15
stopasgroup = true
killasgroup = true
redirect_stderr = true
stdout_logfile = {terminal}
stdout_logfile_maxbytes = 0
"""


class CannotStart(RuntimeError):
    """`make run` cannot go on; the text says why and what to do."""


def main(arguments: list[str]) -> int:
    """The exit status of `make run`, or of dropping the embedded database with --reset."""
    os.environ.setdefault("DEMO", "1")
    if os.environ["DEMO"] == "1":
        # The invented carrier's invented price: pages show what an SMS costs before it is sent.
        os.environ.setdefault("SMS_PRICE", "0.04")
        os.environ.setdefault("SMS_CURRENCY", "GBP")
    try:
        settings = load_settings()
        var = embedded.var_folder()
        var.mkdir(parents=True, exist_ok=True)
        with (var / "run.lock").open("a+") as lock:
            _be_the_only_one(lock)
            _end_what_was_left(var)
            if arguments == ["--reset"]:
                return _reset(settings)
            if arguments:
                raise CannotStart(__doc__ or "")
            return _run(settings, var)
    except (CannotStart, EmbeddedDatabaseError, SettingsError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def _run(settings: Settings, var: Path) -> int:
    _demand_free_port(settings)
    _step("Database: " + ("the one that DATABASE_URL names" if settings.database_url else "starting"))
    url = embedded.database_url(settings.database_url)
    if not settings.database_url:
        _step(f"Database: PostgreSQL in {locate(var).home}")
    migrate.upgrade(url)
    _step("Schema is up to date")
    if settings.demo and not _has_users(url):
        _step("Filling in the demo organisation")
        _flask("demo", "seed")
    supervisor, output = _start(settings, var)
    stop = _Stop(supervisor)
    try:
        if _wait_until_ready(settings, supervisor, stop):
            _welcome(settings, url)
        while supervisor.poll() is None:
            if not settings.database_url and embedded.revive():
                _step("Database: had died, started again")
            _pause(supervisor)
    finally:
        stop.now()
        supervisor.wait()
        with contextlib.suppress(subprocess.TimeoutExpired):  # a stray process may still hold its end
            output.wait(5)
        embedded.leave()
    _step("Stopped")
    return 0 if stop.asked else supervisor.returncode


def _reset(settings: Settings) -> int:
    if settings.database_url:
        raise CannotStart("DATABASE_URL is set: an operator's database is never dropped from here.")
    embedded.drop_database(embedded.database_url(""))
    embedded.leave()
    _step("The embedded database is dropped; the next `make run` starts fresh")
    return 0


# Before the start -------------------------------------------------------------------------------------------


def _be_the_only_one(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise CannotStart(
            f"Hearback already runs from this checkout (process {lock.read().strip()})."
            " Stop that one, or set HEARBACK_VAR and PORT for a second one."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


def _end_what_was_left(var: Path) -> None:
    """Ends the supervisor of a run whose launcher was killed: it would hold the port."""
    try:
        left = psutil.Process(int((var / "supervisord.pid").read_text()))
        if str(var / "supervisord.conf") not in left.cmdline():
            return
        _step("Ending what a killed run had left")
        left.terminate()
        left.wait(30)
    except (OSError, ValueError, psutil.NoSuchProcess):
        return


def _demand_free_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise CannotStart(
                f"{settings.host} port {settings.port} cannot be used ({error.strerror})."
                f" Choose another: make run PORT={settings.port + 1}"
            ) from None


def _has_users(url: str) -> bool:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return bool(connection.execute(text("SELECT EXISTS (SELECT 1 FROM users)")).scalar())
    finally:
        engine.dispose()


def _flask(*command: str) -> str:
    """What a `flask` command of ours printed.

    Raises:
        CannotStart: it failed; its own words are in the text.
    """
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app:create_app", *command],
        cwd=ROOT, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode != 0:
        raise CannotStart(f"`flask {' '.join(command)}` failed:\n{done.stdout}")
    return done.stdout


# Running ----------------------------------------------------------------------------------------------------


def _start(settings: Settings, var: Path) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
    """Supervisor, and the `cat` that writes where we write whatever it and its processes say.

    Supervisor opens its output by name, which fails for a socket and would let lines in a file overwrite each
    other. Both get a session of their own, so that Ctrl+C reaches supervisor once: through us.
    """
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    common = COMMON.format(root=_plain(ROOT), terminal="/dev/fd/1")
    configuration = var / "supervisord.conf"
    configuration.write_text(
        SUPERVISOR.format(
            var=_plain(var), python=_quoted(sys.executable), web_worker=WEB_WORKER,
            bind=f"{host}:{settings.port}", common=common,
            live=LIVE.format(python=_quoted(sys.executable), common=common) if settings.lives else "",
            # Supervisor complains when root does not say that it means it.
            user="user = root\n" if os.geteuid() == 0 else "",
        )
    )  # fmt: skip
    output = subprocess.Popen([shutil.which("cat") or "cat"], stdin=subprocess.PIPE, start_new_session=True)
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
        cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"}, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=output.stdin, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if output.stdin is not None:
        output.stdin.close()  # ours; `cat` ends with the last process that writes
    return supervisor, output


def _plain(path: Path | str) -> str:
    return str(path).replace("%", "%%")  # supervisor expands %(…)s


def _quoted(path: str) -> str:
    return '"' + _plain(path) + '"'


class _Stop:
    """Hands Ctrl+C and the termination signals on to supervisor, which stops its processes in order."""

    def __init__(self, supervisor: subprocess.Popen[bytes]) -> None:
        self._supervisor = supervisor
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked)

    def _asked(self, _number: int, _frame: FrameType | None) -> None:
        if not self.asked:
            print("\nStopping …", flush=True)
        self.asked = True
        self.now()

    def now(self) -> None:
        if self._supervisor.poll() is None:
            self._supervisor.terminate()


def _wait_until_ready(settings: Settings, supervisor: subprocess.Popen[bytes], stop: _Stop) -> bool:
    for _ in range(int(READY_SECONDS / LOOK_SECONDS)):
        if stop.asked or supervisor.poll() is not None:
            return False
        try:
            with urllib.request.urlopen(f"{settings.local_url}/healthz", timeout=2):  # noqa: S310 - our own
                return True
        except (urllib.error.URLError, OSError):
            _pause(supervisor)
    _step("The desk does not answer yet; its messages are above. Still trying.")
    return False


def _pause(supervisor: subprocess.Popen[bytes]) -> None:
    try:
        supervisor.wait(LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return


def _welcome(settings: Settings, url: str) -> None:
    address = settings.local_url
    lines = ["", "Hearback is up. Ctrl+C stops it.", "", f"  Desk              {address}/"]
    lines.append(f"  Customers call    {address}/call")
    if settings.demo:
        lines.append(f"  Customers' phones {address}/phone")
        if settings.twilio_api_base:  # never the real one
            lines.append(f"  A telephone       {settings.twilio_api_base}/telephone (simulated: call, press, text)")
        lines += ["", "This is demo data: nobody in it exists.", ""]
        lines.append(_flask("demo", "logins").rstrip())
        if settings.lives:
            lines += ["", "Simulated agents and customers are at work; your login is yours. LIVE=0: none."]
        lines += ["", "To start empty instead: make reset, then make run DEMO=0"]
    elif not _has_users(url):
        lines += ["", f"Nobody can sign in yet. Set up the first administrator: {address}/setup"]
    print("\n".join(lines), flush=True)


def _step(words: str) -> None:
    print(f"==> {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
