// The demo's Phone page: a customer's handset, drawn from its image whenever one comes, and a box to answer from it.
import { html, render, useEffect, useLayoutEffect, useRef, signal, effect } from "/static/vendor/ui.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { openLive, tick } from "/static/js/live.js";
import { csrfHeaders, toast } from "/static/js/shell.js";

const handset = document.getElementById("handset");
const list = document.getElementById("handsets");
const search = document.querySelector("[data-handset-search]");

// ---------- The list: searched while typing, without leaving the handset ----------
let searching = null;
let typed = 0;

async function refreshList() {
  searching?.abort();
  searching = new AbortController();
  const address = new URL(location.href);
  address.searchParams.set("q", search.elements.q.value);
  try {
    const answer = await fetch(address, { signal: searching.signal, headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("handsets");
    if (fresh) list.replaceChildren(...fresh.childNodes);
    history.replaceState(null, "", address);
  } catch (error) {
    if (error.name !== "AbortError") toast(_("The server can't be reached. What you typed is still here: please try again."));
  }
}

search.elements.q.addEventListener("input", (event) => {
  if (event.isComposing) return;
  clearTimeout(typed);
  typed = setTimeout(refreshList, 250);
});
search.elements.q.addEventListener("compositionend", refreshList);
search.addEventListener("submit", (event) => {
  event.preventDefault();
  refreshList();
});

// ---------- The handset ----------
const Icon = ({ name }) => html`<svg class="icon small" aria-hidden="true"><use href=${`${handset.dataset.icons}#${name}`}></use></svg>`;

const dayOf = (when) => fmt.date(when);
// A new stamp above a message when the day is another one or half an hour went by
const apart = (one, other) => dayOf(one) !== dayOf(other) || Date.parse(other) - Date.parse(one) > 30 * 60_000;

function Thread({ image, followed }) {
  const end = useRef(null);
  const count = image.messages.length;
  useLayoutEffect(() => {
    const box = end.current?.parentElement;
    if (box) box.scrollTop = box.scrollHeight;
  }, [count, image.messages.at(-1)?.id]);
  if (!count) {
    return html`<p class="thread-empty" ref=${end}>${_("No messages yet. What the desk sends arrives here.")}</p>`;
  }
  const today = dayOf(tick.value);
  return html`${image.messages.map((message, index) => {
    const before = image.messages[index - 1];
    const stamp = !before || apart(before.at, message.at);
    const fresh = followed !== null && message.id > followed;
    return html`
      ${stamp && html`<time key=${`t${message.id}`} datetime=${message.at}>${dayOf(message.at) === today ? fmt.time(message.at) : fmt.dateTime(message.at)}</time>`}
      <p key=${message.id} class=${`bubble ${message.direction === "in" ? "mine" : "theirs"} ${fresh ? "fresh" : ""}`} lang=${message.language || undefined}>
        <span class="visually-hidden">${message.direction === "in" ? _("Customer:") : _("Hearback:")} </span>${linked(message.body)}
      </p>`;
  })}<span ref=${end}></span>`;
}

/** A text with its links: only those that lead back to this site are made, as a customer would tap them. */
function linked(body) {
  return body.split(/(https?:\/\/[^\s，。；]+)/).map((piece, index) => {
    if (index % 2 === 0) return piece;
    const address = URL.canParse(piece) ? new URL(piece) : null;
    if (!address || !/^\/(answer|callback|call|ticket)(\/|$)/.test(address.pathname)) return piece;
    return html`<a key=${index} href=${address.pathname} target="_blank" rel="noopener">${piece}</a>`;
  });
}

const Banner = ({ since }) => html`<${Icon} name="message-off" /><span><b>${_("Opted out")}</b> ${_("since %(when)s. No text leaves for this number; START ends it.", { when: fmt.dateTime(since) })}</span>`;

if (handset) startHandset();

function startHandset() {
  const image = signal(JSON.parse(document.getElementById("handset-data").textContent));
  /** Newest message when the page opened: later ones pop in. */
  const followed = image.peek().messages.at(-1)?.id ?? 0;
  const find = (name) => handset.querySelector(`[data-${name}]`);
  const form = find("reply");
  const { body, key } = form.elements;

  const show = (fresh) => {
    if (fresh.number === image.peek().number && fresh.v > image.peek().v) {
      image.value = fresh;
      if (!document.hidden) refreshListSoon();
    }
  };
  let listLater = 0;
  const refreshListSoon = () => {
    clearTimeout(listLater);
    listLater = setTimeout(refreshList, 600);
  };

  find("messages").replaceChildren();
  effect(() => render(html`<${Thread} image=${image.value} followed=${followed} />`, find("messages")));
  effect(() => {
    const since = image.value.opted_out_since;
    find("banner").hidden = !since;
    render(since ? html`<${Banner} since=${since} />` : null, find("banner"));
  });
  effect(() => { find("clock").textContent = fmt.time(tick.value); });

  const live = openLive("/");
  live.on("handset.image", show);
  live.greet(async () => show((await live.request("handset.join", { number: image.peek().number })).image));
  live.probeWith(async () => show((await live.request("handset.join", { number: image.peek().number })).image));
  effect(() => { find("not-live").hidden = live.state.value === "live"; });

  // ---------- Replying ----------
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const complain = (text) => {
    body.toggleAttribute("aria-invalid", Boolean(text));
    if (text) body.setAttribute("aria-invalid", "true");
    render(text ? html`<span class="field-error" role="alert" id="body-error"><${Icon} name="alert-circle" /><span>${text}</span></span>` : null, find("error"));
  };
  const grow = () => {
    body.style.height = "auto";
    body.style.height = `${Math.min(body.scrollHeight + 2, 120)}px`;
  };
  let sending = false;

  async function send() {
    if (sending) return;
    if (!body.value.trim()) {
      complain(_("Please write something first."));
      body.focus();
      return;
    }
    sending = true;
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new FormData(form), headers: { ...csrfHeaders(), "X-Requested-With": "XMLHttpRequest" },
      });
      const said = await answer.json();
      if (!said.ok) {
        complain(said.error?.message || _("That did not work. Please try again."));
        return;
      }
      complain("");
      body.value = "";
      key.value = newKey();
      grow();
      show(said.image);
    } catch {
      // The key stays: sending again can't make a second message of one that did arrive
      complain(_("The server can't be reached. What you typed is still here: please try again."));
    } finally {
      sending = false;
      body.focus();
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  body.addEventListener("input", grow);
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  });
  document.querySelector("[data-quick-replies]").addEventListener("click", (event) => {
    const word = event.target.closest("[data-says]")?.dataset.says;
    if (!word || sending) return;
    body.value = word;
    grow();
    send();
  });
}
