"""Who hears which tone: every party of a test sends its own, and we measure what each one hears.

Above -45 dB a tone is heard, below -65 dB it is not. Tests wait for energy or for looks of a watch, never
for time. A machine that is short of breath stutters: one silent look is no silence, and the crackle of torn
music spreads over every frequency, which is why silence must last and a leak is what is loud enough to hear.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserType, Page

from tests.browser.chrome import chromium_path

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    # A machine with nothing but a loopback interface would gather no candidates at all
    "--allow-loopback-in-peer-connection",
]
AUTOPLAY = "--autoplay-policy=no-user-gesture-required"
FAKE_MICROPHONE = [AUTOPLAY, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
HEARD, SILENT = -45, -65
AGENT, CUSTOMER, CONSULTEE, SUPERVISOR = 440, 880, 1320, 1760
LOOKS = 40  # of a watch, 25 ms apart: a second, three times what the analyser's window holds
QUIET_LOOKS = 8  # of a wait for silence, 50 or 100 ms apart: longer than a stutter
#: True once `quiet()` was true that many looks in a row; the count starts anew for the next wait.
LASTING = f"""const lasting = (quiet) => {{
  window.quietLooks = quiet ? (window.quietLooks ?? 0) + 1 : 0;
  if (window.quietLooks < {QUIET_LOOKS}) return false;
  window.quietLooks = 0;
  return true;
}};"""


def launch(chromium: BrowserType, arguments: list[str]) -> Browser:
    return chromium.launch(
        executable_path=chromium_path(),
        args=ARGUMENTS + arguments,
        ignore_default_args=["--mute-audio"],
    )


def wait(page: Page, condition: str, argument: Any = None, seconds: float = 30) -> None:
    page.wait_for_function(condition, arg=argument, timeout=seconds * 1000, polling=50)


def hears(page: Page, who: str, *tones: int) -> None:
    """Waits until `who` hears every one of the tones."""
    condition = f"([who, tones]) => tones.every((hz) => hearbackProbe.db(who, hz) > {HEARD})"
    wait(page, condition, [who, list(tones)])


def hears_not(page: Page, who: str, *tones: int) -> None:
    """Waits until `who` hears none of the tones any more, and goes on hearing none."""
    silent = f"tones.every((hz) => hearbackProbe.db(who, hz) < {SILENT})"
    wait(page, f"([who, tones]) => {{ {LASTING} return lasting({silent}); }}", [who, list(tones)])


def hears_music(page: Page, who: str) -> None:
    wait(page, f"(who) => hearbackProbe.db(who, harness.holdmusic.HOLD_MUSIC_HZ) > {HEARD}", who)


def hears_no_music(page: Page, who: str) -> None:
    silent = f"hearbackProbe.db(who, harness.holdmusic.HOLD_MUSIC_HZ) < {SILENT}"
    wait(page, f"(who) => {{ {LASTING} return lasting({silent}); }}", who)


def watch(page: Page, key: str, who: str, hz: int) -> None:
    page.evaluate("([key, who, hz]) => harness.watch(key, who, hz)", [key, who, hz])


def never_heard(page: Page, key: str) -> None:
    """Asserts over the whole stretch since `watch`, and for a second more."""
    looks = page.evaluate("(key) => harness.watches[key].looks", key)
    wait(page, "([key, looks]) => harness.watches[key].looks >= looks", [key, looks + LOOKS], seconds=30)
    assert page.evaluate("(key) => harness.watches[key].worst", key) < HEARD


def sync(page: Page, who: str, **image: Any) -> None:
    page.evaluate("([who, image]) => harness.phones[who].sync(image)", [who, {"callId": "c1", **image}])


def up(page: Page, who: str, link: int) -> None:
    wait(page, "([who, link]) => harness.reached(who, link, 'up')", [who, link])


def line(number: int, role: str, peer: str, epoch: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": number, "epoch": epoch, "role": role, "peer": peer, "state": "open", **more}
