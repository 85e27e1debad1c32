// Several parties of a call in one page, with an in-memory "server" that passes messages between the two legs of a link.
// Every party sends its own tone, so tests can measure who hears whom.

import { audioContext, unlockAudio } from "/static/js/voice/audiocontext.js";
import { CustomerPhone } from "/static/js/voice/customerphone.js";
import * as dtmf from "/static/js/voice/dtmf.js";
import * as holdmusic from "/static/js/voice/holdmusic.js";
import { Link } from "/static/js/voice/link.js";
import { quality } from "/static/js/voice/linkstats.js";
import { matrix } from "/static/js/voice/matrix.js";
import * as microphone from "/static/js/voice/microphone.js";
import { Mixer } from "/static/js/voice/mixer.js";
import { playRemote } from "/static/js/voice/player.js";
import { startRing } from "/static/js/voice/ring.js";
import { Softphone } from "/static/js/voice/softphone.js";
import { registerHeard } from "/static/js/voice/spectrum.js";

const peers = []; // every connection of the page, to disturb it from outside
const Native = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Native {
  constructor(...args) {
    super(...args);
    peers.push(this);
  }
};

const violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));

const phones = {}; // name -> phone
const wires = new Map(); // link id -> [name, name]
const states = []; // [name, link, state] in order
const traffic = []; // {from, link, epoch, type}
let dropped = new Set(); // link ids whose messages get lost

function post(from, link, epoch, type, payload) {
  traffic.push({ from, link, epoch, type, payload });
  if (dropped.has(link)) return;
  const to = wires.get(link).find((name) => name !== from);
  setTimeout(() => phones[to].signal({ link, epoch, type, payload: structuredClone(payload) }), 0);
}

/** Adds a party with a telephone and a tone. */
async function add(name, tone, { customer = false, timing = {} } = {}) {
  const Phone = customer ? CustomerPhone : Softphone;
  phones[name] = new Phone({
    send: (link, epoch, type, payload) => post(name, link, epoch, type, payload),
    onLinkState: (link, state) => states.push([name, link, state]),
    onBlocked: () => states.push([name, "sound", "blocked"]),
    heardAs: name,
    timing,
  });
  window.hearbackTone = tone;
  await phones[name].prepare();
}

function connect(link, one, other) {
  wires.set(link, [one, other]);
}

// ------------------------------------------------------- two bare links, without phones
const bare = {};
async function pair({ timing = {}, tones = [440, 880], silentCallee = false, unheard = "", slowDescriptions = 0 } = {}) {
  const build = async (name, role, tone) => {
    window.hearbackTone = tone;
    const mic = await microphone.openMicrophone();
    const side = { states: [], sent: [], mic, mute: name === unheard };
    side.link = new Link({
      id: 1,
      epoch: 1,
      role,
      timing,
      send: (type, payload) => {
        side.sent.push({ type, payload });
        const to = bare[name === "a" ? "b" : "a"];
        const after = type === "desc" ? slowDescriptions : 0;
        if (!side.mute) setTimeout(() => to?.link.receive(type, structuredClone(payload)), after);
      },
      onState: (state, info) => side.states.push([state, info.reason]),
      onRemote: (stream) => (side.player = playRemote(stream, { heardAs: name })),
    });
    return side;
  };
  bare.b = await build("b", "callee", tones[1]);
  bare.a = await build("a", "caller", tones[0]);
  bare.a.link.setOutgoing(bare.a.mic.track);
  if (!silentCallee) bare.b.link.setOutgoing(bare.b.mic.track);
  [bare.b.pc, bare.a.pc] = peers.slice(-2);
}

// ------------------------------------------------------- watching a stretch of time, for what must never be heard
function watch(name, hz) {
  const seen = { worst: -Infinity, looks: 0 };
  setInterval(() => {
    seen.worst = Math.max(seen.worst, window.hearbackProbe.db(name, hz));
    seen.looks += 1;
  }, 25);
  return seen;
}

const watches = {};

window.harness = {
  add, connect, pair, bare, phones, states, traffic, peers, violations, watches,
  watch: (key, name, hz) => { watches[key] = watch(name, hz); },
  drop: (...links) => { dropped = new Set(links); },
  reached: (name, link, state) => states.some(([n, l, s]) => n === name && l === link && s === state),
  audioContext, matrix, microphone, Mixer, dtmf, holdmusic, startRing, registerHeard, quality,
};

document.getElementById("start").addEventListener("click", async () => {
  if (await unlockAudio()) document.body.dataset.ready = "yes";
});
document.documentElement.dataset.loaded = "yes";
