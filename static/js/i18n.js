// The page's language for scripts: _("Text %(name)s", { name }), ngettext(one, many, n), and fmt for dates, numbers, durations.
//
// The catalogue is read by top-level await, so every module that imports this one runs with its messages in place.
// English needs none. A catalogue that can't be read leaves the English text: never an empty button.

const root = document.documentElement;
export const languageTag = root.lang || "en";
// English dates as "23 Nov 2026"; the pseudo-locale en-XA only changes words
const formatTag = languageTag.startsWith("en") ? "en-GB" : languageTag;
const timeZone = zoneKnown(root.dataset.timeZone) ? root.dataset.timeZone : undefined;

const catalog = await readCatalog(root.dataset.catalog);

async function readCatalog(url) {
  if (!url) return { plurals: 2, messages: {} };
  try {
    const answer = await fetch(url, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return await answer.json();
  } catch (error) {
    console.warn("Messages of this language could not be read; showing English.", error);
    return { plurals: 2, messages: {} };
  }
}

function zoneKnown(zone) {
  try {
    return Boolean(zone && new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

function fill(text, values) {
  return text.replace(/%\((\w+)\)[sd]|%%/g, (whole, name) => {
    if (whole === "%%") return "%";
    return values && name in values ? String(values[name]) : whole;
  });
}

/** `text` in the page's language, with %(name)s filled from `values`. */
export function _(text, values) {
  const found = catalog.messages[text];
  const translated = Array.isArray(found) ? found[0] : found;
  return values || text.includes("%%") ? fill(translated ?? text, values) : (translated ?? text);
}

export const gettext = _;

/** The form that fits the whole number `n`; %(num)s is `n` in the page's digits. */
export function ngettext(one, many, n, values) {
  const forms = catalog.messages[one];
  const text = Array.isArray(forms)
    ? forms[catalog.plurals === 1 || n === 1 ? 0 : 1]
    : (n === 1 ? one : many);
  return fill(text, { num: fmt.number(n), ...values });
}

export const n_ = ngettext;

/** Marks a text for translation that is only shown later, by _(). */
export const N_ = (text) => text;

const formats = new Map();

function format(kind, options) {
  const key = kind.name + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new kind(formatTag, options));
  return formats.get(key);
}

const dated = (options) => (when) => format(Intl.DateTimeFormat, { timeZone, hourCycle: "h23", ...options }).format(new Date(when));
const two = (number) => String(number).padStart(2, "0");
const STEPS = [["second", 60], ["minute", 60], ["hour", 24], ["day", 7], ["week", 4.35], ["month", 12], ["year", Infinity]];

export const fmt = {
  /** 14:06 */
  time: dated({ hour: "2-digit", minute: "2-digit" }),
  /** 14:06:12 */
  timeWithSeconds: dated({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  /** 23 Nov 2026 */
  date: dated({ dateStyle: "medium" }),
  /** 23 Nov 2026, 14:06 */
  dateTime: dated({ dateStyle: "medium", timeStyle: "short" }),
  /** 1,234.5 */
  number: (value, options = {}) => format(Intl.NumberFormat, options).format(value),
  /** 0.84 -> 84% */
  percent: (share, digits = 0) => format(Intl.NumberFormat, { style: "percent", maximumFractionDigits: digits }).format(share),

  /** Seconds as mm:ss, from an hour on h:mm:ss. Never negative: a clock that runs ahead shows 00:00. */
  duration(seconds) {
    const whole = Math.max(0, Math.floor(Number(seconds) || 0));
    const hours = Math.floor(whole / 3600);
    const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
    return hours ? `${hours}:${rest}` : rest;
  },

  /** "3 minutes ago", "in 2 days"; `now` in milliseconds, for tests and server-corrected clocks. */
  relative(when, now = Date.now()) {
    let amount = (new Date(when).getTime() - now) / 1000;
    for (const [unit, size] of STEPS) {
      if (Math.abs(Math.round(amount)) < size) return format(Intl.RelativeTimeFormat, { numeric: "auto" }).format(Math.round(amount), unit);
      amount /= size;
    }
    return "";
  },

  /** "Mei, Ali and Sam" */
  list: (items) => format(Intl.ListFormat, { type: "conjunction" }).format(items),
};
