// Above a list: its count, the chips of what narrows it, and on a narrow screen the button that shows the filters.
// Beside the page: a link that skips to the list, and what tells the count to those who hear the page.

// How long a count has to stand, in milliseconds, before it is told.
const STANDS = 700;
// How long after the bar is gone, in milliseconds, its page is taken to be left.
const LEFT = 200;
const page = document.documentElement;

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function chip(of, words, remove) {
  const button = element("button", "applied-chip" + (of.gone ? " gone" : ""));
  button.type = "button";
  button.dataset.chip = of.name + "=" + of.value;
  button.append(element("span", "hidden", words.remove.replace("{title}", of.title)));
  button.append(element("span", "name", of.label));
  const cross = element("span", "cross", "✕");
  cross.setAttribute("aria-hidden", "true");
  button.append(cross);
  button.title = of.title;
  button.addEventListener("click", () => remove({ name: of.name, value: of.value }));
  const item = element("li");
  item.append(button);
  return item;
}

// The list below, which takes the focus.
function results() {
  return document.querySelector(".st-key-results");
}

function toList() {
  const list = results();
  if (!list) return;
  list.tabIndex = -1;
  list.focus({ preventScroll: true });
  list.scrollIntoView({ block: "start" });
}

// What is not within the component: both stand in the page as long as it does.
class Beside {
  constructor() {
    this.skip = element("a", "skip-link");
    this.skip.href = "#";
    this.skip.addEventListener("click", (event) => {
      event.preventDefault();
      toList();
    });
    this.status = element("div", "heard");
    this.status.setAttribute("role", "status");
    this.status.setAttribute("aria-live", "polite");
    document.body.prepend(this.skip);
    document.body.append(this.status);
  }

  say(count) {
    clearTimeout(this.waiting);
    if (this.told !== undefined && this.told !== count) {
      this.waiting = setTimeout(() => (this.status.textContent = count), STANDS);
    }
    this.told = count;
  }

  leave() {
    clearTimeout(this.waiting);
    this.skip.remove();
    this.status.remove();
    delete page.dataset.filters;
    delete globalThis.styloBeside;
  }
}

function narrowBar(words, count) {
  const bar = element("div", "narrow");
  const button = element("button", "filters");
  button.type = "button";
  const show = () => {
    const open = page.dataset.filters === "open";
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? words.show : words.filters;
  };
  button.addEventListener("click", () => {
    if (page.dataset.filters === "open") {
      delete page.dataset.filters;
      results()?.scrollIntoView({ block: "start" });
    } else {
      page.dataset.filters = "open";
    }
    show();
  });
  show();
  bar.append(button, element("span", "count", count));
  return bar;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root"), { words } = data;
  const focused = root.getRootNode().activeElement?.dataset?.chip;
  const before = [...root.querySelectorAll("[data-chip]")].findIndex((each) => each.dataset.chip === focused);

  const beside = (globalThis.styloBeside ??= new Beside());
  beside.skip.textContent = words.skip;
  beside.say(data.count);

  const bar = element("div", "bar");
  bar.append(narrowBar(words, data.count));
  if (data.chips.length) {
    const list = element("ul", "chips");
    list.setAttribute("aria-label", words.label);
    list.append(...data.chips.map((each) => chip(each, words, (what) => setTriggerValue("removed", what))));
    bar.append(list);
  }
  if (data.clearable) {
    const clear = element("button", "clear", words.clear);
    clear.type = "button";
    clear.addEventListener("click", () => setTriggerValue("cleared", true));
    bar.append(clear);
  }
  root.replaceChildren(bar);
  // The focus stays near a chip that was taken out.
  if (before >= 0) {
    const chips = [...root.querySelectorAll("[data-chip]")];
    (chips.find((each) => each.dataset.chip === focused) ?? chips[Math.min(before, chips.length - 1)] ?? root.querySelector(".clear"))?.focus();
  }
  // Called before each newer state as well, when the bar is still there.
  return () => setTimeout(() => document.querySelector(".st-key-applied") || beside.leave(), LEFT);
}
