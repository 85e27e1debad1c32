// The page's one AudioContext. One, because nodes of two contexts can't be joined and browsers cap how many may live.
//
// Browsers keep it silent until the person has touched the page: call unlockAudio() from a click ("Call", "Go available")
// and show a banner with a button that calls it again while audioLocked() says so (after a reload nobody has clicked yet).

let context = null;

/** The page's AudioContext, made at the first call. */
export function audioContext() {
  context ??= new AudioContext({ latencyHint: "interactive" });
  return context;
}

/** True while the browser refuses to play until the person clicks. */
export function audioLocked() {
  return audioContext().state !== "running";
}

/** Whether sound may be played now. resume() never settles without a gesture, hence the short wait. */
export async function unlockAudio() {
  const audio = audioContext();
  if (audio.state !== "running") {
    await Promise.race([audio.resume(), new Promise((done) => setTimeout(done, 500))]);
  }
  return audio.state === "running";
}

/** A track that carries silence: packets go on, so the other side can tell "held" from "lost". */
export function silentTrack() {
  return audioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
}
