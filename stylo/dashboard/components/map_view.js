// Which part of the catalogue map is seen: its middle from -1 to 1, how near, and how many pixels there are.

const NEAREST = 1, DEEPEST = 200;
const FIT = 0.5;
// How much of the view, from its middle, must hold a point.
const EDGE = 0.9;
// How long a flight takes, in milliseconds.
const FLIGHT = 600;
// What is gone to is shown no larger than this, with so many pixels around it.
const CLOSEST = 24, MARGIN = 48;

class View {
  constructor() {
    this.x = this.y = this.width = this.height = 0;
    this.zoom = 1;
  }

  // Pixels for 1.
  get scale() {
    return FIT * Math.min(this.width, this.height) * this.zoom;
  }

  toScreen(x, y) {
    return [this.width / 2 + (x - this.x) * this.scale, this.height / 2 - (y - this.y) * this.scale];
  }

  toMap(left, top) {
    return [(left - this.width / 2) / this.scale + this.x, (this.height / 2 - top) / this.scale + this.y];
  }

  look({ x, y, zoom }, places) {
    [this.x, this.y, this.zoom] = [clamp(x, -1, 1), clamp(y, -1, 1), clamp(zoom, NEAREST, DEEPEST)];
    this.keepPoints(places);
  }

  get now() {
    return { x: this.x, y: this.y, zoom: this.zoom };
  }

  // Moves the view, where no point lies in it, until one does: there is nothing to see in empty space.
  keepPoints(places) {
    if (!places?.count || !this.width) return;
    const across = (EDGE * this.width) / 2 / this.scale, up = (EDGE * this.height) / 2 / this.scale;
    let least = Infinity, nearest = 0;
    for (let point = 0; point < places.count && least > 1; point++) {
      const off = Math.max(Math.abs(places.mapX(point) - this.x) / across, Math.abs(places.mapY(point) - this.y) / up);
      if (off < least) [least, nearest] = [off, point];
    }
    if (least <= 1) return;
    const x = places.mapX(nearest), y = places.mapY(nearest);
    this.x = x - clamp(x - this.x, -across, across);
    this.y = y - clamp(y - this.y, -up, up);
  }

  // Where to look so that all of a part of the map is seen, right of what covers so many pixels at the left.
  around({ west, south, east, north }, covered) {
    const free = Math.max(this.width - covered - 2 * MARGIN, 1), high = Math.max(this.height - 2 * MARGIN, 1);
    const scale = Math.min(free / Math.max(east - west, 1e-6), high / Math.max(north - south, 1e-6));
    const zoom = clamp(scale / FIT / Math.min(this.width, this.height), NEAREST, CLOSEST);
    if (zoom === NEAREST) return { x: 0, y: 0, zoom };
    const pixels = FIT * Math.min(this.width, this.height) * zoom;
    return { x: (west + east) / 2 - covered / 2 / pixels, y: (south + north) / 2, zoom };
  }

  // Where to look so that a point is in the middle, among its neighbours.
  upon(places, point) {
    const zoom = clamp(1 / Math.max(places.reachOf(point, 40), 1e-6), NEAREST, DEEPEST);
    return { x: places.mapX(point), y: places.mapY(point), zoom };
  }

  // A view on the way to another, from 0 to 1: straight, with the ends' zoom.
  static between(from, to, share) {
    const at = share * share * (3 - 2 * share);
    const zoom = from.zoom * (to.zoom / from.zoom) ** at;
    const left = Math.abs(to.zoom / from.zoom - 1) < 1e-3 ? 1 - at : (1 / zoom - 1 / to.zoom) / (1 / from.zoom - 1 / to.zoom);
    return { x: to.x + (from.x - to.x) * left, y: to.y + (from.y - to.y) * left, zoom };
  }
}
