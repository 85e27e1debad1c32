// The secret of a draw is made here, in the person's browser: only its commitment leaves the page.
import { _ } from "/static/js/i18n.js";

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const random = (count) => hex(crypto.getRandomValues(new Uint8Array(count)));
const sha256 = async (text) => hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));

async function prepare(form) {
  const hint = form.querySelector("[data-hint]");
  if (!globalThis.crypto?.subtle) {
    hint.textContent = _("This page has to be opened over https to make a secret.");
    return;
  }
  const [secret, salt] = [random(16), random(32)];
  form.querySelector("#new-secret").value = secret;
  form.elements.salt.value = salt;
  form.elements.commitment.value = await sha256(`${salt}|${secret}`);
  form.querySelector("[data-save]").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${secret}\n`], { type: "text/plain" }));
    link.download = form.dataset.file;
    link.click();
    URL.revokeObjectURL(link.href);
    form.querySelector("button[disabled]")?.removeAttribute("disabled");
    hint.textContent = _("Saved. Nobody can restore it for you: keep the file.");
  });
}

for (const form of document.querySelectorAll("form[data-commit]")) prepare(form);

// A long step, agent by agent: the bar follows it, and the page is new once the step is over or rests.
async function follow(pane) {
  const { progress: address, state } = pane.dataset;
  const paused = "paused" in pane.dataset;
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const now = await answer.json();
      if (now.state !== state || now.paused !== paused) {
        location.reload();
        return;
      }
      const bar = pane.querySelector("progress");
      bar.max = Math.max(now.agents, 1);
      bar.value = now.done;
      const said = pane.querySelector("[data-said]");
      if (said.textContent !== now.said) said.textContent = now.said;
    }
  } catch {
    // the desk can't be heard: what the page says is as old as its last answer, and the next may come
  }
  setTimeout(follow, 2000, pane);
}

for (const pane of document.querySelectorAll("[data-progress]")) follow(pane);
