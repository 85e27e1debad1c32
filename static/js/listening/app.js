// The page on which somebody in training listens to a live call: the calls there are, and the one that is heard. It has no
// microphone. What it hears, and whether, is what the server's image says.
import { computed, html, render, signal } from "/static/vendor/ui.mjs";
import { _, fmt, languageTag } from "/static/js/i18n.js";
import { openLive, RequestFailed, tick } from "/static/js/live.js";
import { toast } from "/static/js/shell.js";
import { audioContext, audioLocked, unlockAudio } from "/static/js/voice/audiocontext.js";
import { ListenerPhone } from "/static/js/voice/listener.js";

const LOOK_EVERY = 5000; // ms between looks at the list; the call that is heard comes by itself
const root = document.getElementById("listening");
const fixed = JSON.parse(document.getElementById("listening-data").textContent);
const page = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const locale = { "zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant" }[languageTag] ?? "en";
const nameOf = (names) => names[locale] || names.en || Object.values(names)[0] || "";

const live = openLive("/");
const image = signal(null);
const calls = signal([]);
const closed = signal("");
const asking = signal("");
const level = signal(0);
const lineState = signal("connecting");
const locked = signal(false);
const blocked = new Set();
/** The listening that this page saw begin: only then is its end news. */
let seen = null;

const current = computed(() => image.value?.current ?? null);
const here = computed(() => current.value?.page === page);

const phone = new ListenerPhone({
  send: (link, epoch, type, payload) => live.request("rtc.signal", { link, epoch, type, payload }, { tries: 1 }).catch(() => {}),
  onLinkState: (link, state) => {
    lineState.value = state;
    const epoch = current.peek()?.links.find((known) => known.id === link)?.epoch;
    if (epoch && ["up", "lost", "failed"].includes(state)) live.request("link.state", { link, epoch, state, stats: {} }).catch(() => {});
  },
  // The line stands, but the rows do not say so: the report was lost on its way
  onQuality: (link, stats) => {
    if (current.peek()?.silence === "line") live.request("link.state", { link, epoch: stats.epoch, state: "up", stats: {} }, { tries: 1 }).catch(() => {});
  },
  onBlocked: (retry) => {
    blocked.add(retry);
    locked.value = true;
  },
  onLevel: (decibels) => { level.value = Math.round(Math.max(0, Math.min(100, ((decibels + 60) / 55) * 100))); },
});

function take(next) {
  if (!next || (image.peek() && next.v < image.peek().v)) return;
  live.learnTime(next.now);
  image.value = next;
  follow();
}

function follow() {
  const now = current.peek();
  const mine = now && here.peek() && !live.ended.peek();
  phone.sync(mine ? now.links.map((link) => ({ ...link, state: "open" })) : [], { servers: now?.ice.servers ?? [], relayOnly: Boolean(now?.ice.relay_only) });
  if (now) seen = now.id;
  else if (seen !== null && image.peek().last?.id === seen) {
    toast(endWords(image.peek().last));
    seen = null;
    look();
  }
}

async function look() {
  try {
    const answer = await live.request("listen.sync", { page });
    calls.value = answer.calls;
    closed.value = answer.closed;
    take(answer.image);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
  }
}

async function ask(event, data, key) {
  if (asking.peek()) return;
  asking.value = key;
  try {
    const [answer] = await Promise.all([live.request(event, { page, ...data }), enableSound()]);
    take(answer.image);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    toast(error.message);
    look();
  } finally {
    asking.value = "";
  }
}

async function enableSound() {
  await unlockAudio();
  for (const retry of blocked) retry();
  blocked.clear();
  locked.value = audioLocked();
}

const endWords = ({ reason, heard_s: heard }) => ({
  stopped: _("You stopped listening. You heard %(time)s.", { time: fmt.duration(heard) }),
  not_now: _("The agent wants no listener in this call. You heard %(time)s.", { time: fmt.duration(heard) }),
  call_over: _("The call is over. You heard %(time)s.", { time: fmt.duration(heard) }),
  passed_on: _("The call went to somebody else, so the listening ended. You heard %(time)s.", { time: fmt.duration(heard) }),
  busy: _("Listening ended: you took a call yourself."),
}[reason] ?? _("Listening ended. You heard %(time)s.", { time: fmt.duration(heard) }));

const SILENCE = () => ({
  line: _("Connecting the sound…"),
  hold: _("The customer is on hold. You hear nothing until the talk goes on."),
  consult: _("The agent asks a colleague in private. You hear nothing until the talk goes on."),
  paused: _("The recording is paused, for card data or at the customer's wish. You hear nothing meanwhile."),
});

const Icon = ({ name, size = "" }) => html`<svg class=${`icon ${size}`} aria-hidden="true"><use href=${`${root.dataset.icons}#${name}`}></use></svg>`;

const secondsSince = (when) => Math.max(0, Math.floor((tick.value + live.offset.value - Date.parse(when)) / 1000));
const Since = ({ when }) => html`<span class="tabular">${fmt.duration(secondsSince(when))}</span>`;

