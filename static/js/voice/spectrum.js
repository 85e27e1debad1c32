// Ears for tests: how loud a frequency is in what one party HEARS. Parties send tones instead of voices, so "who hears
// whom" becomes a number: above -45 dB heard, below -65 dB silent.
//
// It does nothing unless <html data-test-tones>, which the server sets only under TESTING: a person's page has no probe.

import { audioContext } from "./audiocontext.js";

const FLOOR_DB = -140;
const heard = new Map(); // name -> Set of {analyser, audible}

/** True on pages that the server serves for tests. */
export function testTones() {
  return document.documentElement.hasAttribute("data-test-tones");
}

/**
 * Counts a source among what `name` hears, until the returned function is called.
 * `source` is a MediaStream or an AudioNode; `audible()` says whether the person hears it just now.
 */
export function registerHeard(name, source, audible = () => true) {
  if (!testTones()) return () => {};
  const analyser = new AnalyserNode(audioContext(), { fftSize: 16384, smoothingTimeConstant: 0, minDecibels: FLOOR_DB });
  const node = source instanceof MediaStream ? audioContext().createMediaStreamSource(source) : source;
  node.connect(analyser);
  const ear = { analyser, audible };
  if (!heard.has(name)) heard.set(name, new Set());
  heard.get(name).add(ear);
  return () => {
    node.disconnect(analyser);
    heard.get(name).delete(ear);
  };
}

function loudest(name, measure) {
  let best = FLOOR_DB;
  for (const ear of heard.get(name) ?? []) {
    if (ear.audible()) best = Math.max(best, measure(ear.analyser));
  }
  return best;
}

function toneDb(analyser, hz) {
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  const at = Math.round((hz * analyser.fftSize) / analyser.context.sampleRate);
  // A tone between two bins shows in both
  return Math.max(FLOOR_DB, ...bins.subarray(Math.max(0, at - 1), at + 2));
}

function levelDb(analyser) {
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return power > 0 ? Math.max(FLOOR_DB, 10 * Math.log10(power)) : FLOOR_DB;
}

if (testTones()) {
  window.hearbackProbe = {
    /** How loud, in dB, `name` hears the tone of `hz` just now. */
    db: (name, hz) => loudest(name, (analyser) => toneDb(analyser, hz)),
    /** How loud, in dBFS, `name` hears anything at all. */
    level: (name) => loudest(name, levelDb),
    names: () => [...heard.keys()],
  };
}
