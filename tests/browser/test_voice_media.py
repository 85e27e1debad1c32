"""The voice modules in a real Chromium: every party sends its own tone, and we measure who hears which.

Above -45 dB a tone is heard, below -65 dB it is not. Tests wait for energy or for looks of a watch, never for time.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, Page, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PAGES = Path(__file__).resolve().parent / "pages"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--autoplay-policy=no-user-gesture-required",
    # A machine with nothing but a loopback interface would gather no candidates at all
    "--allow-loopback-in-peer-connection",
]
FAKE_MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'"
HEARD, SILENT = -45, -65
AGENT, CUSTOMER, CONSULTEE, SUPERVISOR = 440, 880, 1320, 1760
LOOKS = 40  # of a watch, 25 ms apart: a second, three times what the analyser's window holds


class Files(SimpleHTTPRequestHandler):
    """Serves /static from the project and everything else from the test pages, under the product's policy."""

    def translate_path(self, path: str) -> str:
        base = ROOT if path.startswith("/static/") else PAGES
        return str(base / path.split("?")[0].lstrip("/"))

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the browser's own errors say more."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


def launch(chromium: BrowserType, arguments: list[str]) -> Browser:
    return chromium.launch(
        executable_path=shutil.which("chromium"),
        args=ARGUMENTS + arguments,
        ignore_default_args=["--mute-audio"],
    )


@pytest.fixture(scope="module")
def browser(driver: Playwright) -> Iterator[Browser]:
    browser = launch(driver.chromium, FAKE_MICROPHONE)
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser, port: int) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"http://127.0.0.1:{port}/voice_harness.html")
    page.wait_for_selector("html[data-loaded]")
    page.click("#start")
    page.wait_for_selector("body[data-ready]")
    yield page
    assert page.evaluate("harness.violations") == []
    assert errors == []
    context.close()


def wait(page: Page, condition: str, argument: Any = None, seconds: float = 15) -> None:
    page.wait_for_function(condition, arg=argument, timeout=seconds * 1000, polling=50)


def hears(page: Page, who: str, *tones: int) -> None:
    """Waits until `who` hears every one of the tones."""
    condition = f"([who, tones]) => tones.every((hz) => hearbackProbe.db(who, hz) > {HEARD})"
    wait(page, condition, [who, list(tones)])


def hears_not(page: Page, who: str, *tones: int) -> None:
    """Waits until `who` hears none of the tones any more."""
    condition = f"([who, tones]) => tones.every((hz) => hearbackProbe.db(who, hz) < {SILENT})"
    wait(page, condition, [who, list(tones)])


def hears_music(page: Page, who: str) -> None:
    wait(page, f"(who) => hearbackProbe.db(who, harness.holdmusic.HOLD_MUSIC_HZ) > {HEARD}", who)


def hears_no_music(page: Page, who: str) -> None:
    wait(page, f"(who) => hearbackProbe.db(who, harness.holdmusic.HOLD_MUSIC_HZ) < {SILENT}", who)


def watch(page: Page, key: str, who: str, hz: int) -> None:
    page.evaluate("([key, who, hz]) => harness.watch(key, who, hz)", [key, who, hz])


def never_heard(page: Page, key: str) -> None:
    """Asserts over the whole stretch since `watch`, and for a second more."""
    looks = page.evaluate("(key) => harness.watches[key].looks", key)
    wait(page, "([key, looks]) => harness.watches[key].looks >= looks", [key, looks + LOOKS])
    assert page.evaluate("(key) => harness.watches[key].worst", key) < SILENT


def sync(page: Page, who: str, **image: Any) -> None:
    page.evaluate("([who, image]) => harness.phones[who].sync(image)", [who, {"callId": "c1", **image}])


def up(page: Page, who: str, link: int) -> None:
    wait(page, "([who, link]) => harness.reached(who, link, 'up')", [who, link])


