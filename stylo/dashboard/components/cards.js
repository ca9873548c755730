// Cards of articles: one row that scrolls, or as many rows as are needed. Texts are set as text, never as markup.

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
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
    open(of.article);
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
    bar.setAttribute("role", "img");
    bar.setAttribute("aria-label", of.match);
    for (const [kind, share] of of.parts) {
      const part = element("span", kind);
      part.style.width = 100 * share + "%";
      bar.append(part);
    }
    link.append(bar);
  }
  if (of.match) link.append(element("div", "match", of.match));

  const item = element("li");
  item.append(link);
  return item;
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

export default function ({ data, parentElement, setTriggerValue }) {
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
}
