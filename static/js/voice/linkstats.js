// What the statistics of a connection say about its line, in the few numbers that people and the watchdog need.

/**
 * {packets, energy, rtt, jitter, loss} of a connection now: counts since its start, seconds, loss as the share since
 * `before` (an earlier result or null), smoothed so that one bad quarter of a second is no bad line.
 */
export async function measure(pc, before) {
  const now = { packets: 0, lost: 0, energy: 0, rtt: null, jitter: 0, loss: before?.loss ?? 0 };
  for (const report of (await pc.getStats()).values()) {
    if (report.type === "inbound-rtp" && report.kind === "audio") {
      now.packets += report.packetsReceived ?? 0;
      now.lost += Math.max(0, report.packetsLost ?? 0);
      now.energy += report.totalAudioEnergy ?? 0;
      now.jitter = Math.max(now.jitter, report.jitter ?? 0);
    } else if (report.type === "candidate-pair" && report.nominated && report.currentRoundTripTime !== undefined) {
      now.rtt = report.currentRoundTripTime;
    }
  }
  const arrived = now.packets - (before?.packets ?? 0);
  const missing = Math.max(0, now.lost - (before?.lost ?? 0));
  if (arrived + missing > 0) now.loss = 0.7 * now.loss + 0.3 * (missing / (arrived + missing));
  return now;
}

/** Bars from 1 (hardly understandable) to 4 (good) for a measured line; 0 without a measurement. */
export function quality(line) {
  if (!line) return 0;
  const delay = (line.rtt ?? 0) / 2 + line.jitter * 2; // what the ear waits: the way, and the buffer that evens it out
  if (line.loss > 0.15 || delay > 0.6) return 1;
  if (line.loss > 0.06 || delay > 0.35) return 2;
  if (line.loss > 0.02 || delay > 0.18) return 3;
  return 4;
}
