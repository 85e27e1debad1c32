// The telephone line of this page, where calls come by a carrier: registered while this page is the agent's telephone and
// its microphone was checked. A desk whose calls run between browsers alone has none, and never loads the carrier's kit.
import { computed, effect, signal } from "/static/vendor/ui.mjs";
import { Telephone } from "/static/js/voice/telephone.js";
import { askJson, fixed } from "/static/js/desk/store.js";

/** "off", "connecting", "ready" or "lost": whether the carrier can ring this page. */
export const lineState = signal("off");
/** "none", "joining", "open" or "lost": the sound of the telephone call in hand. */
export const lineCall = signal("none");
/** Measurements of that sound. */
export const lineQuality = signal(null);
/** Kind of what kept the microphone from the call; empty when nothing did. */
export const lineMicrophone = signal("");

let kit = null;

/** A classic script that puts itself on window; loaded once, by the first registration. */
function loadKit() {
  kit ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = fixed.telephone.kit;
    script.onload = () => resolve(window.Twilio);
    script.onerror = () => {
      kit = null;
      script.remove();
      reject(new Error("The telephone's program did not load"));
    };
    document.head.append(script);
  });
  return kit;
}

export const line = fixed.telephone && fixed.me.takes_calls
  ? new Telephone({
    loadKit,
    fetchToken: () => askJson(fixed.telephone.token, { method: "POST", body: {} }),
    onState: (state) => { lineState.value = state; },
    onCall: (state) => {
      lineCall.value = state;
      if (state === "none") lineQuality.value = null;
    },
    onQuality: (stats) => { lineQuality.value = stats; },
    onMicrophone: (kind) => { lineMicrophone.value = kind; },
  })
  : null;

/** Whether calls can reach this page as far as the line goes. */
export const lineReady = computed(() => !line || lineState.value === "ready");

/** Follows `wanted()`: whether this page is to be rung. */
export function keepLine(wanted) {
  if (!line) return;
  effect(() => {
    if (wanted()) line.register();
    else line.unregister();
  });
}
