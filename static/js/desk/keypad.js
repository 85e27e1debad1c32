// The keypad under the call bar: digits go to the server, the tone sounds in one's own ear.
import { html, signal, useLayoutEffect, useRef } from "/static/vendor/ui.mjs";
import { _ } from "/static/js/i18n.js";
import { canAct, command } from "/static/js/desk/store.js";
import { pressKey } from "/static/js/desk/phone.js";
import { Icon } from "/static/js/desk/pieces.js";

const KEYS = [["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"], ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", "+"], ["#", ""]];

export const keypadOpen = signal(false);
export const toggleKeypad = () => { keypadOpen.value = !keypadOpen.peek(); };

let waiting = "";
let sending = false;

/** One command at a time keeps the order; keys pressed meanwhile go together with the next. A lost answer is not asked for again: doubled digits would be worse. */
export async function press(digit) {
  if (!canAct.peek()) return;
  pressKey(digit);
  waiting += digit;
  if (sending) return;
  sending = true;
  while (waiting) {
    const digits = waiting;
    waiting = "";
    await command("digits", { digits }, { tries: 1 });
  }
  sending = false;
}

export function Keypad({ current }) {
  const box = useRef(null);
  useLayoutEffect(() => {
    box.current.querySelector("button").focus();
  }, []);
  return html`<div class="keypad" ref=${box} role="group" aria-label=${_("Keypad")}>
    <output class="keypad-digits tabular" aria-label=${_("Digits sent")}>${current.digits || html`<span class="soft">${_("Press or type digits")}</span>`}</output>
    <div class="keypad-keys">${KEYS.map(([digit, letters]) => html`
      <button type="button" key=${digit} class="keypad-key" disabled=${!canAct.value} onClick=${() => press(digit)}><b>${digit}</b><small aria-hidden="true">${letters}</small></button>`)}</div>
    <button type="button" class="icon-button small keypad-close" aria-label=${_("Close the keypad")} onClick=${toggleKeypad}><${Icon} name="x" /></button>
  </div>`;
}
