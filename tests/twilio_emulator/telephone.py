"""The demo's telephone: a page of the emulator, at /telephone, to ring the desk, press keys, answer, and write SMS."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, request

from tests.twilio_emulator.asking import World
from tests.twilio_emulator.browsers import Browsers
from tests.twilio_emulator.delivery import is_loopback
from tests.twilio_emulator.engine import Answers, Asks
from tests.twilio_emulator.engine.phones import Manner
from tests.twilio_emulator.state import Leg

#: Whose telephone it is at first: a customer of the demo organisation.
OWNER = "+447700900318"
#: Lines of what was heard, and messages, that are shown.
SHOWN = 8

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 26rem; padding: 1rem } h1 { font-size: 1.25rem; margin: 0 }
h2 { font-size: 1rem; margin: .5rem 0 .25rem } p { margin: .25rem 0 1rem } form { display: inline }
section, fieldset { border: 1px solid #8886; border-radius: 12px; margin: 0 0 1rem; padding: .75rem }
input, button, textarea { font: inherit; padding: .5rem .75rem; border-radius: 8px; border: 1px solid #8888 }
textarea { box-sizing: border-box; width: 100% } button { cursor: pointer; min-width: 3rem } input { width: 10rem }
.keys { display: grid; grid-template-columns: repeat(3, 1fr); gap: .5rem } .keys button { width: 100% }
.go { background: #1a7f4b; color: #fff } .end { background: #b3261e; color: #fff } iframe { display: none }
ul { margin: 0; padding-left: 1.25rem } li { margin: .25rem 0; overflow-wrap: anywhere } #now { min-height: 12rem }
"""
SCRIPT = """
const now = document.getElementById("now");
setInterval(async () => { now.innerHTML = await (await fetch(now.dataset.from)).text(); }, 1000);
"""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A customer's telephone (simulated)</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/telephone/style.css">
<h1>A customer's telephone</h1><p>Simulated: nothing here leaves this machine, and there is no sound.</p>
<p><form method="get" action="/telephone"><label>Number <input name="number" value="{number}" inputmode="tel"></label>
<button>Take it</button></form></p>
<section id="now" data-from="/telephone/now?number={quoted}">{now}</section>
<fieldset><legend>Call {line}</legend>{call} {answer} {end}<h2>Keys</h2><div class="keys">{keys}</div></fieldset>
<fieldset><legend>Text {line}</legend><form method="post" action="/telephone/text" target="done">
<input type="hidden" name="number" value="{number}"><label>Message <textarea name="body" rows="2"></textarea></label>
<button>Send</button></form></fieldset>
<iframe name="done" title="Answers of the telephone, not shown"></iframe>
<script src="/telephone/page.js"></script></html>"""
NOW = "<h2>Call: {state}</h2><ul>{heard}</ul><h2>Messages</h2><ul>{texts}</ul>"


class Phonebook(dict[str, Manner]):
    """Who answers: pages, of telephones and of browsers, decide themselves; all other telephones take every call.

    A browser without a page is not there, unless the living demo plays it.
    """

    def __init__(self, browsers: Browsers) -> None:
        super().__init__()
        self.browsers = browsers
        self.held: set[str] = {OWNER}
        #: Addresses of browsers whose desks the demo plays.
        self.played: set[str] = set()

    def get(self, address: str, default: object = None) -> Manner:
        found = super().get(address)
        if found is not None:
            return found
        if address in self.held:
            return Asks(lambda leg: None)
        if address.startswith("client:"):
            return Answers(0.5) if address in self.played else self.browsers.manner(address)
        return Answers(4.0)


def add_telephone(front: Flask, world: World, line: str, browsers: Browsers) -> Phonebook:
    """Put the page on the front. It is for one person at this machine: other pages in their browser cannot use it."""
    book = Phonebook(browsers)
    world.engine.phones = book
    pages = Blueprint("telephone", "telephone", url_prefix="/telephone")

    def number() -> str:
        digits = request.values.get("number", "").replace(" ", "+").strip("+")[:20]
        return f"+{digits}" if digits else OWNER

    def legs() -> list[Leg]:
        return [leg for leg in world.account.legs.values() if number() in (leg.from_, leg.to)]

    def live() -> Leg | None:
        return next((leg for leg in reversed(legs()) if not leg.over), None)

    @pages.before_request
    def only_here() -> None:
        origin = request.headers.get("Origin", "")
        if not is_loopback(f"http://{request.host}") or (origin and urlsplit(origin).netloc != request.host):
            abort(403)

    @pages.get("/style.css")
    def style() -> Response:
        return Response(STYLE, mimetype="text/css")

    @pages.get("/page.js")
    def script() -> Response:
        return Response(SCRIPT, mimetype="text/javascript")

    @pages.get("")
    def page() -> str:
        book.held.add(number())
        keys = "".join(_button("press", number(), digit, "", digits=digit) for digit in "123456789*0#")
        return PAGE.format(
            number=escape(number()), quoted=escape(number().replace("+", "%2B")), line=escape(line),
            now=now(), keys=keys,
            call=_button("call", number(), "Call", "go"), answer=_button("answer", number(), "Answer", "go"),
            end=_button("end", number(), "Hang up", "end"),
        )  # fmt: skip

    @pages.get("/now")
    def now() -> str:
        with world.clock.lock:
            mine = legs()
            heard = [f"<li>{escape(what)}" for what in world.engine.heard(mine[-1])[-SHOWN:]] if mine else []
            state: str = mine[-1].status if mine else "none"
            leg = live()
            if leg is not None and leg.to == number() and leg.status == "ringing":
                state = f"{leg.from_} is ringing"
            elif leg is not None and world.engine.hears(leg):
                state = "talking with " + ", ".join(sorted(o.to for o in world.engine.hears(leg)))
            texts = [
                f"<li>{'You' if m.direction == 'inbound' else 'Desk'} ({m.status}): {escape(m.body)}"
                for m in world.account.messages.values() if number() in (m.from_, m.to)
            ]  # fmt: skip
        return NOW.format(state=escape(state), heard="".join(heard), texts="".join(texts[-SHOWN:]))

    @pages.post("/<what>")
    def do(what: str) -> Response:
        with world.clock.lock:
            leg = live()
            if what == "call" and leg is None:
                world.engine.dial_in(number(), line)
            elif what == "text" and request.form.get("body", "").strip():
                world.messages.receive(number(), line, request.form["body"][:1600])
            elif what == "answer" and leg is not None and leg.to == number():
                world.engine.answer(leg)
            elif what == "press" and leg is not None:
                world.engine.press(leg, request.form.get("digits", "")[:1])
            elif what == "end" and leg is not None:
                if leg.to == number() and leg.status == "ringing":
                    world.engine.decline(leg)
                else:
                    world.engine.hang_up(leg)
        return Response(status=204)

    front.register_blueprint(pages)
    return book


def _button(what: str, number: str, words: str, kind: str, **fields: str) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in {"number": number, **fields}.items()
    )
    return (
        f'<form method="post" action="/telephone/{what}" target="done">{hidden}'
        f'<button class="{kind}">{escape(words)}</button></form>'
    )
