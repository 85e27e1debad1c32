// The page's one AudioContext. One, because nodes of two contexts can't be joined and browsers cap how many may live.
//
// Browsers keep it silent until the person has touched the page: call unlockAudio() from a click ("Call", "Go available")
// and show a banner with a button that calls it again while audioLocked() says so (after a reload nobody has clicked yet).

let context = null;
let silence = null;

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

/** The page's track of silence: packets go on, so the other side can tell "held" from "lost". Don't stop it. */
export function silentTrack() {
  if (!silence) {
    const context = audioContext();
    const end = context.createMediaStreamDestination();
    // Without any source Chromium sends no packets at all
    const nothing = new ConstantSourceNode(context, { offset: 0 });
    nothing.connect(end);
    nothing.start();
    silence = { track: end.stream.getAudioTracks()[0], nothing, end }; // kept, or the garbage collector ends the track
  }
  return silence.track;
}