function Heard({ now }) {
  const seconds = now.heard_s + (now.hears_since ? secondsSince(now.hears_since) : 0);
  const enough = seconds >= now.least_s;
  return html`<div class="listening-heard">
    <p class="listening-count"><b class="tabular">${fmt.duration(seconds)}</b> <span>${_("heard")}</span></p>
    <progress max=${now.least_s} value=${Math.min(seconds, now.least_s)} aria-label=${_("Until it counts on your road")}></progress>
    <p class=${enough ? "listening-enough" : "hint"}>${enough && html`<${Icon} name="circle-check" size="small" />`}${enough ? _("Counts on your road when it ends") : _("Counts on your road from %(time)s", { time: fmt.duration(now.least_s) })}</p>
  </div>`;
}

const Level = () => html`<div class="listening-level"><span id="level-label">${_("Sound")}</span><meter class="bar" min="0" max="100" value=${level.value} aria-labelledby="level-label"></meter></div>`;

function Current() {
  const now = current.value;
  const words = lineState.value === "lost" ? _("Sound lost, reconnecting") : SILENCE()[now.silence];
  return html`<section class="pane listening-now" aria-label=${_("The call you listen to")}>
    <p class="listening-banner" role="status"><${Icon} name="ear" /><b>${_("Listening. You can't be heard.")}</b></p>
    <div class="listening-body">
      <div class="listening-who"><h3 dir="auto">${now.agent}</h3><p class="soft">${nameOf(now.queue)} · ${_("in talk for")} <${Since} when=${now.since} /></p></div>
      <${Heard} now=${now} />
      ${here.value && html`<${Level} />`}
      ${here.value && words && html`<p class="listening-silence" role="status"><${Icon} name=${now.silence === "line" ? "loader-2" : "volume-off"} size="small" /><span>${words}</span></p>`}
      ${!here.value && html`<p class="listening-silence" role="status"><${Icon} name="devices" size="small" /><span>${_("You listen in another tab.")}</span></p>`}
      ${here.value && locked.value && html`<button type="button" class="button" onClick=${enableSound}><${Icon} name="volume" size="small" />${_("Click to enable sound")}</button>`}
      <div class="form-actions"><button type="button" class="button primary" aria-busy=${asking.value ? "true" : undefined} disabled=${live.locked.value} onClick=${() => ask("listen.stop", {}, "stop")}><${Icon} name="x" size="small" />${_("Stop listening")}</button></div>
    </div></section>`;
}

function Row({ call }) {
  const states = { held: _("on hold"), consulting: _("asking a colleague") };
  return html`<li class="listening-call">
    <span class="grow min"><b dir="auto">${call.agent}</b><small class="soft">${nameOf(call.queue)} · <${Since} when=${call.since} />${states[call.state] && ` · ${states[call.state]}`}</small></span>
    ${call.taken || current.value?.call === call.id ? html`<span class="hint"><${Icon} name="headphones" size="small" /> ${current.value?.call === call.id ? _("You listen to this call") : _("Somebody listens already")}</span>`
      : html`<button type="button" class="button" aria-label=${_("Listen to %(name)s", { name: call.agent })} aria-busy=${asking.value === call.id ? "true" : undefined} disabled=${live.locked.value || Boolean(current.value)}
        onClick=${() => ask("listen.start", { call: call.id }, call.id)}><${Icon} name="headphones" size="small" />${_("Listen")}</button>`}
  </li>`;
}

const WHY = () => ({
  no_practice: ["lock", _("Listening opens with practice"), _("Once your class is over and you are in practice for a queue, its live calls stand here.")],
  busy: ["headset", _("You take calls yourself just now"), _("Choose Training or a break at your desk; then the calls stand here.")],
  "": ["headphones", _("Nobody talks just now"), fixed.demo
    ? _("Only calls between real pages have sound: the demo's played colleagues are not listed. Sign in as an agent in another window and call in as a customer.")
    : _("As soon as an agent who takes listeners talks in a queue you are in practice for, the call stands here.")],
});

function Calls() {
  const [icon, title, text] = WHY()[closed.value] ?? WHY()[""];
  return html`<section class="pane"><div class="pane-head"><h3><${Icon} name="phone" size="small" /> ${_("In talk now")}</h3><span class="count end">${calls.value.length}</span></div>
    ${calls.value.length ? html`<ul class="listening-calls">${calls.value.map((call) => html`<${Row} key=${call.id} call=${call} />`)}</ul>`
      : html`<div class="empty"><${Icon} name=${icon} size="huge" /><b>${title}</b><p class="soft">${text}</p></div>`}
  </section>`;
}

const Page = () => html`${current.value && html`<${Current} key=${current.value.id} />`}${image.value && html`<${Calls} />`}`;

render(html`<${Page} />`, root);
live.on("listen.image", take);
live.on("rtc.signal", (message) => { if (here.peek()) phone.signal(message); });
live.greet(look);
live.ended.subscribe(() => { if (image.peek()) follow(); });
setInterval(() => { if (!document.hidden || current.peek()) look(); }, LOOK_EVERY);
audioContext().addEventListener("statechange", () => { locked.value = audioLocked() && Boolean(current.peek()); });
window.addEventListener("pagehide", () => phone.close());
