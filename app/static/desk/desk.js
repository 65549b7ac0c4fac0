// The small things a page does beyond plain HTML: copy a hash, print, open a row's facts, follow long work.
import { initAll } from "../vendor/govuk-frontend.js";

initAll();

const say = (words) => {
  const place = document.getElementById("desk-said");
  if (place) place.textContent = words;
};

const copy = async (button) => {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say("Copied.");
    button.textContent = "copied";
  } catch {
    const shown = button.parentElement.querySelector("[data-whole]");
    if (shown) shown.textContent = button.dataset.copy;
    say("The browser does not allow copying; the whole value is shown instead.");
  }
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.copy) copy(button);
  if (button.hasAttribute("data-print")) window.print();
});

for (const control of document.querySelectorAll("[data-print], button[data-copy]")) control.hidden = false;

// Long work: the page asks every few seconds and shows what came back, until the work has ended.
const follow = async (place) => {
  try {
    const answer = await fetch(place.dataset.follow, { headers: { "X-Requested-With": "fetch" } });
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(place.id);
      if (fresh) {
        const before = place.textContent;
        place.replaceChildren(...fresh.childNodes);
        if (place.textContent !== before) say("The state of the work has changed.");
        if (!fresh.dataset.follow) return;
      }
    }
  } catch {
    // The line may be bad for a moment; the work goes on without this page.
  }
  setTimeout(() => follow(place), 3000);
};
for (const place of document.querySelectorAll("[data-follow]")) setTimeout(() => follow(place), 2000);

// A form that is being sent is not sent twice, and a page left with typed words asks first.
for (const form of document.querySelectorAll("form[data-careful]")) {
  let typed = false;
  form.addEventListener("input", () => { typed = true; });
  form.addEventListener("submit", () => { typed = false; });
  window.addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
}
