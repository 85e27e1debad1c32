// One's own page: try the sounds before saving, choose the loudspeaker of this device, allow notifications by a click.
import { _ } from "/static/js/i18n.js";
import { chime, loudness, permission } from "/static/js/notices.js";
import { unlockAudio } from "/static/js/voice/audiocontext.js";
import { listOutputs } from "/static/js/voice/microphone.js";
import { startRing } from "/static/js/voice/ring.js";

const form = document.querySelector("[data-notices]");
const volume = () => Number(form.elements.volume.value);
const device = form.querySelector("[data-ring-device]");
const RING_S = 3;

let stop = null;
function endRing() {
  stop?.();
  stop = null;
}

async function tryRing() {
  endRing();
  await unlockAudio();
  const chosen = device?.value ?? "";
  stop = startRing({ sinkIds: [chosen], volume: loudness(volume()), tone: form.elements.tone.value });
  setTimeout(endRing, RING_S * 1000);
}

form.addEventListener("click", async (event) => {
  const sound = event.target.closest("[data-try]")?.dataset.try;
  if (!sound) return;
  if (sound === "ring") await tryRing();
  else {
    await unlockAudio();
    chime(sound, volume());
  }
});
form.elements.volume.addEventListener("input", () => { form.querySelector("[data-volume]").textContent = `${volume()} %`; });
form.elements.tone.addEventListener("change", tryRing);
window.addEventListener("pagehide", endRing);

// ---- Loudspeaker: known to this browser only, so it is kept in this browser ----
async function showDevices() {
  const field = device.closest(".field");
  const outputs = "setSinkId" in HTMLMediaElement.prototype ? await listOutputs().catch(() => []) : [];
  const named = outputs.filter((output) => output.id && output.label && output.id !== "default");
  const kept = localStorage.getItem("hearback.ring") ?? "";
  for (const { id, label } of named) device.append(new Option(label, id, false, id === kept));
  field.querySelector(".hint").textContent = named.length
    ? _("Kept in this browser: every device has other loudspeakers.")
    : _("This browser names its loudspeakers only after a microphone check on the desk; until then the ring goes where the computer plays sound.");
  device.disabled = !named.length;
}
device.addEventListener("change", () => {
  localStorage.setItem("hearback.ring", device.value);
  tryRing();
});
showDevices();

// ---- Notifications: asked for by a click only, and honest about what the browser said ----
const state = form.querySelector("[data-permission]");
const ask = form.querySelector("[data-ask]");
const sample = form.querySelector("[data-sample]");

function showPermission() {
  const now = permission();
  state.textContent = {
    granted: _("This browser may show notifications."),
    denied: _("This browser was told not to show notifications. To change that: click the sign left of the address, allow notifications, and load this page again. Without them calls still ring, and the tab shows a number."),
    default: _("This browser has not been asked yet."),
    none: _("This browser has no notifications. Calls still ring, and the tab shows a number."),
  }[now];
  ask.hidden = now !== "default";
  sample.hidden = now !== "granted";
}
ask.addEventListener("click", async () => {
  await Notification.requestPermission();
  showPermission();
});
sample.addEventListener("click", () => {
  new Notification(_("Incoming call"), { body: _("This is how a call shows while the desk is in the background."), tag: "hearback-sample" });
});
showPermission();
