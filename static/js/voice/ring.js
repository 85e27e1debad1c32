// The ring for an offered call: two soft bell notes, every three seconds. It is computed once and looped by the audio
// engine, because a hidden tab's timers may fire only once a minute and a desk in the background must still ring.

import { audioContext } from "./audiocontext.js";
import { setSink } from "./microphone.js";
import { registerHeard } from "./spectrum.js";

const PERIOD = 3; // seconds
const NOTES = [
  { at: 0, hz: 622.25 },
  { at: 0.22, hz: 932.33 },
  { at: 0.7, hz: 622.25 },
  { at: 0.92, hz: 932.33 },
];

function ringBuffer(context) {
  const rate = context.sampleRate;
  const buffer = new AudioBuffer({ length: PERIOD * rate, sampleRate: rate });
  const samples = buffer.getChannelData(0);
  for (const { at, hz } of NOTES) {
    const from = Math.round(at * rate);
    for (let index = 0; index < rate * 1.6; index += 1) {
      const t = index / rate;
      const swell = Math.min(1, t / 0.012) * Math.exp(-t * 4.5);
      const wave = Math.sin(2 * Math.PI * hz * t) + 0.25 * Math.sin(4 * Math.PI * hz * t) * Math.exp(-t * 6);
      if (from + index < samples.length) samples[from + index] += 0.16 * swell * wave;
    }
  }
  return buffer;
}

/**
 * Rings until the returned function is called. `sinkIds`: outputs to ring on (headset and speaker), "" is the default one.
 */
export function startRing({ sinkIds = [""], volume = 1, heardAs = "out" } = {}) {
  const context = audioContext();
  const source = new AudioBufferSourceNode(context, { buffer: ringBuffer(context), loop: true });
  const level = new GainNode(context, { gain: volume });
  source.connect(level);
  const forget = registerHeard(heardAs, level);
  const elements = sinkIds.filter(Boolean).map((id) => ringOn(level, id));
  if (elements.length < sinkIds.length) level.connect(context.destination);
  source.start();
  return () => {
    source.stop();
    forget();
    level.disconnect();
    for (const element of elements) element.srcObject = null;
  };
}

function ringOn(level, sinkId) {
  const end = level.context.createMediaStreamDestination();
  level.connect(end);
  const element = new Audio();
  element.srcObject = end.stream;
  setSink(element, sinkId);
  element.play().catch(() => {}); // locked sound: the ringing card and the page's title still show the offer
  return element;
}
