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

// The rows that are shown: those that are ticked and the first few; all of them, or those that hold what is searched for.
function showRows(rows, more, of, words, state) {
  const sought = (state.sought.get(of.key) ?? "").trim().toLowerCase();
  const few = state.all.has(of.key) ? rows.length : words.few;
  let shown = 0;
  rows.forEach((row, place) => {
    const holds = row.querySelector(".label").textContent.toLowerCase().includes(sought);
    row.hidden = sought ? !holds : place >= few && !row.querySelector("input").checked;
    shown += !row.hidden;
  });
  if (more) more.hidden = Boolean(sought) || few >= rows.length;
  return shown;
}

function searchBox(of, words, state, show) {
  const box = element("input", "search");
  box.type = "search";
  box.placeholder = words.search.replace("{title}", of.title.toLowerCase());
  box.setAttribute("aria-label", box.placeholder);
  box.dataset.search = of.key;
  box.value = state.sought.get(of.key) ?? "";
  box.addEventListener("input", () => {
    state.sought.set(of.key, box.value);
    show();
  });
  return box;
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
  const none = element("p", "none", words.none);
  let more = null;
  const show = () => (none.hidden = showRows(rows, more, of, words, state) > 0);
  if (rows.length > words.long) fieldset.append(searchBox(of, words, state, show));
  fieldset.append(...rows, none);
  if (rows.length > words.few) {
    more = element("button", "more", words.more.replace("{count}", rows.length - words.few));
    more.type = "button";
    more.addEventListener("click", () => {
      state.all.add(of.key);
      show();
      rows[words.few].querySelector("input").focus();
    });
    fieldset.append(more);
  }
  show();
  details.append(fieldset);
  return details;
}

function fold(groups, words, state) {
  const everything = element("details", "everything");
  everything.open = !state.folded;
  everything.addEventListener("toggle", () => (state.folded = !everything.open));
  everything.append(element("summary", "title", words.title), ...groups);
  return everything;
}

const states = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  if (!states.has(root)) {
    const folded = data.folds && matchMedia("(max-width: 640px)").matches;
    states.set(root, { open: new Set(data.open), all: new Set(), sought: new Map(), folded });
  }
  const state = states.get(root);
  const { value: focused, search: typing } = root.getRootNode().activeElement?.dataset ?? {};
  // All that is ticked, not the last change alone: two quick clicks are both meant.
  const change = () => {
    const ticked = Object.fromEntries(data.facets.map((of) => [of.key, []]));
    for (const box of root.querySelectorAll("input:checked")) ticked[box.dataset.facet].push(box.dataset.value);
    setTriggerValue("changed", ticked);
  };
  const groups = data.facets.map((of) => group(of, data.words, state, change));
  if (data.clearable) {
    const clear = element("button", "clear", data.words.clear);
    clear.type = "button";
    clear.addEventListener("click", () => setTriggerValue("cleared", true));
    groups.push(clear);
  }
  root.replaceChildren(...(data.folds ? [fold(groups, data.words, state)] : groups));
  if (focused !== undefined) root.querySelector(`input[data-value="${CSS.escape(focused)}"]`)?.focus();
  if (typing !== undefined) root.querySelector(`input[data-search="${CSS.escape(typing)}"]`)?.focus();
}
