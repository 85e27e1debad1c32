// Which dialog is open: null or {kind: "agent" | "queue" | "limits", id}; limits without an id are the house's.
import { signal } from "/static/vendor/ui.mjs";

export const opened = signal(null);
export const close = () => { opened.value = null; };
