"""Music, ring and keypad tones that the product makes itself."""

from __future__ import annotations

from playwright.sync_api import Page, Playwright

from tests.browser.voice.tones import (
    AGENT,
    CONSULTEE,
    CUSTOMER,
    SUPERVISOR,
    hears,
    hears_no_music,
    hears_not,
    launch,
    never_heard,
    wait,
    watch,
)


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


def test_refused_autoplay_asks_for_a_click(playwright: Playwright, port: int) -> None:
    browser = launch(playwright.chromium, ["--autoplay-policy=document-user-activation-required"])
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/autoplay.html")
    page.click("#allow")  # appears only when the sound was refused
    page.wait_for_selector("body[data-playing=yes]", state="attached")
    browser.close()
