// Example shoppers as cards: who they are, what they bought last. Texts are set as text, never as markup.

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function photo(of) {
  const picture = element("img");
  picture.loading = "lazy";
  picture.decoding = "async";
  picture.width = 64;
  picture.height = 96;
  picture.alt = of.alt;
  picture.src = of.src;
  return picture;
}

function shopper(of, open) {
  const link = element("a", "shopper");
  link.href = of.href;
  link.addEventListener("click", (event) => {
    // With a key or the middle button the browser opens another tab, as for any link.
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(of.customer);
  });
  const head = element("div", "head");
  head.append(element("span", "kind " + of.kind, of.badge), element("span", "age", of.age));
  const photos = element("div", "photos");
  photos.append(...of.photos.map(photo));
  if (!of.photos.length) photos.append(element("span", "none", of.none));
  link.append(head, photos, ...of.lines.map((line) => element("div", "line", line)));
  const item = element("li");
  item.append(link);
  return item;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const shown = JSON.stringify(data);
  const root = parentElement.querySelector(".root");
  if (root.dataset.shown === shown) return;
  root.dataset.shown = shown;
  const list = element("ul");
  list.setAttribute("aria-label", data.label);
  list.append(...data.shoppers.map((each) => shopper(each, (customer) => setTriggerValue("open", customer))));
  root.replaceChildren(list);
}
