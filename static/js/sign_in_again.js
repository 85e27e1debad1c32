// Signing in again without leaving the page, so that nothing typed is lost.
//
// Whoever is told by the server that the session has ended (a socket's `session.ended`, a 401 answer) says so with
//   document.dispatchEvent(new CustomEvent("hearback:signed-out"))
// and hears "hearback:signed-in" on the document when requests work again: then sockets connect anew.
import { _ } from "/static/js/i18n.js";

const dialog = document.getElementById("sign-in-again");
const form = dialog?.querySelector("form");
const problem = dialog?.querySelector('[role="alert"]');

/** Opens the dialog; nothing happens when it is open already or nobody was signed in on this page. */
export function signInAgain() {
  if (!dialog || dialog.open) return;
  say("");
  dialog.showModal();
  form.elements.password.focus();
}

function say(text) {
  problem.textContent = text;
  problem.hidden = !text;
}

function takeFormToken(token) {
  document.querySelector('meta[name="csrf-token"]').content = token;
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token;
}

function goOn(token) {
  takeFormToken(token);
  form.reset();
  dialog.close();
  document.dispatchEvent(new CustomEvent("hearback:signed-in"));
}

async function ask(method, token, body) {
  const answer = await fetch("/sign-in", {
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-Requested-With": "XMLHttpRequest", "X-CSRFToken": token },
    body: body && JSON.stringify(body),
  });
  return answer.json();
}

async function send() {
  const login = form.elements.login.value;
  // The form token of this page may be older than the session that another tab has opened since.
  const state = await ask("GET", "");
  if (state.login === login) return goOn(state.csrf);
  if (state.login) return say(_("In another tab somebody else is signed in by now. Sign out there first."));
  const answer = await ask("POST", state.csrf, { login, password: form.elements.password.value });
  if (answer.ok) return goOn(answer.csrf);
  say(answer.error.message);
  form.elements.password.select();
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector('button[type="submit"]');
  if (button.disabled) return;
  button.disabled = true;
  say("");
  try {
    await send();
  } catch {
    say(_("The server can't be reached. What you typed is still here: please try again."));
  } finally {
    button.disabled = false;
    delete form.dataset.sent;
    button.removeAttribute("aria-busy");
  }
});

// Escape only puts it off: the next refused request opens the dialog again.
document.addEventListener("hearback:signed-out", signInAgain);
document.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx.response?.status === 401) signInAgain();
});
