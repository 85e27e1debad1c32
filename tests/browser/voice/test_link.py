"""One line between two legs: up, lost, repaired, failed."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.voice.tones import hears, wait


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
    batches = page.evaluate(
        """harness.bare.a.sent.filter((message) => message.type === "cand")
            .map((message) => message.payload.candidates.length)"""
    )
    assert sum(batches) >= len(batches) >= 1
    assert max(batches) <= 20
    assert page.evaluate("harness.bare.b.sent.every((m) => m.type !== 'desc' || m.payload.type === 'answer')")


def test_lost_line_restarts_ice_and_comes_up_again(page: Page) -> None:
    page.evaluate("harness.pair({timing: {restarts: [300, 900, 1500]}})")
    is_in(page, "a", "up")
    is_in(page, "b", "up")
    page.evaluate("harness.bare.b.pc.getSenders()[0].replaceTrack(null)")  # packets stop, the page stays
    is_in(page, "a", "lost")
    wait(
        page,
        """() => new Set(harness.bare.a.sent.filter((message) => message.type === "desc")
            .map((message) => message.payload.sdp.match(/ice-ufrag:(\\S+)/)[1])).size >= 2""",
    )
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


def test_candidates_may_overtake_their_description(page: Page) -> None:
    page.evaluate("harness.pair({slowDescriptions: 300})")
    is_in(page, "a", "up")
    is_in(page, "b", "up")
    page.evaluate("harness.bare.a.link.restartIce()")
    wait(page, "() => harness.bare.a.sent.filter((message) => message.type === 'desc').length === 2")
    wait(page, "() => harness.bare.b.sent.filter((message) => message.type === 'desc').length === 2")
    packets = page.evaluate("harness.bare.b.link.stats().packets")
    wait(page, "(n) => harness.bare.b.link.stats().packets > n + 50", packets)
    hears(page, "b", 440)
    assert states(page, "b") == ["connecting", "up"]


def test_line_that_never_comes_up_says_so_and_may_still_come(page: Page) -> None:
    page.evaluate("harness.pair({timing: {giveUp: 600, resend: 400}, unheard: 'a'})")
    is_in(page, "a", "failed")
    assert ["failed", "never up"] in page.evaluate("harness.bare.a.states")
    # The lost offer is sent again by itself once messages pass
    page.evaluate("harness.bare.a.mute = false")
    is_in(page, "a", "up")


def test_line_whose_candidates_got_lost_repairs_itself(page: Page) -> None:
    page.evaluate(
        """harness.pair({timing: {giveUp: 1500, restarts: [100, 2000], resend: 400}, unheard: "b"}).then(() => {
            harness.bare.b.link.restartIce();  // a callee never offers
        })"""
    )
    is_in(page, "a", "failed")
    page.evaluate("harness.bare.b.mute = false")
    is_in(page, "a", "up")
    is_in(page, "b", "up")
    hears(page, "a", 880)
    assert all(m != "offer" for m in page.evaluate("harness.bare.b.sent.map((m) => m.payload.type)"))


def test_peer_that_stays_away_is_reported_failed(page: Page) -> None:
    page.evaluate("harness.pair({timing: {lostAfter: 500, restarts: [200, 400], giveUp: 600}})")
    is_in(page, "a", "up")
    page.evaluate("harness.bare.b.pc.close()")
    is_in(page, "a", "failed")
    assert ["failed", "lost"] in page.evaluate("harness.bare.a.states")


def test_quality_bars(page: Page) -> None:
    bars = page.evaluate(
        """[
            {rtt: .04, jitter: .005, loss: 0},
            {rtt: .1, jitter: .01, loss: .03},
            {rtt: .5, jitter: .08, loss: 0},
            {rtt: .1, jitter: .01, loss: .2},
            null,
        ].map(harness.quality)"""
    )
    assert bars == [4, 3, 2, 1, 0]
