// The legend: what the colours mean, how many articles each has, and which groups alone are shown.

class Legend {
  constructor(map) {
    this.map = map;
    this.element = element("div", "legend");
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", map.words.legend);
  }

  draw() {
    const { map } = this, { words, shown } = map, { legend, others } = map.data;
    const focused = map.root.getRootNode().activeElement?.dataset.name;
    const large = legend.filter(([, name, , , , small]) => this.spread || !small || shown.has(name));
    const chips = large.map((group) => this.chip(group));
    const rest = legend.length - large.length;
    if (rest || this.spread) {
      const label = this.spread ? words.fewer : counted(words.more, rest);
      const more = button("text", label, label, () => {
        this.spread = !this.spread;
        this.draw();
      });
      chips.push(more);
    }
    const kept = others.map(([by, label]) =>
      button("chip other", words.drop.replace("{group}", label), label, () => map.tell("dropped", by)));
    if (shown.size || kept.length) {
      chips.push(button("text", words.everything, words.everything, () => {
        shown.clear();
        map.choose("everything");
      }));
    }
    this.element.classList.toggle("some", shown.size > 0);
    this.element.replaceChildren(...kept, ...chips);
    map.covered = null;
    if (focused) this.element.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  }

  chip([, name, count, light, dark]) {
    const { map } = this;
    const made = element("button", "chip");
    made.type = "button";
    made.dataset.name = name;
    const dot = element("span", "dot");
    dot.style.background = map.dark ? dark : light;
    made.append(dot, element("span", "name", name), element("span", "count", count));
    made.setAttribute("aria-pressed", String(map.shown.has(name)));
    made.addEventListener("click", () => {
      map.shown.has(name) ? map.shown.delete(name) : map.shown.add(name);
      map.choose();
    });
    return made;
  }

  // How many pixels it covers at the left of the map; 0 where it stands below.
  get width() {
    return getComputedStyle(this.element).position === "absolute" ? this.element.offsetLeft + this.element.offsetWidth : 0;
  }
}
