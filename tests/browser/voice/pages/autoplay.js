// Plays while the page loads, before a driver's own commands can count as the person's touch.

import { silentTrack, unlockAudio } from "/static/js/voice/audiocontext.js";
import { playRemote } from "/static/js/voice/player.js";

const button = document.getElementById("allow");
const player = playRemote(new MediaStream([silentTrack()]), {
  onBlocked(retry) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await unlockAudio();
      await retry();
      button.hidden = true;
      document.body.dataset.playing = player.audio.paused ? "no" : "yes";
    });
  },
});
document.body.dataset.loaded = "yes";
