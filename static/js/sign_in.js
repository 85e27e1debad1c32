// Sign-in page of a demo: a click on a person fills in the form, the eye stays on the button to press.
const form = document.querySelector("[data-sign-in]");

for (const person of document.querySelectorAll(".demo-person")) {
  person.addEventListener("click", () => {
    form.elements.login.value = person.dataset.login;
    form.elements.password.value = person.dataset.password;
    for (const other of document.querySelectorAll(".demo-person")) other.setAttribute("aria-pressed", String(other === person));
    form.querySelector('button[type="submit"]').focus();
    form.scrollIntoView({ block: "nearest" });
  });
}
