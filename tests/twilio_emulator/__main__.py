"""The emulator as a process on this machine, for the demo and for tests in a browser.

python -m tests.twilio_emulator --product http://127.0.0.1:5000            the emulator; prints the desk's settings
python -m tests.twilio_emulator --product http://127.0.0.1:5000 --desk     and the desk itself with these settings
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from types import FrameType

from tests.twilio_emulator.browsers import Browsers, add_browsers
from tests.twilio_emulator.caller import Caller
from tests.twilio_emulator.clock import Real
from tests.twilio_emulator.delivery import OverHttp, is_loopback
from tests.twilio_emulator.emulator import Emulator
from tests.twilio_emulator.front import serving
from tests.twilio_emulator.played import add_played
from tests.twilio_emulator.telephone import add_telephone

#: The demo's line: a number that is given to nobody.
LINE = "+442079460999"


def main() -> int:
    """The exit status of the process."""
    wanted = _arguments()
    if not is_loopback(wanted.product):
        _say(f"{wanted.product} is not on this machine: the emulator speaks to nothing else.")
        return 2
    clock = Real(wanted.speed)
    # Every start is another account: what an earlier one said must not be taken for this one's.
    emulator = Emulator(clock, OverHttp(), seed=wanted.seed or secrets.randbits(62), number=LINE)
    emulator.point_at(wanted.product)
    browsers = Browsers(emulator.world)
    add_browsers(emulator.front, browsers, wanted.product)
    add_played(emulator.front, emulator.world, LINE, add_telephone(emulator.front, emulator.world, LINE, browsers))
    emulator.number.voice_caller_id_lookup = True  # the name tells callers whom the demo plays
    if wanted.verbose:
        emulator.journal.echo = lambda entry: _say(str(entry))
    try:
        with serving(emulator.front, wanted.port) as base:
            settings = {name.upper(): value for name, value in emulator.settings(base).items()}
            settings |= {"VOICE_PROVIDER": "twilio", "SMS_PROVIDER": "twilio", "PUBLIC_URL": wanted.product}
            stopped = threading.Event()
            if wanted.caller:
                caller = Caller(emulator.world, LINE, browsers.anybody)
                threading.Thread(target=_begin, args=(caller, wanted.product, stopped), daemon=True).start()
            if wanted.desk:
                _say(f"==> Telephones are simulated. A customer's telephone: {base}/telephone")
                return _desk(settings, stopped)
            _say("\n".join(f"{name}={value}" for name, value in settings.items()))
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stopped.set())
            stopped.wait()
            return 0
    finally:
        clock.stop()
        emulator.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.twilio_emulator", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--product", required=True, help="address of the desk, on this machine")
    parser.add_argument("--speed", type=float, default=1.0, help="how many seconds pass in one")
    parser.add_argument("--seed", type=int, default=0, help="of the account's SIDs and secrets; 0: another each time")
    parser.add_argument("--desk", action="store_true", help="run the desk too, until it ends")
    parser.add_argument("--no-caller", dest="caller", action="store_false", help="nobody calls by themselves")
    parser.add_argument("--verbose", action="store_true", help="print every request, both ways")
    return parser.parse_args()


def _desk(settings: dict[str, str], stopped: threading.Event) -> int:
    """Runs the desk with these settings; the exit status is the desk's. Ctrl+C reaches it by itself."""
    desk = subprocess.Popen([sys.executable, "-m", "app.launch"], env={**os.environ, **settings})

    def hand_on(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            desk.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, hand_on)
    status = desk.wait()
    stopped.set()
    return status


def _begin(caller: Caller, product: str, stopped: threading.Event) -> None:
    """The caller begins once the desk answers."""
    while not stopped.wait(1.0):
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"{product}/healthz", timeout=2).close()  # noqa: S310 (this machine, see main)
            caller.begin()
            return


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
