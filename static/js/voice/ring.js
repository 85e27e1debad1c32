// The ring for an offered call: a few notes, every three seconds. It is computed once and looped by the audio
// engine, because a hidden tab's timers may fire only once a minute and a desk in the background must still ring.

import { audioContext } from "./audiocontext.js";
import { setSink } from "./microphone.js";
import { registerHeard } from "./spectrum.js";

const PERIOD = 3; // seconds
/** Tone -> its notes: when, how high, how fast they die away, how loud (1 is the loudest that does not distort). */
const TONES = {
  bells: [[0, 622.25], [0.22, 932.33], [0.7, 622.25], [0.92, 932.33]].map(([at, hz]) => ({ at, hz, decay: 4.5, peak: 0.16 })),
  soft: [[0, 440], [0.45, 554.37]].map(([at, hz]) => ({ at, hz, decay: 2.2, peak: 0.16 })),
  pulse: [0, 0.16, 0.32, 0.48].map((at) => ({ at, hz: 1174.66, decay: 18, peak: 0.3 })),
  // Two strokes of a telephone's bell: many short knocks, turn by turn on two shells
  classic: Array.from({ length: 36 }, (_unused, knock) => ({ at: (knock % 18) * 0.045 + (knock < 18 ? 0 : 1.1), hz: knock % 2 ? 1318.51 : 1108.73, decay: 26, peak: 0.14 })),
};

function ringBuffer(context, tone) {
  const rate = context.sampleRate;
  const buffer = new AudioBuffer({ length: PERIOD * rate, sampleRate: rate });
  const samples = buffer.getChannelData(0);
  for (const { at, hz, decay, peak } of TONES[tone] ?? TONES.bells) {
    const from = Math.round(at * rate);
    for (let index = 0; index < rate * 1.6; index += 1) {
      const t = index / rate;
      const swell = Math.min(1, t / 0.012) * Math.exp(-t * decay);
      const wave = Math.sin(2 * Math.PI * hz * t) + 0.25 * Math.sin(4 * Math.PI * hz * t) * Math.exp(-t * 6);
      if (from + index < samples.length) samples[from + index] += peak * swell * wave;
    }
  }
  return buffer;
}

/**
 * Rings until the returned function is called. `tone` is one of TONES; `sinkIds`: outputs to ring on (headset and speaker), "" is the default one.
 */
export function startRing({ sinkIds = [""], volume = 1, tone = "bells", heardAs = "out" } = {}) {
  const context = audioContext();
  const source = new AudioBufferSourceNode(context, { buffer: ringBuffer(context, tone), loop: true });
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
