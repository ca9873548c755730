// Cards of articles: one row that scrolls, or as many rows as are needed. Texts are set as text, never as markup.

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// What can be done with an article from its card. Of a whole list one card's are in the way of the Tab key: those of the
// card that has the focus, or had it last. Arrow keys go to those of the other cards.
function tools(of, words) {
  const box = element("div", "tools");
  const tick = element("input", "tick");
  tick.type = "checkbox";
  tick.setAttribute("aria-label", words.select.replace("{name}", of.name));
  const copy = element("button", "copy");
  copy.type = "button";
  copy.dataset.label = words.copy.replace("{article}", () => of.id);
  copy.setAttribute("aria-label", copy.dataset.label);
  copy.title = copy.dataset.label;
  copy.append(copySign());
  copy.addEventListener("click", () => tellCopied(copy, copyText(of.id), words));
  box.append(tick, copy);
  for (const each of box.children) each.tabIndex = -1;
  return box;
}

function card(of, words, open) {
  const link = element("a", "card");
  link.href = of.href;
  link.dataset.article = of.article;
  link.addEventListener("click", (event) => {
    // With a key or the middle button the browser opens another tab, as for any link.
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    leaveTo(link.href);
    open(of.id);
  });

  const tile = element("div", "tile");
  const picture = element("img");
  picture.loading = "lazy";
  picture.decoding = "async";
  picture.alt = of.alt;
  picture.src = of.src;
  picture.width = 320;
  picture.height = 480;
  picture.addEventListener("load", () => tile.classList.add("there"));
  tile.append(picture);
  if (of.badge) tile.append(element("span", "badge " + (of.mark || ""), of.badge));
  link.append(tile);

  link.append(element("div", "name", of.name));
  const facts = element("div", "facts");
  facts.append(element("span", "", of.facts));
  if (of.price) facts.append(element("span", "price", of.price));
  link.append(facts);
  if (of.reason) link.append(element("div", "reason", of.reason));
  if (of.parts.length) {
    const bar = element("div", "bar");
    bar.setAttribute("aria-hidden", "true"); // what it shows is said in words beside it
    for (const [kind, share] of of.parts) {
      const part = element("span", kind);
      part.style.width = 100 * share + "%";
      bar.append(part);
    }
    link.append(bar);
  }
  if (of.match) link.append(element("div", "match", of.match));

  const item = element("li");
  item.dataset.article = of.article;
  item.append(tools(of, words), link);
  return item;
}

// Ticks, ranges and keys of a list whose cards are there.
function selectable(list, tell) {
  const items = [...list.children], tick = (item) => item.querySelector(".tick");
  const of = (event) => items.indexOf(event.target.closest("li"));
  let current = 0, last = 0;
  const show = () => {
    for (const item of items) {
      tick(item).checked = selection.has(item.dataset.article);
      item.classList.toggle("selected", tick(item).checked);
    }
    list.classList.toggle("some", selection.articles.length > 0);
  };
  const stop = (place) => {
    for (const each of items[current].querySelectorAll(".tools > *")) each.tabIndex = -1;
    for (const each of items[place].querySelectorAll(".tools > *")) each.tabIndex = 0;
    current = place;
  };
  const set = (place, on, range) => {
    const [from, to] = range ? [Math.min(last, place), Math.max(last, place)] : [place, place];
    last = place;
    selection.set(items.slice(from, to + 1).map((item) => item.dataset.article), on, tell);
  };
  list.addEventListener("selected", show);
  list.addEventListener("focusin", (event) => of(event) >= 0 && stop(of(event)));
  list.addEventListener("click", (event) => {
    if (event.target.classList.contains("tick")) set(of(event), event.target.checked, event.shiftKey);
  });
  list.addEventListener("keydown", (event) => {
    const tool = event.target.closest(".tools > *"), place = of(event);
    if (!tool || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = items.filter((item) => item.offsetTop === items[0].offsetTop).length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row, Home: -place, End: items.length - 1 - place };
    if (event.key in steps) {
      const next = items[place + steps[event.key]];
      next?.querySelector("." + tool.classList[0]).focus();
    } else if (event.key === " " && event.shiftKey && tool.classList.contains("tick")) {
      set(place, !tool.checked, true);
    } else {
      return;
    }
    event.preventDefault();
  });
  selection.lists.add(list);
  if (items.length) stop(0);
  show();
}

function arrows(list, words) {
  const frame = element("div", "frame");
  const make = (way, label, sign) => {
    const button = element("button", "arrow " + way, sign);
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.addEventListener("click", () =>
      list.scrollBy({ left: (way === "on" ? 0.8 : -0.8) * list.clientWidth, behavior: "smooth" }));
    return button;
  };
  const back = make("back", words.back, "‹");
  const on = make("on", words.on, "›");
  const look = () => {
    back.hidden = list.scrollLeft < 4;
    on.hidden = list.scrollLeft + list.clientWidth > list.scrollWidth - 4;
  };
  list.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(list);
  frame.append(list, back, on);
  look();
  return frame;
}

export default function ({ data: { selected, ...data }, parentElement, setTriggerValue }) {
  selection.take(selected);
  const shown = JSON.stringify(data);
  const root = parentElement.querySelector(".root");
  if (root.dataset.shown === shown) return;
  root.dataset.shown = shown;
  const open = (article) => setTriggerValue("open", article);
  const list = element("ul", data.layout);
  list.setAttribute("aria-label", data.label);
  list.append(...data.cards.map((each) => card(each, data.words, open)));
  if (data.layout === "shelf") {
    list.tabIndex = 0;
    root.replaceChildren(arrows(list, data.words));
  } else {
    root.replaceChildren(list);
  }
  selectable(list, (all) => setTriggerValue("selected", all));
}
