// Where the articles of the catalogue map lie, from -1 to 1, and which of them have photos.

class Places {
  // From the bytes of MapPoints.packed; throws where they are not those of `count` articles.
  constructor(buffer, count) {
    if (buffer.byteLength !== 8 * count + Math.ceil(count / 8)) throw Error("two versions");
    this.count = count;
    this.articles = new Int32Array(buffer.slice(0, 4 * count));
    for (let point = 1; point < count; point++) this.articles[point] += this.articles[point - 1];
    this.x = new Uint16Array(buffer, 4 * count, count);
    this.y = new Uint16Array(buffer, 6 * count, count);
    this.photos = new Uint8Array(buffer, 8 * count);
  }

  // x and y of each point side by side.
  pairs() {
    const pairs = new Uint16Array(2 * this.count);
    for (let point = 0; point < this.count; point++) {
      pairs[2 * point] = this.x[point];
      pairs[2 * point + 1] = this.y[point];
    }
    return pairs;
  }

  mapX(point) {
    return (2 * this.x[point]) / SIDE - 1;
  }

  mapY(point) {
    return (2 * this.y[point]) / SIDE - 1;
  }

  // The number of an article as people write it, and the point of one; -1 if it is not there.
  name(point) {
    return String(this.articles[point]).padStart(10, "0");
  }

  find(name) {
    return this.articles.indexOf(Number(name));
  }

  // The point nearest to a place among those that count, within reach; -1 if there is none.
  nearest(x, y, reach, counts) {
    const atX = ((x + 1) / 2) * SIDE, atY = ((y + 1) / 2) * SIDE;
    let best = ((reach / 2) * SIDE) ** 2, found = -1;
    for (let point = 0; point < this.count; point++) {
      const across = this.x[point] - atX, up = this.y[point] - atY;
      const off = across * across + up * up;
      if (off <= best && counts(point)) [best, found] = [off, point];
    }
    return found;
  }

  // How far the so-manieth nearest neighbour of a point is.
  reachOf(point, neighbours) {
    const off = new Float64Array(this.count);
    for (let other = 0; other < this.count; other++) {
      off[other] = Math.hypot(this.x[other] - this.x[point], this.y[other] - this.y[point]);
    }
    return (2 * off.sort()[Math.min(neighbours, this.count - 1)]) / SIDE;
  }

  // West, south, east and north of points that count. Of many, the outermost five in a hundred at each side do not:
  // single ones far away would keep all others small.
  bounds(counts) {
    const xs = [], ys = [];
    for (let point = 0; point < this.count; point++) {
      if (!counts(point)) continue;
      xs.push(this.x[point]);
      ys.push(this.y[point]);
    }
    const outside = xs.length > 50 ? Math.floor(0.05 * xs.length) : 0;
    const ends = (values) => {
      const sorted = Uint16Array.from(values).sort();
      return [sorted[outside], sorted[sorted.length - 1 - outside]].map((value) => (2 * value) / SIDE - 1);
    };
    const [[west, east], [south, north]] = [ends(xs), ends(ys)];
    return { west, south, east, north };
  }
}
