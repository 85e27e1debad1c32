// Answers by link: what was chosen and typed outlives a change of language, a reload and a lost page, on this device only,
// until it was sent. Without scripts the form works all the same.
const form = document.querySelector("[data-answer]");
const name = (id) => `hearback.answer.${id}`;
const done = document.querySelector("[data-answered]");
if (done) sessionStorage.removeItem(name(done.dataset.answered));

/** Puts kept answers back into the form. */
function fill(kept) {
  for (const field of form.querySelectorAll("input[type=radio], textarea")) {
    if (!(field.name in kept)) continue;
    if (field.type === "radio") field.checked = kept[field.name] === field.value;
    else field.value = kept[field.name];
  }
}

/** How far a need goes is asked once there is one. */
function askHowFar() {
  const need = form.querySelector("#q-need");
  if (need) need.closest(".question").querySelector(".choices").hidden = !need.value.trim();
}

if (form) {
  const key = name(form.dataset.answer);
  // What the server sent back comes first
  if (!("typed" in form.dataset)) {
    try {
      fill(JSON.parse(sessionStorage.getItem(key) ?? "{}"));
    } catch {
      sessionStorage.removeItem(key);
    }
  }
  askHowFar();
  form.addEventListener("input", () => {
    askHowFar();
    const kept = Object.fromEntries([...new FormData(form)].filter(([field]) => field.startsWith("q-")));
    sessionStorage.setItem(key, JSON.stringify(kept));
  });
}
