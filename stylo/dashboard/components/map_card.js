// The card beside a point, with the ring around it; and the ring around the article that the address asks for.

class Card {
  constructor(map) {
    this.map = map;
    this.at = -1;
    this.element = element("a", "peek");
    this.element.hidden = true;
    this.element.tabIndex = -1;
    this.ring = drawn("circle", "ring");
    this.target = drawn("circle", "target");
    this.spoken = element("p", "hidden");
    this.spoken.setAttribute("role", "status");
    // The map keeps the focus: without it the card would go before it is clicked.
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
    this.element.addEventListener("click", (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      map.open(this.at);
    });
  }

  // Shows the card of a point, none for -1; `held`: it stays and can be touched.
  show(point, held = false) {
    const { map, element: card } = this;
    card.classList.toggle("held", held);
    if (point === this.at) return;
    this.at = point;
    card.hidden = point < 0;
    map.photos.mark(point);
    this.spoken.textContent = "";
    this.place();
    if (point < 0) return;
    const article = map.places.name(point);
    const picture = element("img");
    picture.src = map.data.picture.replace("{article}", article);
    picture.width = 120;
    picture.height = 180;
    picture.alt = "";
    const name = element("span", "name", "…");
    const facts = element("span", "facts", " ");
    card.replaceChildren(picture, name, facts);
    card.href = map.link(point);
    card.dataset.article = article;
    this.place();
    clearTimeout(this.asking);
    this.asking = setTimeout(async () => {
      const words = await get(map.data.facts.replace("{article}", article), "json").catch(() => null);
      if (this.at !== point || !words) return;
      name.textContent = words.name;
      facts.textContent = words.facts;
      picture.alt = words.alt;
      card.href = words.href;
      this.spoken.textContent = `${words.name}. ${words.facts}`;
      this.place();
    }, 30);
  }

  // Puts the rings on their points, and the card beside its own, on the side where there is room.
  place() {
    const { map, at } = this, { view } = map;
    if (!map.places) return;
    this.circle(this.target, map.target, map.size / 2 + 7);
    this.circle(this.ring, map.photos.has(at) ? -1 : at, map.size / 2 + 3);
    if (at < 0) return;
    const [left, top] = view.toScreen(map.places.mapX(at), map.places.mapY(at));
    const radius = Math.max(map.size / 2 + 3, map.photos.some ? REACH.picture : 7);
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const beside = left + radius + 10 + width < view.width ? left + radius + 10 : left - radius - 10 - width;
    const x = clamp(beside, 4, Math.max(view.width - width - 4, 4));
    const y = clamp(top - height / 2, 4, Math.max(view.height - height - 4, 4));
    this.element.style.transform = `translate(${x}px, ${y}px)`;
  }

  circle(ring, point, radius) {
    ring.style.display = point < 0 ? "none" : "";
    if (point < 0) return;
    const [left, top] = this.map.view.toScreen(this.map.places.mapX(point), this.map.places.mapY(point));
    ring.setAttribute("cx", left);
    ring.setAttribute("cy", top);
    ring.setAttribute("r", Math.max(radius, ring === this.target && this.map.photos.has(point) ? 46 : 7));
  }
}
