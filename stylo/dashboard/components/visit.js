// Going from page to page: what is opened begins at its top, and what is come back to is where it was left.

// How long to wait, in milliseconds, for a page to grow as long as it was.
const PATIENCE = 10_000;

// The class of the button that leads back: the path that it leads to follows.
const BACK = "st-key-back-";

class Visit {
  constructor() {
    this.places = new Map(); // address → how far it was scrolled, and which card was chosen there
    const on = (name, act) => document.addEventListener(name, act, { capture: true, passive: name !== "click" });
    this.returning = null; // the address that is left for one where somebody was before; empty if it is left already
    addEventListener("popstate", () => (this.returning = ""));
    on("scroll", (event) => event.target === this.main && this.keep({ top: this.main.scrollTop }));
    on("click", (event) => this.click(event));
    for (const name of ["wheel", "touchstart", "keydown", "pointerdown"]) on(name, () => (this.going = null));
  }

  get main() {
    return document.querySelector('[data-testid="stMain"]');
  }

  // Only of what is shown: at another address, what is on the page is about to go.
  keep(what) {
    if (this.going || location.href !== this.shown?.href) return;
    this.places.set(location.href, { ...this.places.get(location.href), ...what });
  }

  click(event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const path = event.composedPath().filter((each) => each instanceof Element);
    const link = path.find((each) => each.localName === "a");
    if (link?.dataset.article) this.keep({ article: link.dataset.article });
    if (link?.dataset.testid === "stPageLink-NavLink") leaveTo(link.href);
    if (link?.closest('[data-testid="stHtml"]')) this.follow(event, link);
    if (["stTopNavLink", "stSidebarNavLink"].includes(link?.dataset.testid)) this.resume(event, link);
    const back = path.flatMap((each) => [...each.classList]).find((name) => name.startsWith(BACK));
    if (back) this.return("./" + back.slice(BACK.length), location.href);
  }

  // A link in HTML leads to a page of the site without loading the site again.
  follow(event, link) {
    const site = new URL("./", location).href;
    if (!link.href.startsWith(site) || link.target) return;
    event.preventDefault();
    leaveTo(link.href);
    this.tell("link", link.href.slice(site.length));
  }

  // A link of the navigation leads to a page as it was left.
  resume(event, link) {
    const pathOf = (href) => new URL(href, location).pathname.replace(/\/$/, "");
    const [page, address] = Object.entries(this.data.kept).find(([each]) => pathOf("./" + each) === pathOf(link.href)) ?? [];
    if (page === undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.return(address, new URL(address, location).pathname === location.pathname ? "" : location.href);
    this.tell("go", page);
  }

  return(address, left) {
    this.returning = left;
    leaveTo(address);
  }

  // What Python says of the page that was just run.
  take(data, tell) {
    // The page that is left may still say something on the way back.
    const before = this.shown, back = this.returning !== null && this.returning !== location.href;
    [this.data, this.tell] = [data, tell];
    if (back) this.returning = null;
    this.shown = { view: data.view, turned: data.turned, href: location.href };
    if (!before) return;
    if (back) {
      if (before.href !== location.href) this.go(this.places.get(location.href) ?? {});
    } else if (before.view !== data.view || before.turned !== data.turned) {
      this.go();
    }
  }

  // To the top and the heading, or to a place; not against somebody who scrolls or types meanwhile.
  go(place = null) {
    const going = (this.going = {}), until = performance.now() + PATIENCE, top = place?.top ?? 0;
    const step = () => {
      if (this.going !== going) return;
      const main = this.main, typing = document.activeElement?.matches("input, textarea");
      main.scrollTop = top;
      const running = document.querySelector('[data-test-script-state="running"]');
      if (performance.now() < until && (running || Math.abs(main.scrollTop - top) > 1)) return requestAnimationFrame(step);
      this.going = null;
      this.keep({ top: main.scrollTop });
      if (!typing) this.focus(place ? this.card(place.article) : main.querySelector("h1, h2"));
    };
    step();
  }

  focus(element) {
    if (!element) return;
    if (element.tabIndex < 0) element.tabIndex = -1;
    element.focus({ preventScroll: true });
  }

  card(article) {
    if (!article) return null;
    for (const each of document.querySelectorAll('[class*="st-key-cards-"] *')) {
      const found = each.shadowRoot?.querySelector(`a[data-article="${CSS.escape(article)}"]`);
      if (found) return found;
    }
    return null;
  }
}

export default function ({ data, setTriggerValue }) {
  const visit = (globalThis.styloVisit ??= new Visit());
  visit.take(data, setTriggerValue);
}
