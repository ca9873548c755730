// Lists of choices with their counts. Texts are set as text, never as markup.

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function choice(facet, [label, name, count], chosen, change) {
  const row = element("label", "choice");
  const box = element("input");
  box.type = "checkbox";
  box.checked = chosen;
  box.dataset.value = label;
  box.dataset.facet = facet;
  box.addEventListener("change", change);
  row.append(box, element("span", "label", name), element("span", "count", count));
  return row;
}

function group(of, words, state, change) {
  const details = element("details");
  details.open = state.open.has(of.key) || of.chosen.length > 0;
  details.addEventListener("toggle", () => (details.open ? state.open.add(of.key) : state.open.delete(of.key)));
  const title = element("summary", "", of.title);
  if (of.chosen.length) title.append(element("span", "chosen", String(of.chosen.length)));
  details.append(title);
  const fieldset = element("fieldset");
  fieldset.append(element("legend", "hidden", of.title));
  const rows = of.options.map((option) => choice(of.key, option, of.chosen.includes(option[0]), change));
  const few = state.all.has(of.key) ? rows.length : words.few;
  rows.forEach((row, place) => {
    row.hidden = place >= few && !row.querySelector("input").checked;
    fieldset.append(row);
  });
  if (rows.length > few) {
    const more = element("button", "more", words.more.replace("{count}", rows.length - few));
    more.type = "button";
    more.addEventListener("click", () => {
      state.all.add(of.key);
      rows.forEach((row) => (row.hidden = false));
      more.remove();
      rows[few].querySelector("input").focus();
    });
    fieldset.append(more);
  }
  details.append(fieldset);
  return details;
}

const states = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  if (!states.has(root)) {
    states.set(root, { open: new Set(data.open), all: new Set(), narrow: matchMedia("(max-width: 640px)").matches });
  }
  const state = states.get(root);
  const focused = root.getRootNode().activeElement?.dataset?.value;
  // All that is ticked, not the last change alone: two quick clicks are both meant.
  const change = () => {
    const ticked = Object.fromEntries(data.facets.map((of) => [of.key, []]));
    for (const box of root.querySelectorAll("input:checked")) ticked[box.dataset.facet].push(box.dataset.value);
    setTriggerValue("changed", ticked);
  };
  const everything = element("details", "everything");
  everything.open = !state.narrow;
  everything.addEventListener("toggle", () => (state.narrow = !everything.open));
  const title = element("summary", "title", data.words.title);
  everything.append(title, ...data.facets.map((of) => group(of, data.words, state, change)));
  if (data.clearable) {
    const clear = element("button", "clear", data.words.clear);
    clear.type = "button";
    clear.addEventListener("click", () => setTriggerValue("cleared", true));
    everything.append(clear);
  }
  root.replaceChildren(everything);
  if (focused !== undefined) root.querySelector(`input[data-value="${CSS.escape(focused)}"]`)?.focus();
}
