// Pointers and keys on the map: one pointer moves it or draws a lasso, two zoom.

// How far from a point it is still meant, in pixels; where pictures stand, half of one.
const REACH = { mouse: 10, touch: 24, picture: 28 };

class Hand {
  constructor(map) {
    this.map = map;
    this.pointers = new Map();
    this.drawing = null;
    const { canvas } = map, card = map.card.element;
    const on = (name, act, options) => canvas.addEventListener(name, act, options);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => this.cancel(event));
    const left = (event) => event.pointerType === "mouse" && ![canvas, card].includes(event.relatedTarget) && map.show(-1);
    on("pointerleave", left);
    card.addEventListener("pointerleave", left);
    on("dblclick", (event) => map.nearest(...this.spot(event), REACH.mouse) < 0 && map.zoom(2, this.spot(event)));
    // Without a key the wheel is the page's. Two fingers on a touchpad come as a wheel with Ctrl, by small steps.
    on("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return map.hint(map.words.wheel);
      event.preventDefault();
      const delta = event.deltaY * (event.deltaMode ? 30 : 1);
      map.zoom(Math.exp(-clamp(delta, -200, 200) * (Math.abs(delta) < 40 ? 0.01 : 0.0022)), this.spot(event));
    }, { passive: false });
    on("keydown", (event) => this.key(event));
    on("blur", () => map.show(-1));
  }

  spot(event) {
    const box = this.map.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event) {
    if (event.button) return;
    this.map.canvas.setPointerCapture(event.pointerId);
    const spot = this.spot(event);
    this.pointers.set(event.pointerId, spot);
    this.from = this.pointers.size === 1 ? spot : null;
    if (this.pointers.size > 1) this.drawing = null;
    else if (this.lassoing || event.shiftKey) this.drawing = [spot];
    this.map.show(-1);
  }

  move(event) {
    const { map } = this, spot = this.spot(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") this.hover(spot);
      return;
    }
    if (this.pointers.size === 2) {
      const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const length = ([x, y]) => Math.hypot(x - other[0], y - other[1]);
      map.zoom(length(spot) / Math.max(length(before), 1), [(before[0] + other[0]) / 2, (before[1] + other[1]) / 2]);
      map.pan((spot[0] - before[0]) / 2, (spot[1] - before[1]) / 2);
    } else if (this.drawing) {
      const [x, y] = this.drawing.at(-1);
      if (Math.hypot(spot[0] - x, spot[1] - y) > 2) this.drawing.push(spot);
      map.redraw();
    } else if (!this.from || Math.hypot(spot[0] - this.from[0], spot[1] - this.from[1]) > 4) {
      this.from = null;
      map.canvas.style.cursor = "grabbing";
      map.pan(spot[0] - before[0], spot[1] - before[1]);
    } else {
      return;
    }
    this.pointers.set(event.pointerId, spot);
  }

  up(event) {
    const { map } = this;
    const clicked = this.from && !(this.drawing?.length > 3);
    const line = this.drawing;
    this.cancel(event);
    if (line?.length > 3) {
      this.setLasso(false);
      map.select(line);
    } else if (clicked) {
      const touch = event.pointerType !== "mouse";
      const point = map.nearest(...this.spot(event), touch ? REACH.touch : REACH.mouse);
      touch ? map.show(point, true) : map.open(point, event);
    }
  }

  cancel(event) {
    this.pointers.delete(event.pointerId);
    this.drawing = this.from = null;
    this.map.canvas.style.cursor = "";
    this.map.redraw();
  }

  hover(spot) {
    this.hovered = spot;
    this.looking ??= requestAnimationFrame(() => {
      this.looking = null;
      this.map.show(this.lassoing ? -1 : this.map.nearest(...this.hovered, REACH.mouse));
    });
  }

  setLasso(on) {
    this.lassoing = on;
    this.map.lassoButton.setAttribute("aria-pressed", String(on));
    this.map.canvas.style.cursor = on ? "crosshair" : "";
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { map } = this, { view } = map;
    const step = 0.12 * Math.min(view.width, view.height);
    const acts = {
      ArrowLeft: () => map.pan(step, 0),
      ArrowRight: () => map.pan(-step, 0),
      ArrowUp: () => map.pan(0, step),
      ArrowDown: () => map.pan(0, -step),
      "+": () => map.zoom(1.4),
      "=": () => map.zoom(1.4),
      "-": () => map.zoom(1 / 1.4),
      0: () => map.look(0, 0, 1),
      Enter: () => map.open(map.card.at),
      Escape: () => this.setLasso(false),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    const opens = event.key === "Enter" && map.card.at >= 0;
    acts[event.key]();
    if (event.key === "Escape") map.show(-1);
    else if (!opens) map.show(map.nearest(view.width / 2, view.height / 2, Infinity), true);
  }
}
