// The names of the regions: those of the level that fits the zoom, largest first, none upon another.
// For tests the list tells in `data-level` which level it shows.

const NAMES = 24;
// Pixels that stay free around a name.
const APART = 6;
const NAME_HEIGHT = 20, NAME_PADDING = 14;

class Labels {
  constructor(map) {
    this.map = map;
    this.levels = [];
    this.shown = new Map();
    this.widths = new Map();
    this.element = element("ul", "labels");
    this.element.setAttribute("aria-label", map.words.labels);
  }

  // They come after the points, which need not wait for them; without them the map is a map all the same.
  async load(address) {
    this.levels = await get(address, "json").catch(() => []);
    this.map.redraw();
  }

  place() {
    if (!this.levels.length) return;
    const { view } = this.map;
    const level = clamp(Math.floor(Math.log2(view.zoom) + 1e-9), 0, this.levels.length - 1);
    const taken = [...this.map.covers], kept = new Set();
    for (const label of this.levels[level]) {
      if (kept.size === NAMES) break;
      const [name, x, y] = label;
      const [left, top] = view.toScreen((2 * x) / SIDE - 1, (2 * y) / SIDE - 1);
      const across = this.widthOf(name) / 2, up = NAME_HEIGHT / 2;
      const box = [left - across, top - up, left + across, top + up];
      if (box[0] < 2 || box[1] < 2 || box[2] > view.width - 2 || box[3] > view.height - 2) continue;
      if (taken.some((other) => overlap(box, other))) continue;
      taken.push([box[0] - APART, box[1] - APART, box[2] + APART, box[3] + APART]);
      kept.add(label);
      this.put(label, left, top);
    }
    for (const [label, shown] of this.shown) {
      if (kept.has(label)) continue;
      shown.remove();
      this.shown.delete(label);
    }
    this.element.dataset.level = level;
  }

  put(label, left, top) {
    if (!this.shown.has(label)) {
      const made = element("li", "", label[0]);
      this.shown.set(label, made);
      this.element.append(made);
    }
    this.shown.get(label).style.transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px) translate(-50%, -50%)`;
  }

  widthOf(name) {
    if (!this.widths.has(name)) {
      pixel.font = `600 12px ${getComputedStyle(this.map.root).fontFamily}`;
      this.widths.set(name, pixel.measureText(name).width + NAME_PADDING);
    }
    return this.widths.get(name);
  }
}

// Whether two boxes (left, top, right, bottom) share a spot.
function overlap(one, other) {
  return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
}
