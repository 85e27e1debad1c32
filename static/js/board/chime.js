// Two soft notes for something red, one for something amber; silent by this screen's own button or by the person's choice.
import { signal } from "/static/vendor/ui.mjs";
import { chime as play, notices } from "/static/js/notices.js";
import { unlockAudio } from "/static/js/voice/audiocontext.js";

const KEY = "hearback.board.mute";

export const muted = signal(localStorage.getItem(KEY) === "1");

export function toggleMute() {
  muted.value = !muted.value;
  localStorage.setItem(KEY, muted.value ? "1" : "0");
  if (!muted.value) chime(1);
}

for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, unlockAudio, { once: true });

/** Sounds once; `tone` 1 is amber, 2 red. */
export function chime(tone) {
  if (!muted.peek() && notices.attention && tone) play(tone > 1 ? "red" : "amber");
}
