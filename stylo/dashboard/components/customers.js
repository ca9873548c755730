// A table of customers, sorted by a click on a column's name, opened by a click on a row. Texts are set as text.

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function heading(column, sort) {
  const cell = element("th", column.number ? "number" : "");
  cell.scope = "col";
  if (!column.sorts) {
    cell.textContent = column.label;
    return cell;
  }
  const button = element("button", "", column.label);
  button.type = "button";
  if (column.sorted) {
    cell.setAttribute("aria-sort", column.sorted === "up" ? "ascending" : "descending");
    const sign = element("span", "sign", column.sorted === "up" ? " ▲" : " ▼");
    sign.ariaHidden = "true";
    button.append(sign);
  }
  button.dataset.column = column.name;
  button.addEventListener("click", () => sort(column.name));
  cell.append(button);
  return cell;
}

function row(of, columns, open) {
  const line = element("tr");
  columns.forEach((column, place) => {
    const cell = element(place ? "td" : "th", column.number ? "number" : column.name, place ? of.cells[place] : undefined);
    if (!place) {
      cell.scope = "row";
      const link = element("a", "", of.cells[0]);
      link.href = of.href;
      link.title = of.customer;
      cell.append(link);
    }
    line.append(cell);
  });
  line.addEventListener("click", (event) => {
    // With a key or the middle button the browser opens another tab, as for any link.
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (String(getSelection())) return; // somebody copies from the table
    event.preventDefault();
    open(of.customer);
  });
  return line;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const shown = JSON.stringify(data);
  const root = parentElement.querySelector(".root");
  if (root.dataset.shown === shown) return;
  root.dataset.shown = shown;
  const focused = root.getRootNode().activeElement?.dataset?.column;
  const table = element("table");
  const caption = element("caption", "hidden", data.label);
  const head = element("thead"), headings = element("tr"), body = element("tbody");
  headings.append(...data.columns.map((column) => heading(column, (name) => setTriggerValue("sort", name))));
  head.append(headings);
  body.append(...data.rows.map((each) => row(each, data.columns, (customer) => setTriggerValue("open", customer))));
  table.append(caption, head, body);
  root.replaceChildren(table);
  if (focused) root.querySelector(`button[data-column="${CSS.escape(focused)}"]`)?.focus();
}
