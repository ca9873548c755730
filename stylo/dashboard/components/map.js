// The catalogue map: points to move among, to look at, to choose from.
// For tests the canvas tells in `data-…` what it shows: how many points are drawn, how many of them stand out, and
// the view (x and y of its middle from -1 to 1, pixels for 1).

// How long to wait for the next letter of a search before going to what it finds, in milliseconds.
const TYPING = 500;

// Where people were on a map, and what they had asked it for, as long as the tab is open: they come back.
const views = new Map();

class CatalogueMap {
  constructor(root, words) {
    this.root = root;
    this.words = words;
    this.told = {};
    this.places = this.codes = null;
    this.view = new View();
    this.corners = [];
    this.target = -1;
    this.build();
    try {
      this.painter = new Painter(this.canvas);
    } catch {
      this.say(words.unavailable);
      this.root.dataset.failed = "";
      return;
    }
    this.hand = new Hand(this);
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.painter.prepare();
      this.redraw();
    });
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.stage);
  }

  build() {
    const words = this.words;
    this.canvas = element("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-roledescription", words.role);
    this.canvas.setAttribute("aria-describedby", "keys");
    [this.photos, this.labels, this.card, this.legend] = [Photos, Labels, Card, Legend].map((Part) => new Part(this));
    const overlay = drawn("svg");
    overlay.setAttribute("aria-hidden", "true");
    this.outline = drawn("polygon");
    overlay.append(this.outline, this.card.target, this.card.ring);
    this.note = element("p", "note", words.loading);
    const keys = element("p", "hidden", words.keys);
    keys.id = "keys";
    this.lassoButton = button("tool lasso", words.lasso, "", () => this.hand?.setLasso(!this.hand.lassoing));
    this.lassoButton.setAttribute("aria-pressed", "false");
    this.tools = element("div", "tools");
    this.tools.append(
      button("tool", words.nearer, "+", () => this.zoom(1.6)),
      button("tool", words.farther, "−", () => this.zoom(1 / 1.6)),
      button("tool all", words.all, "", () => this.look(0, 0, 1)),
      this.lassoButton,
      button("tool view", words.view, "", () => this.selectView()),
    );
    this.bar = element("div", "bar");
    this.stage = element("div", "stage");
    this.stage.append(this.canvas, this.photos.element, overlay, this.labels.element, this.note, this.tools, this.bar, this.card.element);
    this.root.replaceChildren(this.stage, this.legend.element, keys, this.card.spoken);
  }

  end() {
    this.watch?.disconnect();
    this.painter?.end();
  }

  // What Python says. Only what is another than before is done anew: a person may be in the middle of something.
  take(data, tell) {
    this.data = data;
    this.tell = tell;
    if (!this.painter) return;
    const before = this.told;
    this.told = data;
    this.stage.classList.toggle("real", data.real);
    this.colours();
    this.canvas.setAttribute("aria-label", data.words.map);
    if (data.lasso !== before.lasso) this.corners = data.lasso ? fromText(data.lasso) : [];
    if (String(data.shown) !== String(before.shown)) this.shown = new Set(data.shown);
    if (data.places !== before.places || data.codes !== before.codes) {
      this.load(data, before);
    } else {
      this.restyle();
      this.arrive(before);
    }
    this.legend.draw();
    if (this.awaited && this.awaited === (data.lasso || (data.listed && "list"))) this.showSelection();
  }

  // What was just selected is listed below the map: it comes into view as soon as it is there.
  showSelection(tries = 600) {
    this.awaited = null;
    const head = document.querySelector(".st-key-map-selection h2");
    if (head) head.scrollIntoView({ block: "center", behavior: calm() ? "instant" : "smooth" });
    else if (tries) requestAnimationFrame(() => this.showSelection(tries - 1));
  }

  async load(data, before) {
    try {
      const [places, codes] = await Promise.all([get(data.places, "arrayBuffer"), get(data.codes, "arrayBuffer")]);
      if (data.places !== this.told.places || data.codes !== this.told.codes) return;
      this.codes = new Uint8Array(codes);
      if (this.loaded !== data.places) this.setPlaces(new Places(places, codes.byteLength), data);
      this.say("");
      this.restyle();
      this.arrive(before);
    } catch {
      this.say(this.words.failed);
    }
  }

  setPlaces(places, data) {
    [this.places, this.loaded] = [places, data.places];
    this.painter.setPlaces(places.pairs());
    this.view.look(views.get(data.places)?.view ?? { x: 0, y: 0, zoom: 1 }, places);
    this.labels.load(data.labels);
  }

  // Goes to the article or to what the words find, where they are others than when people were last here.
  arrive(before) {
    const { article, query, places } = this.data, last = views.get(places) ?? { article: "", query: "" };
    views.set(places, { view: this.view.now, article, query });
    this.target = article ? this.places.find(article) : -1;
    const first = before.places !== places;
    if (query !== last.query) clearTimeout(this.typing);
    if (article !== last.article && this.target >= 0) {
      this.go(this.view.upon(this.places, this.target), first);
      this.show(this.target, true);
    } else if (query !== last.query && query) {
      if (first) this.goToFound(true);
      else this.typing = setTimeout(() => this.goToFound(), TYPING);
    }
    this.redraw();
  }

  // Those of the page, which may turn from light to dark.
  colours() {
    const style = getComputedStyle(this.stage);
    this.ground = rgb(style.backgroundColor);
    this.ink = rgb(style.color);
    this.dark = this.ink[0] + this.ink[1] + this.ink[2] > 1.5;
  }

  // Which points are dim, plain or stand out, and in which colours.
  restyle() {
    if (!this.places) return;
    this.inks = [];
    const colours = [], wanted = new Uint8Array(256).fill(this.shown.size ? 0 : 1);
    for (const [code, name, , light, dark] of this.data.legend) {
      this.inks[code] = this.dark ? dark : light;
      colours[code] = rgb(this.inks[code]);
      if (this.shown.has(name)) wanted[code] = 1;
    }
    const only = unpacked(this.data.only), bits = unpacked(this.data.found), { count } = this.places;
    this.kinds = new Uint8Array(2 * count);
    let plain = 0, standing = 0;
    for (let point = 0; point < count; point++) {
      const code = this.codes[point];
      let how = wanted[code] && (!only || meant(only, point)) ? PLAIN : DIM;
      if (bits && how) how = meant(bits, point) ? STANDING : DIM;
      plain += how === PLAIN;
      standing += how === STANDING;
      this.kinds[2 * point] = code;
      this.kinds[2 * point + 1] = how;
    }
    this.painter.setLook(this.kinds, colours, this.data.ranked);
    this.photos.clear();
    this.drawBar(this.shown.size || only || bits ? plain + standing : 0);
    this.canvas.dataset.drawn = count;
    this.canvas.dataset.standing = standing;
    this.redraw();
  }

  // What can be done with what is shown, where that is not everything.
  drawBar(count) {
    const { words } = this, one = count === 1;
    const zoom = one ? words.zoom_one : words.zoom, list = counted(one ? words.list_one : words.list, count);
    const acts = [button("act", zoom, zoom, () => this.goToFound()), button("act", list, list, () => this.list())];
    this.bar.replaceChildren(...(count ? acts : []));
    this.covered = null;
  }

  choose(what = "shown") {
    this.restyle();
    this.legend.draw();
    this.tell(what, [...this.shown]);
  }

  // Says something for a moment.
  hint(words) {
    this.say(words);
    clearTimeout(this.hinting);
    this.hinting = setTimeout(() => this.note.textContent === words && this.say(""), 1500);
  }

  say(words) {
    this.note.textContent = words;
    this.note.hidden = !words;
  }

  // The view

  resize() {
    const box = this.stage.getBoundingClientRect();
    const dots = window.devicePixelRatio || 1;
    [this.view.width, this.view.height, this.dots] = [box.width, box.height, dots];
    this.canvas.width = Math.max(1, Math.round(box.width * dots));
    this.canvas.height = Math.max(1, Math.round(box.height * dots));
    this.covered = null;
    if (this.later) this.goToFound(true);
    this.paint();
  }

  look(x, y, zoom) {
    cancelAnimationFrame(this.flight);
    this.move({ x, y, zoom });
  }

  move(to) {
    this.view.look(to, this.places);
    if (this.loaded) views.set(this.loaded, { ...views.get(this.loaded), view: this.view.now });
    this.redraw();
  }

  zoom(factor, [left, top] = [this.view.width / 2, this.view.height / 2]) {
    const { view } = this, [x, y] = view.toMap(left, top);
    const zoom = clamp(view.zoom * factor, NEAREST, DEEPEST);
    const kept = view.zoom / zoom;
    this.look(x + (view.x - x) * kept, y + (view.y - y) * kept, zoom);
  }

  pan(right, down) {
    const { x, y, scale, zoom } = this.view;
    this.look(x - right / scale, y + down / scale, zoom);
  }

  // Flies to a view; at once, for who wants nothing to move, and where nothing was seen before.
  go(to, atOnce = false) {
    if (atOnce || calm()) return this.look(to.x, to.y, to.zoom);
    cancelAnimationFrame(this.flight);
    const from = this.view.now, start = performance.now();
    const step = (now) => {
      const share = clamp((now - start) / FLIGHT, 0, 1);
      this.move(share < 1 ? View.between(from, to, share) : to);
      if (share < 1) this.flight = requestAnimationFrame(step);
    };
    this.flight = requestAnimationFrame(step);
  }

  // To all that is shown; later, where it is not known yet how large the map is.
  goToFound(atOnce = false) {
    this.later = !this.view.width;
    if (this.later || !this.places) return;
    for (let point = 0; point < this.places.count; point++) {
      if (!this.counts(point)) continue;
      this.go(this.view.around(this.places.bounds((each) => this.counts(each)), this.legend.width), atOnce);
      return;
    }
  }

  redraw() {
    this.waiting ??= requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.waiting);
    this.waiting = null;
    const { view } = this;
    if (!this.places || !this.kinds || !view.width) return;
    this.painter.paint({
      x: view.x,
      y: view.y,
      scale: view.scale * this.dots,
      size: this.size * this.dots,
      ground: this.ground,
      ink: this.ink,
    });
    const line = this.hand.drawing ?? this.corners.map(([x, y]) => view.toScreen((2 * x) / SIDE - 1, (2 * y) / SIDE - 1));
    this.outline.setAttribute("points", line.map((spot) => spot.map((value) => value.toFixed(1)).join()).join(" "));
    this.card.place();
    this.photos.place();
    this.labels.place();
    this.canvas.dataset.view = [view.x.toFixed(6), view.y.toFixed(6), view.scale.toFixed(3)].join(" ");
  }

  // The width of a point: what fits many or few, and more the nearer one is.
  get size() {
    const { width, height, zoom } = this.view;
    const few = clamp(0.5 * Math.sqrt((width * height) / this.places.count), 2, 7);
    return Math.min(few * zoom ** 0.4, 22);
  }

  // What lies upon the map: boxes (left, top, right, bottom) from its corner; measured when something of it changed.
  get covers() {
    return (this.covered ??= this.measured());
  }

  measured() {
    const stage = this.stage.getBoundingClientRect();
    const boxes = [this.tools, this.bar, ...(this.legend.width ? [this.legend.element] : [])].map((each) => each.getBoundingClientRect());
    return boxes.map((box) => [box.left - stage.left, box.top - stage.top, box.right - stage.left, box.bottom - stage.top]);
  }

  // Points

  // Whether a point is not dim.
  counts(point) {
    return this.kinds[2 * point + 1] !== DIM;
  }

  // The point nearest to a spot that is not dim; -1 if there is none within so many pixels.
  nearest(left, top, reach) {
    if (!this.places) return -1;
    if (this.photos.some) reach = Math.max(reach, REACH.picture);
    return this.places.nearest(...this.view.toMap(left, top), (reach + this.size / 2) / this.view.scale, (point) => this.counts(point));
  }

  link(point) {
    return `./?article=${this.places.name(point)}`;
  }

  // With a key the browser opens another tab, as for any link.
  open(point, event) {
    if (point < 0) return;
    if (event?.ctrlKey || event?.metaKey) {
      // The card of a point knows by which id people know the article.
      window.open(this.card.at === point ? this.card.element.href : this.link(point), "_blank", "noopener");
      return;
    }
    leaveTo("./");
    this.tell("open", this.places.name(point));
  }

  show(point, held = false) {
    this.canvas.style.cursor = this.hand.lassoing ? "crosshair" : point >= 0 ? "pointer" : "";
    this.card.show(point, held);
  }

  // What is listed below

  select(line) {
    const onGrid = (value) => Math.round(clamp((value + 1) / 2, 0, 1) * SIDE);
    this.corners = cornersOf(line).map(([left, top]) => this.view.toMap(left, top).map(onGrid));
    this.redraw();
    if (this.corners.length < 3) return;
    this.awaited = toText(this.corners);
    if (this.awaited === this.data.lasso) this.showSelection();
    else this.tell("lasso", this.awaited);
  }

  selectView() {
    const { width, height } = this.view;
    if (this.places) this.select([[0, 0], [width, 0], [width, height], [0, height]]);
  }

  list() {
    this.awaited = "list";
    if (this.data.listed) this.showSelection();
    else this.tell("list", true);
  }
}

// Whether somebody asked for little movement.
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const maps = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  if (!maps.has(root)) maps.set(root, new CatalogueMap(root, data.words));
  maps.get(root).take(data, setTriggerValue);
  // It is also said when the page only runs again.
  return () => setTimeout(() => root.isConnected || maps.get(root)?.end());
}
