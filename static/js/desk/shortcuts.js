// Keys. Single letters only while a call is live and no field has the focus; never while an input method composes (Chinese).
import { isTyping, singleKeys } from "/static/js/shell.js";
import { call, canAct, isOwner, offer } from "/static/js/desk/store.js";
import { endCall, mayMove, toggleHold } from "/static/js/desk/callbar.js";
import { keypadOpen, press, toggleKeypad } from "/static/js/desk/keypad.js";
import { accept, decline } from "/static/js/desk/offer.js";
import { toggleMute } from "/static/js/desk/phone.js";
import { openTransfer } from "/static/js/desk/transfer.js";

const LETTERS = {
  m: toggleMute,
  h: () => mayMove() && toggleHold(),
  k: () => isOwner.peek() && toggleKeypad(),
  t: () => mayMove() && openTransfer(),
};

/** Enter on a button or link belongs to that button; elsewhere it accepts. */
const onControl = (event) => event.target instanceof Element && event.target.closest("button, a, summary, label") !== null;

function ringing(event) {
  if (event.key === "Enter" && !onControl(event)) accept();
  else if (event.key === "Escape" && !keypadOpen.peek()) decline("reject");
  else return false;
  return true;
}

function inCall(event) {
  if (keypadOpen.peek() && /^[0-9*#]$/.test(event.key)) {
    press(event.key);
    return true;
  }
  if (keypadOpen.peek() && event.key === "Escape") {
    toggleKeypad();
    return true;
  }
  if (!singleKeys) return false;
  if (event.shiftKey) {
    if (event.key.toLowerCase() !== "e") return false;
    endCall();
    return true;
  }
  const run = LETTERS[event.key.toLowerCase()];
  run?.();
  return Boolean(run);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
  if (document.querySelector("dialog:modal, details.menu[open], .presence-menu") || !canAct.peek()) return;
  if ((offer.peek() && ringing(event)) || (call.peek() && inCall(event))) event.preventDefault();
});
