// The customer behind the offer, the call or the wrap-up: one answer of the server (the "pop"), read again when the customer changes.
import { computed, effect, signal } from "/static/vendor/ui.mjs";
import { askJson, call, fixed, offer, wrapup } from "/static/js/desk/store.js";

export const person = signal(null); // the pop as it came, or null
export const reading = signal(false);
export const failed = signal("");

/** Whom the column is about now. A number is known once the call is mine; an offer names its customer or nobody. */
const subject = computed(() => {
  const work = call.value ?? wrapup.value;
  if (work) return { customer: work.customer_id ?? null, number: work.number || "" };
  return offer.value?.customer ? { customer: offer.value.customer.id, number: "" } : null;
});

const address = computed(() => {
  if (!subject.value) return "";
  const { customer, number } = subject.value;
  if (customer) return `${fixed.urls.pop}?customer=${encodeURIComponent(customer)}`;
  return number ? `${fixed.urls.pop}?number=${encodeURIComponent(number)}` : "";
});

let asked = "";

async function read(url) {
  // Never the last caller's profile beside the next one's voice
  if (url !== asked) person.value = null;
  asked = url;
  failed.value = "";
  if (!url) return;
  reading.value = true;
  try {
    const answer = await askJson(url);
    if (asked === url) person.value = answer;
  } catch (error) {
    if (asked === url) failed.value = error.message;
  } finally {
    if (asked === url) reading.value = false;
  }
}

effect(() => { read(address.value); });

export const readAgain = () => read(address.peek());
/** The call or wrap-up the column belongs to; null while it only rings. */
export const workInHand = computed(() => call.value ?? wrapup.value);
export const atWork = computed(() => subject.value !== null);
