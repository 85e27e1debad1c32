// The music that waiting callers hear, composed for this product and synthesised in the page: no file, no licence, no
// bandwidth. Slow pads walk four chords in E flat over a steady pedal note; a plucked voice improvises softly on the
// pentatonic scale, never quite the same twice, because a short loop is what makes people hate waiting.
//
// E flat for a second reason: no note and no strong overtone lies near the tones by which tests tell parties apart
// (440, 880, 1320, 1760 Hz), so "hears only music" can be measured.

import { audioContext } from "./audiocontext.js";
import { registerHeard } from "./spectrum.js";

const BEAT = 60 / 66; // seconds
export const BAR = 4 * BEAT;
const AHEAD = 2.5 * BAR; // scheduled in advance: a hidden tab's timers fire only once a second
const CHORDS = [
  // MIDI notes of each bar's pad; the pedal E flat fits all four
  [58, 63, 67, 70],
  [60, 63, 67, 72],
  [56, 60, 63, 68],
  [58, 62, 65, 70],
];
const SCALE = [63, 65, 67, 70, 72, 75, 77, 79, 82];
export const MUSIC_VOLUME = 0.9; // makes about -20 dBFS over all

/** The pedal note that sounds all the time, in Hz. */
export const HOLD_MUSIC_HZ = hertz(51);

function hertz(note) {
  return 440 * 2 ** ((note - 69) / 12);
}

/**
 * Plays hold music into `destination` (the context's own by default) and returns the function that fades it out.
 * heardAs: the name under which tests listen.
 */
export function startHoldMusic(context = audioContext(), destination = context.destination, { heardAs = "out" } = {}) {
  const output = new GainNode(context, { gain: 0 });
  const start = context.currentTime + 0.02;
  output.gain.setTargetAtTime(MUSIC_VOLUME, start, 0.12);
  output.connect(destination);
  let playing = true;
  const forget = registerHeard(heardAs, output, () => playing);
  const room = makeRoom(context, output);
  const pedal = playPedal(context, output, start);

  let bar = 0;
  const improvise = melody(Math.random);
  const schedule = () => {
    while (start + bar * BAR < context.currentTime + AHEAD) {
      playBar(context, room, bar, start + bar * BAR, improvise);
      bar += 1;
    }
  };
  schedule();
  const timer = setInterval(schedule, 1000);
  return () => {
    if (!playing) return;
    playing = false;
    clearInterval(timer);
    forget();
    output.gain.cancelScheduledValues(context.currentTime);
    output.gain.setTargetAtTime(0, context.currentTime, 0.04);
    pedal.stop(context.currentTime + 0.4);
    pedal.addEventListener("ended", () => output.disconnect());
  };
}

/** Schedules one bar, pads and plucks, at `at` seconds of the context's clock. */
export function playBar(context, room, bar, at, improvise) {
  const chord = CHORDS[bar % CHORDS.length];
  for (const note of chord) playPad(context, room, note, at);
  for (const { note, beat, force } of improvise(bar)) playPluck(context, room, note, at + beat * BEAT, force);
}

/** The soft space around the instruments: one low-pass and a quiet echo. Returns the node to play into. */
export function makeRoom(context, output) {
  const room = new BiquadFilterNode(context, { type: "lowpass", frequency: 1500, Q: 0.3 });
  const echo = new DelayNode(context, { delayTime: BEAT * 0.75, maxDelayTime: 2 });
  const repeats = new GainNode(context, { gain: 0.28 });
  room.connect(output);
  room.connect(echo);
  echo.connect(repeats).connect(echo);
  repeats.connect(output);
  return room;
}

/** A melody: for each bar, the notes {note, beat, force} of a random walk over the scale. `random` gives 0..1. */
export function melody(random) {
  let step = 4;
  return (bar) => {
    const notes = [];
    const beats = bar % 4 === 3 ? [0, 2] : [0, 1, 1.5, 2.5, 3]; // the last bar of four breathes
    for (const beat of beats) {
      if (beat > 0 && random() < 0.3) continue;
      step = Math.min(SCALE.length - 1, Math.max(0, step + Math.round(random() * 4 - 2)));
      notes.push({ note: SCALE[step], beat, force: 0.6 + 0.4 * random() });
    }
    return notes;
  };
}

export function playPedal(context, output, at) {
  const pedal = new OscillatorNode(context, { frequency: HOLD_MUSIC_HZ });
  const level = new GainNode(context, { gain: 0.05 });
  pedal.connect(level).connect(output);
  pedal.start(at);
  return pedal;
}

function playPad(context, room, note, at) {
  const level = new GainNode(context, { gain: 0 });
  level.gain.setTargetAtTime(0.042, at, 0.5);
  level.gain.setTargetAtTime(0, at + BAR - 0.2, 0.7);
  level.connect(room);
  for (const detune of [-4, 4]) {
    const voice = new OscillatorNode(context, { type: "triangle", frequency: hertz(note), detune });
    voice.connect(level);
    voice.start(at);
    voice.stop(at + BAR + 3.5);
  }
}

function playPluck(context, room, note, at, force) {
  const level = new GainNode(context, { gain: 0 });
  level.gain.setTargetAtTime(0.16 * force, at, 0.012);
  level.gain.setTargetAtTime(0, at + 0.06, 0.35);
  level.connect(room);
  const string = new OscillatorNode(context, { type: "sine", frequency: hertz(note) });
  const shimmer = new OscillatorNode(context, { type: "sine", frequency: 2 * hertz(note) });
  const edge = new GainNode(context, { gain: 0.18 });
  string.connect(level);
  shimmer.connect(edge).connect(level);
  for (const voice of [string, shimmer]) {
    voice.start(at);
    voice.stop(at + 2.6);
  }
}
