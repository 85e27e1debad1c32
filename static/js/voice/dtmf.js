// The keypad's tone in the agent's own ear. The digit itself goes over the socket: WebRTC can send tones but no browser
// can receive them.

import { audioContext } from "./audiocontext.js";

const ROWS = [697, 770, 852, 941]; // Hz, ITU-T Q.23
const COLUMNS = [1209, 1336, 1477];
const KEYS = "123456789*0#";

/** The two frequencies in Hz of a key, or null for anything else. */
export function digitTones(digit) {
  const at = digit.length === 1 ? KEYS.indexOf(digit) : -1;
  return at < 0 ? null : [ROWS[Math.floor(at / 3)], COLUMNS[at % 3]];
}

/** Plays a key's dual tone for `seconds` and tells whether there is such a key. */
export function playDigit(digit, { destination = audioContext().destination, seconds = 0.16 } = {}) {
  const tones = digitTones(digit);
  if (!tones) return false;
  const context = destination.context;
  const now = context.currentTime;
  const level = new GainNode(context, { gain: 0 });
  level.gain.setTargetAtTime(0.08, now, 0.003);
  level.gain.setTargetAtTime(0, now + seconds, 0.005); // a bare stop would click
  level.connect(destination);
  for (const frequency of tones) {
    const oscillator = new OscillatorNode(context, { frequency });
    oscillator.connect(level);
    oscillator.start(now);
    oscillator.stop(now + seconds + 0.05);
  }
  return true;
}
