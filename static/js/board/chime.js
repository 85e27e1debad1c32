// Two soft notes for something red, one for something amber. Browsers let a page sound only after somebody has touched it.
import { signal } from "/static/vendor/ui.mjs";

const KEY = "hearback.board.mute";
const NOTES = { 1: [660], 2: [880, 660] };
const NOTE_S = 0.22;

export const muted = signal(localStorage.getItem(KEY) === "1");

export function toggleMute() {
  muted.value = !muted.value;
  localStorage.setItem(KEY, muted.value ? "1" : "0");
  if (!muted.value) chime(1);
}

let audio = null;
function awake() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume().catch(() => {});
}
for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, awake, { once: true });

/** Sounds once; `tone` 1 is amber, 2 red. */
export function chime(tone) {
  if (muted.peek() || !NOTES[tone]) return;
  awake();
  NOTES[tone].forEach((pitch, place) => {
    const note = audio.createOscillator();
    const loudness = audio.createGain();
    const start = audio.currentTime + place * NOTE_S;
    note.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(0.12, start + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + NOTE_S * 1.8);
    note.connect(loudness).connect(audio.destination);
    note.start(start);
    note.stop(start + NOTE_S * 2);
  });
}