def line(number: int, role: str, peer: str, epoch: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": number, "epoch": epoch, "role": role, "peer": peer, "state": "open", **more}


PLAIN: dict[str, Any] = {
    "held": False,
    "muted": False,
    "consult": None,
    "monitor": None,
    "recording": False,
    "recordingPaused": False,
    "ice": {"servers": [], "relayOnly": False},
}
TO_CUSTOMER = line(1, "caller", "customer")
TO_AGENT = line(1, "callee", "agent")


def two_party_call(page: Page) -> None:
    """Agent and customer talk over link 1."""
    page.evaluate(
        """async ([agent, customer]) => {
            await harness.add("agent", agent);
            await harness.add("customer", customer, {customer: true});
            harness.connect(1, "agent", "customer");
        }""",
        [AGENT, CUSTOMER],
    )
    sync(page, "customer", links=[], waiting=True)
    hears_music(page, "customer")
    sync(page, "agent", links=[TO_CUSTOMER], **PLAIN)
    sync(page, "customer", links=[TO_AGENT], held=False)
    up(page, "agent", 1)
    up(page, "customer", 1)


def join(page: Page, name: str, tone: int, link: int) -> None:
    page.evaluate(
        """async ([name, tone, link]) => {
            await harness.add(name, tone);
            harness.connect(link, "agent", name);
        }""",
        [name, tone, link],
    )


# ---------------------------------------------------------------------------------------------------- one call


def test_both_hear_each_other_and_the_music_ends(page: Page) -> None:
    two_party_call(page)
    hears(page, "agent", CUSTOMER)
    hears(page, "customer", AGENT)
    hears_no_music(page, "customer")
    hears_not(page, "agent", AGENT)
    hears_not(page, "customer", CUSTOMER)


def test_mute_silences_the_agent_at_once_and_keeps_the_line(page: Page) -> None:
    two_party_call(page)
    hears(page, "customer", AGENT)
    page.evaluate("harness.phones.agent.muteNow(true)")
    hears_not(page, "customer", AGENT)
    watch(page, "muted", "customer", AGENT)
    sync(page, "agent", links=[TO_CUSTOMER], **{**PLAIN, "muted": True})
    never_heard(page, "muted")
    hears(page, "agent", CUSTOMER)
    sync(page, "agent", links=[TO_CUSTOMER], **PLAIN)
    hears(page, "customer", AGENT)
    assert not page.evaluate("harness.reached('customer', 1, 'lost')")


def test_caller_mutes_itself(page: Page) -> None:
    two_party_call(page)
    hears(page, "agent", CUSTOMER)
    page.evaluate("harness.phones.customer.muteNow(true)")
    hears_not(page, "agent", CUSTOMER)
    sync(page, "customer", links=[TO_AGENT], held=False)
    watch(page, "own mute", "agent", CUSTOMER)
    never_heard(page, "own mute")
    page.evaluate("harness.phones.customer.muteNow(false)")
    hears(page, "agent", CUSTOMER)


def test_hold_is_music_for_the_customer_and_silence_for_the_agent(page: Page) -> None:
    two_party_call(page)
    hears(page, "agent", CUSTOMER)
    sync(page, "agent", links=[TO_CUSTOMER], **{**PLAIN, "held": True})
    sync(page, "customer", links=[TO_AGENT], held=True)
    hears_music(page, "customer")
    hears_not(page, "customer", AGENT)
    hears_not(page, "agent", CUSTOMER)
    watch(page, "held agent", "customer", AGENT)
    watch(page, "held customer", "agent", CUSTOMER)
    never_heard(page, "held agent")
    never_heard(page, "held customer")
    sync(page, "customer", links=[TO_AGENT], held=False)
    sync(page, "agent", links=[TO_CUSTOMER], **PLAIN)
    hears(page, "customer", AGENT)
    hears(page, "agent", CUSTOMER)
    hears_no_music(page, "customer")
    assert not page.evaluate("harness.states.some(([, , state]) => state === 'lost')")


@pytest.mark.parametrize("page_that_knows", ["agent", "customer"])
def test_one_page_that_knows_of_the_hold_is_enough(page: Page, page_that_knows: str) -> None:
    two_party_call(page)
    hears(page, "agent", CUSTOMER)
    hears(page, "customer", AGENT)
    if page_that_knows == "agent":
        sync(page, "agent", links=[TO_CUSTOMER], **{**PLAIN, "held": True})
    else:
        sync(page, "customer", links=[TO_AGENT], held=True)
    hears_not(page, "customer", AGENT)
    hears_not(page, "agent", CUSTOMER)


def test_hang_up_closes_everything(page: Page) -> None:
    two_party_call(page)
    hears(page, "customer", AGENT)
    page.evaluate("harness.phones.agent.sync(null); harness.phones.customer.sync(null)")
    hears_not(page, "customer", AGENT)
    hears_no_music(page, "customer")
    assert page.evaluate("harness.peers.every((pc) => pc.connectionState === 'closed')")
    assert page.locator("audio").count() == 0


# ---------------------------------------------------------------------------------------------------- third parties


def consult(page: Page, kind: str) -> None:
    held = kind == "private"
    links = [TO_CUSTOMER, line(2, "caller", "consultee")]
    sync(page, "agent", links=links, **{**PLAIN, "held": held, "consult": kind})
    sync(page, "customer", links=[TO_AGENT], held=held)
    sync(page, "consultee", self="consultee", links=[line(2, "callee", "agent")], **PLAIN)


def test_private_consult_then_conference(page: Page) -> None:
    two_party_call(page)
    hears(page, "customer", AGENT)
    join(page, "consultee", CONSULTEE, 2)
    for who, tone in [("customer", CONSULTEE), ("consultee", CUSTOMER)]:
        watch(page, f"private {who}", who, tone)
    consult(page, "private")
    hears(page, "agent", CONSULTEE)
    hears(page, "consultee", AGENT)
    hears_music(page, "customer")
    hears_not(page, "customer", AGENT)
    hears_not(page, "agent", CUSTOMER)
    never_heard(page, "private customer")
    never_heard(page, "private consultee")

    consult(page, "conference")
    hears(page, "customer", AGENT, CONSULTEE)
    hears(page, "consultee", AGENT, CUSTOMER)
    hears(page, "agent", CUSTOMER, CONSULTEE)


def test_transfer_opens_the_new_line_before_it_closes_the_old(page: Page) -> None:
    two_party_call(page)
    join(page, "consultee", CONSULTEE, 2)
    consult(page, "private")
    hears(page, "consultee", AGENT)
    hears_music(page, "customer")

    page.evaluate("harness.connect(3, 'consultee', 'customer')")
    new = line(3, "caller", "customer")
    old_leg = line(1, "callee", "agent", held=True)
    sync(page, "consultee", self="agent", links=[line(2, "callee", "agent"), new], **PLAIN)
    sync(page, "customer", links=[old_leg, line(3, "callee", "agent", held=False)], held=True)
    up(page, "customer", 3)
    # The old line still stands while the new one already carries sound
    assert not page.evaluate("harness.reached('customer', 1, 'closed')")
    hears(page, "customer", CONSULTEE)
    hears(page, "consultee", CUSTOMER)
    hears_no_music(page, "customer")
    hears_not(page, "customer", AGENT)

    sync(page, "agent", links=[], **PLAIN)
    sync(page, "consultee", self="agent", links=[new], **PLAIN)
    sync(page, "customer", links=[line(3, "callee", "agent")], held=False)
    hears_not(page, "consultee", AGENT)
    hears(page, "customer", CONSULTEE)
    hears(page, "consultee", CUSTOMER)
    assert page.evaluate("harness.reached('customer', 1, 'closed')")


def monitor(page: Page, mode: str | None, **more: Any) -> None:
    links = [TO_CUSTOMER, line(4, "caller", "supervisor")]
    sync(page, "agent", links=links, **{**PLAIN, "monitor": mode, **more})
    mine = [line(4, "callee", "agent")] if mode else []
    sync(page, "supervisor", self="supervisor", links=mine, **{**PLAIN, "monitor": mode})


def test_listen_whisper_and_barge(page: Page) -> None:
    two_party_call(page)
    hears(page, "customer", AGENT)
    join(page, "supervisor", SUPERVISOR, 4)
    watch(page, "leak", "customer", SUPERVISOR)
    watch(page, "listen", "agent", SUPERVISOR)
    monitor(page, "listen")
    hears(page, "supervisor", AGENT, CUSTOMER)
    never_heard(page, "listen")

    monitor(page, "whisper")
    hears(page, "agent", SUPERVISOR, CUSTOMER)
    hears(page, "customer", AGENT)
    never_heard(page, "leak")  # since before the supervisor joined

    monitor(page, "barge")
    hears(page, "customer", SUPERVISOR, AGENT)
    monitor(page, "barge", muted=True)
    hears_not(page, "customer", AGENT)
    hears(page, "customer", SUPERVISOR)

    monitor(page, "whisper")
    hears_not(page, "customer", SUPERVISOR)
    watch(page, "leak after barge", "customer", SUPERVISOR)
    hears(page, "customer", AGENT)
    hears(page, "agent", SUPERVISOR)
    never_heard(page, "leak after barge")
    monitor(page, None)
    hears_not(page, "agent", SUPERVISOR)


def test_hub_keeps_a_whisper_from_the_customer_whatever_the_supervisors_page_believes(page: Page) -> None:
    two_party_call(page)
    hears(page, "customer", AGENT)
    join(page, "supervisor", SUPERVISOR, 4)
    watch(page, "agent", "agent", SUPERVISOR)
    watch(page, "customer", "customer", SUPERVISOR)
    links = [TO_CUSTOMER, line(4, "caller", "supervisor")]
    sync(page, "agent", links=links, **{**PLAIN, "monitor": "listen"})
    page_in_barge = {**PLAIN, "monitor": "barge"}
    sync(page, "supervisor", self="supervisor", links=[line(4, "callee", "agent")], **page_in_barge)
    up(page, "agent", 4)
    hears(page, "supervisor", CUSTOMER)
    never_heard(page, "agent")
    never_heard(page, "customer")


def test_recording_keeps_sides_apart_and_stops_for_a_pause(page: Page) -> None:
    two_party_call(page)
    page.evaluate(
        """() => {
            const stream = harness.phones.agent.recording();
            const context = harness.audioContext();
            const split = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
            context.createMediaStreamSource(stream).connect(split);
            for (const [side, name] of [[0, "left"], [1, "right"]]) {
                const ear = new GainNode(context);
                split.connect(ear, side);
                harness.registerHeard(name, ear);
            }
        }"""
    )
    watch(page, "before consent", "left", CUSTOMER)
    hears(page, "agent", CUSTOMER)
    never_heard(page, "before consent")
    sync(page, "agent", links=[TO_CUSTOMER], **{**PLAIN, "recording": True})
    hears(page, "left", CUSTOMER)
    hears(page, "right", AGENT)
    hears_not(page, "left", AGENT)
    hears_not(page, "right", CUSTOMER)
    sync(page, "agent", links=[TO_CUSTOMER], **{**PLAIN, "recording": True, "recordingPaused": True})
    hears_not(page, "left", CUSTOMER)
    hears_not(page, "right", AGENT)
    hears(page, "agent", CUSTOMER)


# ---------------------------------------------------------------------------------------------------- the line itself


def states(page: Page, side: str) -> list[str]:
    return [state for state, _ in page.evaluate(f"harness.bare.{side}.states")]


def is_in(page: Page, side: str, state: str) -> None:
    wait(page, "([side, state]) => harness.bare[side].link.state === state", [side, state])


def test_line_comes_up_by_energy_and_has_statistics(page: Page) -> None:
    page.evaluate("harness.pair()")
    is_in(page, "a", "up")
    is_in(page, "b", "up")
    hears(page, "a", 880)
    hears(page, "b", 440)
    assert states(page, "a") == ["connecting", "up"]
    wait(page, "() => harness.bare.a.link.stats().rtt !== null && harness.bare.a.link.quality() === 4")
    before = page.evaluate("harness.bare.a.link.stats()")
    assert before["packets"] > 0
    wait(page, "(n) => harness.bare.a.link.stats().packets > n", before["packets"])


def test_silent_line_is_up_by_its_packets(page: Page) -> None:
    page.evaluate("harness.pair({silentCallee: true})")
    is_in(page, "a", "up")
    assert page.evaluate("harness.bare.a.link.stats().energy") < 1e-6


def test_candidates_travel_in_batches(page: Page) -> None:
    page.evaluate("harness.pair()")
    is_in(page, "a", "up")
    batches = page.evaluate("harness.bare.a.sent.filter((m) => m.type === 'cand').map((m) => m.payload.candidates.length)")
    assert sum(batches) >= len(batches) >= 1
    assert max(batches) <= 20
    assert page.evaluate("harness.bare.b.sent.every((m) => m.type !== 'desc' || m.payload.type === 'answer')")


def test_lost_line_restarts_ice_and_comes_up_again(page: Page) -> None:
    page.evaluate("harness.pair({timing: {restarts: [300, 900, 1500]}})")
    is_in(page, "a", "up")
    is_in(page, "b", "up")
    page.evaluate("harness.bare.b.pc.getSenders()[0].replaceTrack(null)")  # packets stop, the page stays
    is_in(page, "a", "lost")
    offers = "harness.bare.a.sent.filter((m) => m.type === 'desc').map((m) => m.payload.sdp.match(/ice-ufrag:(\\S+)/)[1])"
    wait(page, f"() => new Set({offers}).size >= 2")
    page.evaluate("harness.bare.b.pc.getSenders()[0].replaceTrack(harness.bare.b.mic.track)")
    is_in(page, "a", "up")
    hears(page, "a", 880)
    hears(page, "b", 440)
    assert states(page, "a") == ["connecting", "up", "lost", "up"]
    assert all(m != "offer" for m in page.evaluate("harness.bare.b.sent.map((m) => m.payload.type)"))


def test_restart_on_request_keeps_the_sound(page: Page) -> None:
    page.evaluate("harness.pair()")
    is_in(page, "a", "up")
    ufrag = "harness.bare.a.pc.currentRemoteDescription.sdp.match(/ice-ufrag:(\\S+)/)[1]"
    before = page.evaluate(ufrag)
    page.evaluate("harness.bare.a.link.restartIce()")
    wait(page, f"(before) => {ufrag} !== before", before)
    packets = page.evaluate("harness.bare.a.link.stats().packets")
    wait(page, "(n) => harness.bare.a.link.stats().packets > n + 50", packets)
    hears(page, "a", 880)
    assert states(page, "a") == ["connecting", "up"]


def test_line_that_never_comes_up_says_so_and_may_still_come(page: Page) -> None:
    page.evaluate("harness.pair({timing: {giveUp: 600, resend: 400}}).then(() => { harness.bare.a.mute = true; })")
    is_in(page, "a", "failed")
    assert ["failed", "never up"] in page.evaluate("harness.bare.a.states")
    # The lost offer is sent again by itself once messages pass
    page.evaluate("harness.bare.a.mute = false")
    is_in(page, "a", "up")


def test_peer_that_stays_away_is_reported_failed(page: Page) -> None:
    page.evaluate("harness.pair({timing: {lostAfter: 500, restarts: [200, 400], giveUp: 600}})")
    is_in(page, "a", "up")
    page.evaluate("harness.bare.b.pc.close()")
    is_in(page, "a", "failed")
    assert ["failed", "lost"] in page.evaluate("harness.bare.a.states")


def test_stale_epoch_is_dropped_and_a_newer_one_replaces_the_line(page: Page) -> None:
    two_party_call(page)
    hears(page, "customer", AGENT)
    newer = {"epoch": 2}
    # The customer's page reloaded: both legs get epoch 2, the agent's messages arrive before the customer's image
    sync(page, "agent", links=[line(1, "caller", "customer", **newer)], **PLAIN)
    wait(page, "() => harness.traffic.some((m) => m.epoch === 2 && m.type === 'cand')")
    sync(page, "customer", links=[line(1, "callee", "agent", **newer)], held=False)
    wait(page, "() => harness.states.filter(([n, l, s]) => n === 'customer' && s === 'up').length === 2")
    hears(page, "customer", AGENT)
    hears(page, "agent", CUSTOMER)

    sent = page.evaluate("harness.traffic.length")
    old = "harness.traffic.find((m) => m.epoch === 1 && m.payload.type === 'offer').payload"
    page.evaluate(f"harness.phones.customer.signal({{link: 1, epoch: 1, type: 'desc', payload: {old}}})")
    # A late image of epoch 1 changes nothing either
    sync(page, "customer", links=[TO_AGENT], held=False)
    watch(page, "own", "customer", CUSTOMER)
    never_heard(page, "own")
    assert page.evaluate("(n) => harness.traffic.slice(n).every((m) => m.epoch === 2)", sent)
    hears(page, "customer", AGENT)
    assert not page.evaluate("harness.states.some(([n, l, s]) => s === 'lost')")


def test_closed_line_needs_a_higher_epoch(page: Page) -> None:
    two_party_call(page)
    sync(page, "agent", links=[], **PLAIN)
    connections = page.evaluate("harness.peers.length")
    sync(page, "agent", links=[TO_CUSTOMER], **PLAIN)
    assert page.evaluate("harness.peers.length") == connections
    sync(page, "agent", links=[line(1, "caller", "customer", epoch=2)], **PLAIN)
    assert page.evaluate("harness.peers.length") == connections + 1


def test_quality_bars(page: Page) -> None:
    bars = page.evaluate(
        """[{rtt: .04, jitter: .005, loss: 0}, {rtt: .1, jitter: .01, loss: .03}, {rtt: .5, jitter: .08, loss: 0},
            {rtt: .1, jitter: .01, loss: .2}, null].map(harness.quality)"""
    )
    assert bars == [4, 3, 2, 1, 0]


# ---------------------------------------------------------------------------------------------------- the matrix

ALL_STATES = [
    dict(zip(("held", "muted", "consult", "monitor", "recording", "recordingPaused"), values, strict=True))
    for values in product(
        (False, True),
        (False, True),
        (None, "private", "conference"),
        (None, "listen", "whisper", "barge"),
        (False, True),
        (False, True),
    )
]


def may_hear(state: dict[str, Any], listener: str, source: str) -> bool:
    """The rules in other words than the code's, pair by pair."""
    customer_apart = state["held"] or state["consult"] == "private"
    present = {
        "agent": not state["muted"],
        "customer": not customer_apart,
        "consultee": state["consult"] is not None,
        "supervisor": state["monitor"] in ("whisper", "barge"),
    }
    if listener == source or not present[source]:
        return False
    match listener, source:
        case "customer", _ if customer_apart:
            return False
        case "customer", "supervisor":
            return bool(state["monitor"] == "barge")
        case "customer", "consultee":
            return bool(state["consult"] == "conference")
        case "consultee", _:
            return state["consult"] is not None and source != "supervisor"
        case "supervisor", _:
            return state["monitor"] is not None and source != "consultee"
    return True


def test_matrix_in_every_state(page: Page) -> None:
    assert len(ALL_STATES) == 192
    results = page.evaluate("(states) => states.map(harness.matrix)", ALL_STATES)
    parties = ("agent", "customer", "consultee", "supervisor")
    for state, result in zip(ALL_STATES, results, strict=True):
        for listener in parties:
            expected = {source for source in parties if may_hear(state, listener, source)}
            assert len(result[listener]) == len(set(result[listener]))
            assert set(result[listener]) == expected, (state, listener)
        recorded = state["recording"] and not state["recordingPaused"]
        apart = state["held"] or state["consult"] == "private"
        assert result["recorder"]["left"] == (["customer"] if recorded and not apart else []), state
        assert result["recorder"]["right"] == (result["customer"] if recorded else []), state


def test_matrix_opens_nothing_for_words_it_does_not_know(page: Page) -> None:
    state = {**PLAIN, "consult": "confrence", "monitor": "admin"}
    plain, odd = page.evaluate("(states) => states.map(harness.matrix)", [PLAIN, state])
    assert odd == plain


# ---------------------------------------------------------------------------------------------------- sounds


def test_hold_music_is_clear_and_calm(page: Page) -> None:
    page.evaluate(
        """() => {
            window.stopMusic = harness.holdmusic.startHoldMusic(undefined, undefined, {heardAs: "caller"});
        }"""
    )
    wait(page, "() => hearbackProbe.level('caller') > -26")
    for tone in (AGENT, CUSTOMER, CONSULTEE, SUPERVISOR):
        watch(page, f"music {tone}", "caller", tone)
    for tone in (AGENT, CUSTOMER, CONSULTEE, SUPERVISOR):
        never_heard(page, f"music {tone}")
    page.evaluate("window.stopMusic()")
    hears_no_music(page, "caller")


def test_hold_music_keeps_its_loudness_over_half_a_minute(page: Page) -> None:
    levels, peak = page.evaluate(
        """async () => {
            const {playBar, playPedal, makeRoom, melody, MUSIC_VOLUME, BAR} = harness.holdmusic;
            const context = new OfflineAudioContext(1, 36 * 48000, 48000);
            const output = new GainNode(context, {gain: MUSIC_VOLUME});
            output.connect(context.destination);
            const room = makeRoom(context, output);
            playPedal(context, output, 0);
            let seed = 7;
            const improvise = melody(() => (seed = (seed * 16807) % 2147483647) / 2147483647);
            for (let bar = 0; bar * BAR < 36; bar += 1) playBar(context, room, bar, bar * BAR, improvise);
            const samples = (await context.startRendering()).getChannelData(0);
            const db = (part) => 10 * Math.log10(part.reduce((sum, s) => sum + s * s, 0) / part.length);
            const levels = [];
            for (let second = 2; second + 3 <= 36; second += 3) {
                levels.push(db(samples.subarray(second * 48000, (second + 3) * 48000)));
            }
            return [levels, samples.reduce((top, s) => Math.max(top, Math.abs(s)), 0)];
        }"""
    )
    assert all(-25 < level < -15 for level in levels), levels
    assert peak < 0.9  # no clipping


def test_ring_rings_and_stops(page: Page) -> None:
    page.evaluate("() => { window.stopRing = harness.startRing({heardAs: 'agent'}); }")
    hears(page, "agent", 622)
    page.evaluate("window.stopRing()")
    hears_not(page, "agent", 622)


def test_keypad_tones(page: Page) -> None:
    tones = page.evaluate("['1', '5', '0', '#', '', 'A', '55'].map(harness.dtmf.digitTones)")
    assert tones == [[697, 1209], [770, 1336], [941, 1336], [941, 1477], None, None, None]
    page.evaluate(
        """() => {
            const ear = new GainNode(harness.audioContext());
            harness.registerHeard("keypad", ear);
            harness.dtmf.playDigit("5", {destination: ear, seconds: 1});
        }"""
    )
    hears(page, "keypad", 770, 1336)
    hears_not(page, "keypad", 770, 1336)


# ---------------------------------------------------------------------------------------------------- microphone

OPEN = """async (deviceId) => {
    const {openMicrophone} = await import("/static/js/voice/microphone.js");
    try {
        const opened = await openMicrophone({deviceId});
        return [opened.source, opened.track.kind, opened.track.readyState];
    } catch (error) {
        return [error.name, error.kind];
    }
}"""


def opened_on(browser: Browser, address: str, device: str = "") -> list[str]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    result: list[str] = page.evaluate(OPEN, device)
    context.close()
    return result


def test_microphone_opens_and_a_forgotten_headset_falls_back(browser: Browser, port: int) -> None:
    address = f"http://127.0.0.1:{port}/plain.html"
    assert opened_on(browser, address) == ["mic", "audio", "live"]
    assert opened_on(browser, address, "a-headset-that-is-gone") == ["mic", "audio", "live"]


def test_refused_microphone(driver: Playwright, port: int) -> None:
    browser = launch(driver.chromium, ["--use-fake-device-for-media-stream", "--deny-permission-prompts"])
    assert opened_on(browser, f"http://127.0.0.1:{port}/plain.html") == ["MicrophoneError", "denied"]
    browser.close()


def test_missing_microphone(driver: Playwright, port: int) -> None:
    none = ["--disable-audio-input", "--use-fake-ui-for-media-stream"]
    browser = launch(driver.chromium, none)
    assert opened_on(browser, f"http://127.0.0.1:{port}/plain.html") == ["MicrophoneError", "missing"]
    browser.close()


def test_insecure_page(driver: Playwright, port: int) -> None:
    mapped = ["--host-resolver-rules=MAP desk.example 127.0.0.1", *FAKE_MICROPHONE]
    browser = launch(driver.chromium, mapped)
    address = f"http://desk.example:{port}/plain.html"
    assert opened_on(browser, address) == ["MicrophoneError", "insecure"]
    browser.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("NotAllowedError", "denied"),
        ("NotFoundError", "missing"),
        ("NotReadableError", "busy"),
        ("InvalidStateError", "other"),
    ],
)
def test_browser_errors_have_kinds(browser: Browser, port: int, name: str, kind: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}/plain.html")
    page.evaluate(
        """(name) => {
            navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("by the browser", name));
        }""",
        name,
    )
    assert page.evaluate(OPEN, "") == ["MicrophoneError", kind]
    context.close()


def test_level_meter_moves_with_the_tone(page: Page) -> None:
    page.evaluate(
        """async () => {
            window.hearbackTone = 440;
            const opened = await harness.microphone.openMicrophone();
            window.levels = [];
            harness.microphone.measureLevel(opened.stream, (level) => window.levels.push(level));
        }"""
    )
    wait(page, "() => window.levels.some((level) => level > -30 && level < 0)")


def test_pages_for_people_have_no_probe_and_no_tones(browser: Browser, port: int) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("window.hearbackTone = 440")
    page.goto(f"http://127.0.0.1:{port}/plain.html")
    assert page.evaluate(OPEN, "")[0] == "mic"
    assert page.evaluate("window.hearbackProbe === undefined")
    context.close()
