// Nearby, where there is room for them, the photos themselves stand on their points.

const PICTURES = 140;

class Photos {
  constructor(map) {
    this.map = map;
    this.element = element("div", "pictures");
  }

  get some() {
    return this.element.childElementCount > 0;
  }

  has(point) {
    return point >= 0 && Boolean(this.element.querySelector(`[data-point="${point}"]`));
  }

  clear() {
    this.element.replaceChildren();
  }

  // Those that are there move with the view; which there are is settled when it rests.
  place() {
    clearTimeout(this.settling);
    for (const picture of this.element.children) this.moveTo(picture, Number(picture.dataset.point));
    this.settling = setTimeout(() => this.choose(), 120);
  }

  moveTo(picture, point) {
    const { places, view } = this.map;
    const [left, top] = view.toScreen(places.mapX(point), places.mapY(point));
    picture.style.transform = `translate(${left}px, ${top}px) translate(-50%, -50%)`;
  }

  choose() {
    const { map } = this, { places, view } = map;
    const [west, north] = view.toMap(0, 0), [east, south] = view.toMap(view.width, view.height);
    const seen = [];
    for (let point = 0; point < places.count && seen.length <= PICTURES; point++) {
      if (!map.counts(point) || !meant(places.photos, point)) continue;
      const x = places.mapX(point), y = places.mapY(point);
      if (x >= west && x <= east && y >= south && y <= north) seen.push(point);
    }
    const wanted = new Set(seen.length <= PICTURES && view.zoom > 2 ? seen : []);
    for (const picture of [...this.element.children]) {
      if (!wanted.delete(Number(picture.dataset.point))) picture.remove();
    }
    for (const point of wanted) {
      const picture = element("img");
      picture.alt = "";
      picture.dataset.point = point;
      picture.style.borderColor = map.inks[map.codes[point]];
      picture.src = map.data.picture.replace("{article}", places.name(point));
      this.moveTo(picture, point);
      this.element.append(picture);
    }
    this.mark(map.card.at);
    map.card.place();
  }

  // A frame around the picture of a point.
  mark(point) {
    for (const each of this.element.children) each.classList.toggle("at", Number(each.dataset.point) === point);
  }
}
