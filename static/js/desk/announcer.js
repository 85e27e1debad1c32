// What a screen reader is told: ringing and changes of state, never running times. Two regions take turns, so that the same words
// said twice are read twice.
import { effect } from "/static/vendor/ui.mjs";
import { call, display } from "/static/js/desk/store.js";
import { stateOf } from "/static/js/desk/words.js";

const regions = [...document.querySelectorAll("[data-announcer]")];
let turn = 0;

export function announce(words) {
  regions[turn].textContent = "";
  turn = (turn + 1) % regions.length;
  regions[turn].textContent = words;
}

let before = null;
effect(() => {
  const now = display.value;
  if (before !== null && now !== before && now !== "ringing") announce(stateOf(now).word + (now === "talking" && call.peek()?.claimed_name ? `: ${call.peek().claimed_name}` : ""));
  before = now;
});
