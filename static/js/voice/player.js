// Lets the person hear a remote stream. Each stream has an audio element of its own: echo cancellation knows elements, the
// output device can be chosen, and Chromium feeds a remote stream into WebAudio only while an element plays it (muted is
// enough), so a player also lives for parties that this person must not hear.

import { setSink } from "./microphone.js";
import { registerHeard } from "./spectrum.js";

/**
 * Plays `stream` and returns {audio, setAudible(bool), setSink(id), stop()}.
 *
 * audible: whether the person hears it from the start. onBlocked(retry): the browser refuses sound before a click; show a
 * banner whose button calls retry(). heardAs: the name under which tests listen.
 */
export function playRemote(stream, { audible = true, sinkId = "", onBlocked = () => {}, heardAs = "out" } = {}) {
  const audio = document.createElement("audio");
  audio.autoplay = true;
  audio.hidden = true;
  audio.muted = !audible;
  audio.srcObject = stream;
  document.body.append(audio);
  if (sinkId) setSink(audio, sinkId);
  const forget = registerHeard(heardAs, stream, () => !audio.muted && !audio.paused);

  const start = () =>
    audio.play().catch((error) => {
      // AbortError only says that the player was stopped while it started
      if (error.name === "NotAllowedError") onBlocked(start);
    });
  start();

  return {
    audio,
    setAudible(wanted) {
      audio.muted = !wanted;
      if (wanted && audio.paused) start();
    },
    setSink: (id) => setSink(audio, id),
    stop() {
      forget();
      audio.pause();
      audio.srcObject = null;
      audio.remove();
    },
  };
}
