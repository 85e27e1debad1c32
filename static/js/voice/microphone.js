// The person's microphone and the choice of devices. Every way it can fail has a kind, so that a page can say exactly
// what to do about it; the texts belong to the pages.

import { audioContext } from "./audiocontext.js";
import { testTones } from "./spectrum.js";

const KINDS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Why there is no microphone: kind is "denied", "missing", "busy", "insecure" or "other". */
export class MicrophoneError extends Error {
  constructor(kind, cause) {
    super(`No microphone: ${kind}`, { cause });
    this.name = "MicrophoneError";
    this.kind = kind;
  }
}

/**
 * An open microphone: {stream, track, source: "mic" | "tone", stop()}. `deviceId` empty means the browser's default.
 * Throws MicrophoneError. A remembered device that is gone falls back to the default: a lost headset must not lose a call.
 */
export async function openMicrophone({ deviceId = "" } = {}) {
  if (testTones() && window.hearbackTone) return openTone(window.hearbackTone);
  // Browsers hide mediaDevices on plain http pages other than localhost
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) throw new MicrophoneError("insecure");
  const wishes = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  let stream;
  try {
    stream = await capture(deviceId ? { ...wishes, deviceId: { exact: deviceId } } : wishes);
  } catch (error) {
    if (!deviceId || KINDS[error.name] !== "missing") throw asMicrophoneError(error);
    stream = await capture(wishes).catch((second) => {
      throw asMicrophoneError(second);
    });
  }
  return asMicrophone(stream, "mic", () => {});
}

function capture(audio) {
  return navigator.mediaDevices.getUserMedia({ audio, video: false });
}

function asMicrophoneError(error) {
  return new MicrophoneError(KINDS[error.name] ?? "other", error);
}

function asMicrophone(stream, source, release) {
  return {
    stream,
    track: stream.getAudioTracks()[0],
    source,
    stop() {
      for (const track of stream.getTracks()) track.stop();
      release();
    },
  };
}

function openTone(hz) {
  const context = audioContext();
  const oscillator = new OscillatorNode(context, { frequency: hz });
  const level = new GainNode(context, { gain: 0.1 });
  const end = context.createMediaStreamDestination();
  oscillator.connect(level).connect(end);
  oscillator.start();
  return asMicrophone(end.stream, "tone", () => oscillator.disconnect());
}

/** Calls onLevel(dBFS) about 20 times a second until the returned function is called: the meter of the microphone check. */
export function measureLevel(stream, onLevel) {
  const context = audioContext();
  const source = context.createMediaStreamSource(stream);
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  const samples = new Float32Array(analyser.fftSize);
  source.connect(analyser);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    onLevel(power > 0 ? Math.max(-100, 10 * Math.log10(power)) : -100);
  }, 50);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}

/** Microphones as [{id, label}]. Labels are empty until the person has allowed a microphone once. */
export function listInputs() {
  return listDevices("audioinput");
}

/** Speakers and headsets as [{id, label}]; empty where the browser doesn't tell. */
export function listOutputs() {
  return listDevices("audiooutput");
}

async function listDevices(kind) {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter((device) => device.kind === kind).map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/** Whether `sink` (an audio element or an AudioContext) now plays on output `id` ("" = default). */
export async function setSink(sink, id) {
  if (!sink.setSinkId) return false;
  try {
    await sink.setSinkId(id);
    return true;
  } catch {
    return false; // the device is gone: the sound stays on the default, which is better than none
  }
}
