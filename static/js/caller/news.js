// An open page turns to "open" or "closed" by itself: what may change while somebody reads is asked for again now and then.
import { signal } from "/static/vendor/ui.mjs";
import { data } from "/static/js/caller/pieces.js";

const EVERY = 60_000;

/** Grows with each change; read it where topics are drawn. */
export const newsCount = signal(0);

async function look() {
  if (document.hidden) return;
  let news;
  try {
    const answer = await fetch(data.urls.news, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!answer.ok) return;
    news = await answer.json();
  } catch {
    return; // offline: the next look, or the click on "Call", will tell
  }
  const before = JSON.stringify([data.announcement, data.topics]);
  data.announcement = news.announcement;
  for (const topic of data.topics) Object.assign(topic, news.topics[topic.code] ?? {});
  if (JSON.stringify([data.announcement, data.topics]) !== before) newsCount.value += 1;
}

/** Looks every minute, and when the page is looked at again; returns what ends it. */
export function watchNews() {
  // Not all pages at the same second: they were opened at different ones, and stay apart
  const timer = setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}
