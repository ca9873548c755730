// A tour in steps, in a corner above the page. It goes for good when it is done, skipped or sent away with Escape.

const SEEN = "stylo-tour";

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(className, text, act) {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

// Where a browser keeps nothing, the tour is gone until the page is loaded again.
function seen() {
  try {
    return globalThis.styloTourSeen || localStorage.getItem(SEEN) !== null;
  } catch {
    return globalThis.styloTourSeen;
  }
}

function remember() {
  globalThis.styloTourSeen = true;
  try {
    localStorage.setItem(SEEN, "seen");
  } catch {
    // Nothing is kept.
  }
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".root");
  if (seen()) return void root.replaceChildren();
  if (root.childElementCount) return; // a step is shown
  const { steps, words } = data;
  let at = 0;
  const box = element("section", "tour");
  box.setAttribute("aria-label", data.label);
  const place = element("div", "place"), title = element("h2", "title"), said = element("p", "words");
  title.tabIndex = -1;
  const end = () => {
    remember();
    root.replaceChildren();
    removeEventListener("keydown", escape, true);
  };
  const escape = (event) => {
    if (!root.isConnected) return removeEventListener("keydown", escape, true);
    // What is open above the page goes first.
    if (event.key === "Escape" && !document.querySelector('[role="listbox"], [role="dialog"], [role="tooltip"]')) end();
  };
  const show = (step) => {
    at = step;
    place.textContent = steps[at].place;
    title.textContent = steps[at].title;
    said.textContent = steps[at].words;
    back.hidden = at === 0;
    on.textContent = at === steps.length - 1 ? words.done : words.next;
  };
  const go = (step) => {
    if (step === steps.length) return end();
    show(step);
    title.focus();
  };
  const back = button("back", words.back, () => go(at - 1));
  const on = button("on", words.next, () => go(at + 1));
  const skip = button("skip", words.skip, end), buttons = element("div", "buttons");
  skip.setAttribute("aria-keyshortcuts", "Escape");
  buttons.append(skip, back, on);
  box.append(place, title, said, buttons);
  show(0);
  root.replaceChildren(box);
  addEventListener("keydown", escape, true);
}
