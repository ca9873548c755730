// The catalogue map: points to move among, to look at, to choose from. Texts are set as text, never as markup.
// For tests the canvas tells in `data-…` what it shows: how many points are drawn, how many of them stand out, and
// the view (x and y of its middle from -1 to 1, pixels for 1).

const NEAREST = 1, DEEPEST = 200;
const FIT = 0.5;
// How much of the view, from its middle, must hold a point.
const EDGE = 0.9;
const CORNERS = 60;
// How far from a point it is still meant, in pixels; where pictures stand, half of one.
const REACH = { mouse: 10, touch: 24, picture: 28 };
const PICTURES = 140;

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(className, label, sign, act) {
  const made = element("button", className, sign);
  made.type = "button";
  made.title = label;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

// What was fetched, by address; what failed may be asked for again.
const fetched = new Map();
function get(address, read) {
  if (!fetched.has(address)) {
    const asked = fetch(address).then((answer) => {
      if (!answer.ok) throw Error(answer.status);
      return answer[read]();
    });
    asked.catch(() => fetched.delete(address));
    fetched.set(address, asked);
  }
  return fetched.get(address);
}

// Any CSS colour as red, green and blue from 0 to 1.
const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
function rgb(css) {
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = css;
  pixel.fillRect(0, 0, 1, 1);
  return [...pixel.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((part) => part / 255);
}

// Whether the bit of a point is set.
const meant = (bits, point) => (bits[point >> 3] >> (point & 7)) & 1;

// Corners (x and y from 0 to SIDE) as an address has them, and back: base64 of 16-bit numbers.
function toText(corners) {
  const bytes = new Uint8Array(new Uint16Array(corners.flat()).buffer);
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromText(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const numbers = new Uint16Array(bytes.buffer);
  return Array.from({ length: numbers.length / 2 }, (_, corner) => [numbers[2 * corner], numbers[2 * corner + 1]]);
}

// The corners of a line without those that lie within a tolerance of what remains (Ramer, Douglas and Peucker).
function simpler(line, tolerance) {
  if (line.length < 3) return line;
  const [x0, y0] = line[0], [x1, y1] = line.at(-1);
  const length = Math.hypot(x1 - x0, y1 - y0);
  let most = 0, farthest = 0;
  line.forEach(([x, y], place) => {
    const off = length ? Math.abs((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / length : Math.hypot(x - x0, y - y0);
    if (off > most) [most, farthest] = [off, place];
  });
  if (most <= tolerance) return [line[0], line.at(-1)];
  return [...simpler(line.slice(0, farthest + 1), tolerance).slice(0, -1), ...simpler(line.slice(farthest), tolerance)];
}

// Where people were on a map, for as long as the tab is open: they come back from an article.
const views = new Map();

class CatalogueMap {
  constructor(root, words) {
    this.root = root;
    this.words = words;
    this.told = {};
    this.x = this.y = this.codes = null;
    this.view = { x: 0, y: 0, zoom: 1 };
    this.corners = [];
    this.pointers = new Map();
    this.at = -1;
    this.build();
    try {
      this.painter = new Painter(this.canvas);
    } catch {
      this.say(words.unavailable);
      this.root.dataset.failed = "";
      return;
    }
    this.listen();
  }

  build() {
    const words = this.words;
    this.canvas = element("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-describedby", "keys");
    this.overlay = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.overlay.setAttribute("aria-hidden", "true");
    this.outline = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    this.ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    this.overlay.append(this.outline, this.ring);
    this.pictures = element("div", "pictures");
    this.card = element("a", "peek");
    this.card.hidden = true;
    this.card.tabIndex = -1;
    this.note = element("p", "note", words.loading);
    const keys = element("p", "hidden", words.keys);
    keys.id = "keys";
    this.spoken = element("p", "hidden");
    this.spoken.setAttribute("role", "status");
    this.lassoButton = button("tool lasso", words.lasso, "", () => this.setLasso(!this.lassoing));
    this.lassoButton.setAttribute("aria-pressed", "false");
    const tools = element("div", "tools");
    tools.append(
      button("tool", words.nearer, "+", () => this.zoom(1.6)),
      button("tool", words.farther, "−", () => this.zoom(1 / 1.6)),
      button("tool all", words.all, "", () => this.look(0, 0, 1)),
      this.lassoButton,
    );
    this.stage = element("div", "stage");
    this.stage.append(this.canvas, this.pictures, this.overlay, this.note, tools, this.card);
    this.legend = element("div", "legend");
    this.legend.setAttribute("role", "group");
    this.legend.setAttribute("aria-label", words.legend);
    this.root.replaceChildren(this.stage, this.legend, keys, this.spoken);
  }

  listen() {
    const canvas = this.canvas;
    const on = (name, act, options) => canvas.addEventListener(name, act, options);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => this.cancel(event));
    const left = (event) => event.pointerType === "mouse" && ![canvas, this.card].includes(event.relatedTarget) && this.show(-1);
    on("pointerleave", left);
    this.card.addEventListener("pointerleave", left);
    on("dblclick", (event) => this.nearest(...this.spot(event), REACH.mouse) < 0 && this.zoom(2, this.spot(event)));
    // Without a key the wheel is the page's. Two fingers on a touchpad come as a wheel with Ctrl, by small steps.
    on("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return this.hint(this.words.wheel);
      event.preventDefault();
      const delta = event.deltaY * (event.deltaMode ? 30 : 1);
      this.zoom(Math.exp(-clamp(delta, -200, 200) * (Math.abs(delta) < 40 ? 0.01 : 0.0022)), this.spot(event));
    }, { passive: false });
    on("keydown", (event) => this.key(event));
    on("blur", () => this.show(-1));
    on("webglcontextlost", (event) => event.preventDefault());
    on("webglcontextrestored", () => {
      this.painter.prepare();
      this.redraw();
    });
    // The map keeps the focus: without it the card would go before it is clicked.
    this.card.addEventListener("mousedown", (event) => event.preventDefault());
    this.card.addEventListener("click", (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      this.open(this.at);
    });
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.stage);
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
    if (data.places !== before.places || data.codes !== before.codes) this.load(data);
    else this.restyle();
    this.drawLegend();
    if (data.lasso && data.lasso === this.awaited) this.showSelection();
  }

  // What was just selected is listed below the map: it comes into view as soon as it is there.
  showSelection(tries = 600) {
    this.awaited = null;
    const head = document.querySelector(".st-key-map-selection");
    if (head) head.scrollIntoView({ block: "center", behavior: "smooth" });
    else if (tries) requestAnimationFrame(() => this.showSelection(tries - 1));
  }

  async load(data) {
    try {
      const [places, codes] = await Promise.all([get(data.places, "arrayBuffer"), get(data.codes, "arrayBuffer")]);
      if (data.places !== this.told.places || data.codes !== this.told.codes) return;
      const count = codes.byteLength;
      if (places.byteLength !== 8 * count + Math.ceil(count / 8)) throw Error("two versions");
      this.codes = new Uint8Array(codes);
      if (this.loaded !== data.places) this.setPlaces(places, count, data.places);
      this.say("");
      this.restyle();
    } catch {
      this.say(this.words.failed);
    }
  }

  setPlaces(buffer, count, address) {
    this.articles = new Int32Array(buffer.slice(0, 4 * count));
    for (let point = 1; point < count; point++) this.articles[point] += this.articles[point - 1];
    const x = new Uint16Array(buffer, 4 * count, count);
    const y = new Uint16Array(buffer, 6 * count, count);
    const places = new Uint16Array(2 * count);
    for (let point = 0; point < count; point++) {
      places[2 * point] = x[point];
      places[2 * point + 1] = y[point];
    }
    [this.x, this.y, this.loaded] = [x, y, address];
    this.photos = new Uint8Array(buffer, 8 * count);
    this.painter.setPlaces(places);
    this.view = views.get(address) ?? { x: 0, y: 0, zoom: 1 };
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
    if (!this.x) return;
    this.inks = [];
    const colours = [], wanted = new Uint8Array(256).fill(this.shown.size ? 0 : 1);
    for (const [code, name, , light, dark] of this.data.legend) {
      this.inks[code] = this.dark ? dark : light;
      colours[code] = rgb(this.inks[code]);
      if (this.shown.has(name)) wanted[code] = 1;
    }
    const only = this.data.only && Uint8Array.from(atob(this.data.only), (letter) => letter.charCodeAt(0));
    const bits = this.data.found && Uint8Array.from(atob(this.data.found), (letter) => letter.charCodeAt(0));
    const count = this.x.length;
    this.kinds = new Uint8Array(2 * count);
    let standing = 0;
    for (let point = 0; point < count; point++) {
      const code = this.codes[point];
      let how = wanted[code] && (!only || meant(only, point)) ? PLAIN : DIM;
      if (bits && how) how = meant(bits, point) ? STANDING : DIM;
      standing += how === STANDING;
      this.kinds[2 * point] = code;
      this.kinds[2 * point + 1] = how;
    }
    this.painter.setLook(this.kinds, colours, this.data.ranked);
    this.pictures.replaceChildren();
    this.canvas.dataset.drawn = count;
    this.canvas.dataset.standing = standing;
    this.redraw();
  }

  drawLegend() {
    const chip = ([, name, count, light, dark]) => {
      const made = element("button", "chip");
      made.type = "button";
      made.dataset.name = name;
      const dot = element("span", "dot");
      dot.style.background = this.dark ? dark : light;
      made.append(dot, element("span", "name", name), element("span", "count", count));
      made.setAttribute("aria-pressed", String(this.shown.has(name)));
      made.addEventListener("click", () => {
        this.shown.has(name) ? this.shown.delete(name) : this.shown.add(name);
        this.choose();
      });
      return made;
    };
    const focused = this.root.getRootNode().activeElement?.dataset.name;
    const large = this.data.legend.filter(([, name, , , , small]) => this.spread || !small || this.shown.has(name));
    const chips = large.map(chip);
    const rest = this.data.legend.length - large.length;
    if (rest || this.spread) {
      const label = this.spread ? this.words.fewer : this.words.more.replace("{count}", rest);
      const more = button("text", label, label, () => {
        this.spread = !this.spread;
        this.drawLegend();
      });
      chips.push(more);
    }
    const kept = this.data.others.map(([by, label]) =>
      button("chip other", this.words.drop.replace("{group}", label), label, () => this.tell("dropped", by)));
    if (this.shown.size || kept.length) {
      chips.push(button("text", this.words.everything, this.words.everything, () => {
        this.shown.clear();
        this.choose("everything");
      }));
    }
    this.legend.classList.toggle("some", this.shown.size > 0);
    this.legend.replaceChildren(...kept, ...chips);
    if (focused) this.legend.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  }

  choose(what = "shown") {
    this.restyle();
    this.drawLegend();
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
    [this.width, this.height, this.dots] = [box.width, box.height, dots];
    this.canvas.width = Math.max(1, Math.round(box.width * dots));
    this.canvas.height = Math.max(1, Math.round(box.height * dots));
    this.paint();
  }

  get scale() {
    return FIT * Math.min(this.width, this.height) * this.view.zoom;
  }

  toScreen(x, y) {
    return [this.width / 2 + (x - this.view.x) * this.scale, this.height / 2 - (y - this.view.y) * this.scale];
  }

  toMap(left, top) {
    return [(left - this.width / 2) / this.scale + this.view.x, (this.height / 2 - top) / this.scale + this.view.y];
  }

  spot(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  look(x, y, zoom) {
    const near = clamp(zoom, NEAREST, DEEPEST);
    this.view = { x: clamp(x, -1, 1), y: clamp(y, -1, 1), zoom: near };
    this.keepPoints();
    if (this.loaded) views.set(this.loaded, this.view);
    this.redraw();
  }

  // Moves the view, where no point lies in it, until one does: there is nothing to see in empty space.
  keepPoints() {
    if (!this.x?.length || !this.width) return;
    const across = (EDGE * this.width) / 2 / this.scale, up = (EDGE * this.height) / 2 / this.scale;
    let least = Infinity, nearest = 0;
    for (let point = 0; point < this.x.length && least > 1; point++) {
      const x = Math.abs(this.mapX(point) - this.view.x) / across, y = Math.abs(this.mapY(point) - this.view.y) / up;
      if (Math.max(x, y) < least) [least, nearest] = [Math.max(x, y), point];
    }
    if (least <= 1) return;
    const x = this.mapX(nearest), y = this.mapY(nearest);
    this.view.x = x - clamp(x - this.view.x, -across, across);
    this.view.y = y - clamp(y - this.view.y, -up, up);
  }

  zoom(factor, [left, top] = [this.width / 2, this.height / 2]) {
    const [x, y] = this.toMap(left, top);
    const zoom = clamp(this.view.zoom * factor, NEAREST, DEEPEST);
    const kept = this.view.zoom / zoom;
    this.look(x + (this.view.x - x) * kept, y + (this.view.y - y) * kept, zoom);
  }

  pan(right, down) {
    this.look(this.view.x - right / this.scale, this.view.y + down / this.scale, this.view.zoom);
  }

  redraw() {
    this.waiting ??= requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.waiting);
    this.waiting = null;
    if (!this.x || !this.width) return;
    this.painter.paint({
      x: this.view.x,
      y: this.view.y,
      scale: this.scale * this.dots,
      size: this.size * this.dots,
      ground: this.ground,
      ink: this.ink,
    });
    const line = this.drawing ?? this.corners.map(([x, y]) => this.toScreen((2 * x) / SIDE - 1, (2 * y) / SIDE - 1));
    this.outline.setAttribute("points", line.map((spot) => spot.map((value) => value.toFixed(1)).join()).join(" "));
    this.place();
    this.placePictures();
    const { x, y } = this.view;
    this.canvas.dataset.view = [x.toFixed(6), y.toFixed(6), this.scale.toFixed(3)].join(" ");
  }

  // The width of a point: what fits many or few, and more the nearer one is.
  get size() {
    const few = clamp(0.5 * Math.sqrt((this.width * this.height) / this.x.length), 2, 7);
    return Math.min(few * this.view.zoom ** 0.4, 22);
  }

  // Points

  mapX(point) {
    return (2 * this.x[point]) / SIDE - 1;
  }

  mapY(point) {
    return (2 * this.y[point]) / SIDE - 1;
  }

  // The point nearest to a spot that is not dim; -1 if there is none within reach.
  nearest(left, top, reach) {
    if (!this.x) return -1;
    if (this.pictures.childElementCount) reach = Math.max(reach, REACH.picture);
    const [x, y] = this.toMap(left, top);
    const atX = ((x + 1) / 2) * SIDE, atY = ((y + 1) / 2) * SIDE;
    let best = (((reach + this.size / 2) / this.scale / 2) * SIDE) ** 2, found = -1;
    for (let point = 0; point < this.x.length; point++) {
      const across = this.x[point] - atX, up = this.y[point] - atY;
      const off = across * across + up * up;
      if (off <= best && this.kinds[2 * point + 1] !== DIM) [best, found] = [off, point];
    }
    return found;
  }

  name(point) {
    return String(this.articles[point]).padStart(10, "0");
  }

  link(point) {
    return `./?article=${this.name(point)}`;
  }

  // With a key the browser opens another tab, as for any link.
  open(point, event) {
    if (point < 0) return;
    if (event?.ctrlKey || event?.metaKey) {
      window.open(this.link(point), "_blank", "noopener");
      return;
    }
    leaveTo("./");
    this.tell("open", this.name(point));
  }

  // Shows the card of a point; `held`: it stays and can be touched.
  show(point, held = false) {
    this.canvas.style.cursor = this.lassoing ? "crosshair" : point >= 0 ? "pointer" : "";
    this.card.classList.toggle("held", held);
    if (point === this.at) return;
    this.at = point;
    this.card.hidden = point < 0;
    this.mark();
    this.spoken.textContent = "";
    if (point < 0) return;
    const article = this.name(point);
    const picture = element("img");
    picture.src = this.data.picture.replace("{article}", article);
    picture.width = 120;
    picture.height = 180;
    picture.alt = "";
    const name = element("span", "name", "…");
    const facts = element("span", "facts", " ");
    this.card.replaceChildren(picture, name, facts);
    this.card.href = this.link(point);
    this.card.dataset.article = article;
    this.place();
    clearTimeout(this.asking);
    this.asking = setTimeout(async () => {
      const words = await get(this.data.facts.replace("{article}", article), "json").catch(() => null);
      if (this.at !== point || !words) return;
      name.textContent = words.name;
      facts.textContent = words.facts;
      picture.alt = words.alt;
      this.spoken.textContent = `${words.name}. ${words.facts}`;
      this.place();
    }, 30);
  }

  // A ring around the point, or a frame around its picture.
  mark() {
    let picture = false;
    for (const each of this.pictures.children) {
      const mine = Number(each.dataset.point) === this.at;
      each.classList.toggle("at", mine);
      picture ||= mine;
    }
    this.ring.style.display = this.at < 0 || picture ? "none" : "";
  }

  // Puts the card beside its point, on the side where there is room.
  place() {
    if (this.at < 0) return;
    const [left, top] = this.toScreen(this.mapX(this.at), this.mapY(this.at));
    const radius = Math.max(this.size / 2 + 3, this.pictures.childElementCount ? REACH.picture : 7);
    this.ring.setAttribute("cx", left);
    this.ring.setAttribute("cy", top);
    this.ring.setAttribute("r", Math.max(this.size / 2 + 3, 7));
    const { offsetWidth: width, offsetHeight: height } = this.card;
    const beside = left + radius + 10 + width < this.width ? left + radius + 10 : left - radius - 10 - width;
    const x = clamp(beside, 4, Math.max(this.width - width - 4, 4));
    const y = clamp(top - height / 2, 4, Math.max(this.height - height - 4, 4));
    this.card.style.transform = `translate(${x}px, ${y}px)`;
  }

  // Nearby, where there is room for them, the pictures themselves stand on their points.
  placePictures() {
    clearTimeout(this.settling);
    for (const picture of this.pictures.children) this.moveTo(picture, Number(picture.dataset.point));
    this.settling = setTimeout(() => this.choosePictures(), 120);
  }

  moveTo(picture, point) {
    const [left, top] = this.toScreen(this.mapX(point), this.mapY(point));
    picture.style.transform = `translate(${left}px, ${top}px) translate(-50%, -50%)`;
  }

  choosePictures() {
    const [west, north] = this.toMap(0, 0), [east, south] = this.toMap(this.width, this.height);
    const seen = [];
    for (let point = 0; point < this.x.length && seen.length <= PICTURES; point++) {
      if (this.kinds[2 * point + 1] === DIM || !meant(this.photos, point)) continue;
      const x = this.mapX(point), y = this.mapY(point);
      if (x >= west && x <= east && y >= south && y <= north) seen.push(point);
    }
    const wanted = new Set(seen.length <= PICTURES && this.view.zoom > 2 ? seen : []);
    for (const picture of [...this.pictures.children]) {
      if (!wanted.delete(Number(picture.dataset.point))) picture.remove();
    }
    for (const point of wanted) {
      const picture = element("img");
      picture.alt = "";
      picture.dataset.point = point;
      picture.style.borderColor = this.inks[this.codes[point]];
      picture.src = this.data.picture.replace("{article}", this.name(point));
      this.moveTo(picture, point);
      this.pictures.append(picture);
    }
    this.mark();
    this.place();
  }

  // Pointers: one moves the map or draws a lasso, two zoom.

  down(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    const spot = this.spot(event);
    this.pointers.set(event.pointerId, spot);
    this.from = this.pointers.size === 1 ? spot : null;
    if (this.pointers.size > 1) this.drawing = null;
    else if (this.lassoing || event.shiftKey) this.drawing = [spot];
    this.show(-1);
  }

  move(event) {
    const spot = this.spot(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") this.hover(spot);
      return;
    }
    if (this.pointers.size === 2) {
      const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const length = ([x, y]) => Math.hypot(x - other[0], y - other[1]);
      this.zoom(length(spot) / Math.max(length(before), 1), [(before[0] + other[0]) / 2, (before[1] + other[1]) / 2]);
      this.pan((spot[0] - before[0]) / 2, (spot[1] - before[1]) / 2);
    } else if (this.drawing) {
      const [x, y] = this.drawing.at(-1);
      if (Math.hypot(spot[0] - x, spot[1] - y) > 2) this.drawing.push(spot);
      this.redraw();
    } else if (!this.from || Math.hypot(spot[0] - this.from[0], spot[1] - this.from[1]) > 4) {
      this.from = null;
      this.canvas.style.cursor = "grabbing";
      this.pan(spot[0] - before[0], spot[1] - before[1]);
    } else {
      return;
    }
    this.pointers.set(event.pointerId, spot);
  }

  up(event) {
    const clicked = this.from && !(this.drawing?.length > 3);
    const drawn = this.drawing;
    this.cancel(event);
    if (drawn?.length > 3) {
      this.select(drawn);
    } else if (clicked) {
      const touch = event.pointerType !== "mouse";
      const point = this.nearest(...this.spot(event), touch ? REACH.touch : REACH.mouse);
      touch ? this.show(point, true) : this.open(point, event);
    }
  }

  cancel(event) {
    this.pointers.delete(event.pointerId);
    this.drawing = this.from = null;
    this.canvas.style.cursor = "";
    this.redraw();
  }

  hover(spot) {
    this.hovered = spot;
    this.looking ??= requestAnimationFrame(() => {
      this.looking = null;
      this.show(this.lassoing ? -1 : this.nearest(...this.hovered, REACH.mouse));
    });
  }

  setLasso(on) {
    this.lassoing = on;
    this.lassoButton.setAttribute("aria-pressed", String(on));
    this.canvas.style.cursor = on ? "crosshair" : "";
  }

  select(line) {
    this.setLasso(false);
    let corners = line;
    for (let tolerance = 1; corners.length > CORNERS || tolerance === 1; tolerance *= 1.5) {
      corners = simpler(line, tolerance);
    }
    const onGrid = (value) => Math.round(clamp((value + 1) / 2, 0, 1) * SIDE);
    this.corners = corners.map(([left, top]) => this.toMap(left, top).map(onGrid));
    this.redraw();
    if (this.corners.length > 2) {
      this.tell("lasso", toText(this.corners));
      this.awaited = toText(this.corners);
    }
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 0.12 * Math.min(this.width, this.height);
    const acts = {
      ArrowLeft: () => this.pan(step, 0),
      ArrowRight: () => this.pan(-step, 0),
      ArrowUp: () => this.pan(0, step),
      ArrowDown: () => this.pan(0, -step),
      "+": () => this.zoom(1.4),
      "=": () => this.zoom(1.4),
      "-": () => this.zoom(1 / 1.4),
      0: () => this.look(0, 0, 1),
      Enter: () => this.open(this.at),
      Escape: () => this.setLasso(false),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
    if (event.key === "Escape") this.show(-1);
    else if (event.key !== "Enter") this.show(this.nearest(this.width / 2, this.height / 2, Infinity), true);
    else if (this.at < 0) this.show(this.nearest(this.width / 2, this.height / 2, Infinity), true);
  }
}

const maps = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  if (!maps.has(root)) maps.set(root, new CatalogueMap(root, data.words));
  maps.get(root).take(data, setTriggerValue);
  // It is also said when the page only runs again.
  return () => setTimeout(() => root.isConnected || maps.get(root)?.end());
}
