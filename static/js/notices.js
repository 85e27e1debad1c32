// How this person wants to be told (their own page, /me): the tab's badge, notifications of the operating system, short sounds.
import { audioContext } from "/static/js/voice/audiocontext.js";

const USUAL = { volume: 80, tone: "bells", desktop: true, badge: true, tickets: true, attention: true, keys: true };
const kept = document.querySelector('meta[name="notices"]')?.content;

export const notices = { ...USUAL, ...(kept ? JSON.parse(kept) : {}) };

/** 0 to 1, for gain nodes: ears hear in powers, so half way on the slider is half as loud. */
export const loudness = (volume = notices.volume) => (Math.min(100, Math.max(0, volume)) / 100) ** 2;

const title = document.title;
const icon = document.querySelector('link[rel="icon"]');
const plain = icon?.href;

/** A number before the title and a dot on the icon; 0 takes both away. `words` stand before the page's own name. */
export function showBadge(count, words = "") {
  const shown = notices.badge && count > 0;
  document.title = shown ? `(${count}) ${words ? `${words}` : title}` : title;
  if (icon?.dataset.badge) icon.href = shown ? icon.dataset.badge : plain;
}

/** granted, denied, default (nobody has asked), or none where the browser has no notifications. */
export const permission = () => window.Notification?.permission ?? "none";

/** Shows a notification while the page is in the background, if the person and the browser allow it; returns what takes it away. */
export function notify(text, body, { tag = "", stays = false } = {}) {
  if (!notices.desktop || permission() !== "granted" || !document.hidden) return () => {};
  try {
    const shown = new Notification(text, { body, tag, requireInteraction: stays });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
    return () => shown.close();
  } catch {
    return () => {}; // phones allow notifications to service workers only
  }
}

/** Kind -> notes: [seconds after the start, hertz]. Each is told apart by ear. */
const SOUNDS = {
  ticket: [[0, 587.33], [0.14, 880]],
  amber: [[0, 660]],
  red: [[0, 880], [0.22, 660]],
};
const NOTE_S = 0.4;

/** Plays one of SOUNDS once. Browsers let a page sound only after somebody has touched it; before that nothing happens. */
export function chime(kind, volume = notices.volume) {
  const context = audioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
  for (const [after, hertz] of SOUNDS[kind]) {
    const start = context.currentTime + after;
    const note = new OscillatorNode(context, { frequency: hertz });
    const level = new GainNode(context, { gain: 0 });
    level.gain.setValueAtTime(0, start);
    level.gain.linearRampToValueAtTime(0.2 * loudness(volume), start + 0.02);
    level.gain.linearRampToValueAtTime(0, start + NOTE_S);
    note.connect(level).connect(context.destination);
    note.start(start);
    note.stop(start + NOTE_S);
  }
}
