// The session has ended: sign in again over the page, so that nothing typed is lost and the call goes on meanwhile.
import { html, useSignal } from "/static/vendor/ui.mjs";
import { _ } from "/static/js/i18n.js";
import { csrfHeaders } from "/static/js/shell.js";
import { fixed, live } from "/static/js/desk/store.js";
import { Dialog, Icon } from "/static/js/desk/pieces.js";

async function signIn(login, password) {
  const answer = await fetch("/sign-in", {
    method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json", "X-Requested-With": "XMLHttpRequest", ...csrfHeaders() }, body: JSON.stringify({ login, password }),
  });
  const content = await answer.json().catch(() => ({}));
  const token = document.querySelector('meta[name="csrf-token"]');
  if (content.csrf && token) token.content = content.csrf;
  return { ok: answer.ok && content.ok !== false, words: content.error?.message ?? Object.values(content.error?.fields ?? {})[0] ?? "", id: content.user?.id };
}

export function SignInAgain() {
  const error = useSignal("");
  const working = useSignal(false);
  const submit = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    working.value = true;
    error.value = "";
    try {
      const { ok, words } = await signIn(form.get("login"), form.get("password"));
      if (ok) live.revive();
      else error.value = words || _("Name or password is not right.");
    } catch {
      error.value = _("The server can't be reached. Please try again in a moment.");
    } finally {
      working.value = false;
    }
  };
  return html`<${Dialog} title=${_("Please sign in again")} closable=${false} onClose=${() => {}}>
    <form class="sign-in-again" onSubmit=${submit}>
      <div class="dialog-body">
        <p>${_("Your session has ended. What you typed is kept; a call goes on.")}</p>
        <div class="field"><label for="again-login">${_("Login")}</label><input class="input" id="again-login" name="login" autocomplete="username" defaultValue=${fixed.me.login ?? ""} required /></div>
        <div class="field"><label for="again-password">${_("Password")}</label><input class="input" id="again-password" name="password" type="password" autocomplete="current-password" required autofocus /></div>
        ${error.value && html`<div class="error-summary" role="alert">${error.value}</div>`}
      </div>
      <div class="dialog-foot"><button class="button primary" aria-busy=${working.value ? "true" : undefined}><${Icon} name="login" size="small" />${_("Sign in")}</button></div>
    </form>
  <//>`;
}
