// How many parts a text takes. For display only: the server counts again when it sends (app/domain/sms_text.py).
import { fmt, ngettext } from "/static/js/i18n.js";

// GSM 7-bit default alphabet (3GPP TS 23.038); signs of its extension table cost two
const GSM = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const GSM_EXTENDED = new Set("\f^{}\\[~]|€");

/** What `parts` cost, as "£0.08"; empty where the house told no price. */
export function cost(parts) {
  const { smsPrice, smsCurrency } = document.documentElement.dataset;
  const price = Number(smsPrice) * parts;
  return price > 0 ? fmt.number(price, { style: "currency", currency: smsCurrency, maximumFractionDigits: 4 }) : "";
}

/** "2 parts · £0.08": what a person should know before sending. */
export function priced(text) {
  const parts = measure(text);
  return [ngettext("%(num)s part", "%(num)s parts", parts), cost(parts)].filter(Boolean).join(" · ");
}

/** Parts of `text`: 160, then 153 signs each in GSM-7; 70, then 67 in UCS-2. A two-unit sign is never split. */
export function measure(text) {
  const signs = [...text];
  const gsm = signs.every((sign) => GSM.has(sign) || GSM_EXTENDED.has(sign));
  const widths = signs.map((sign) => (gsm ? (GSM_EXTENDED.has(sign) ? 2 : 1) : sign.length));
  const units = widths.reduce((sum, width) => sum + width, 0);
  if (units <= (gsm ? 160 : 70)) return text ? 1 : 0;
  const part = gsm ? 153 : 67;
  let parts = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > part) {
      parts += 1;
      used = 0;
    }
    used += width;
  }
  return parts;
}
