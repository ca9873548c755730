// Going from page to page: what is opened begins at its top, and what is come back to is where it was left.

// How long to wait, in milliseconds, for a page that has run to grow as long as it was, and to show its heading.
const PATIENCE = 10_000;

// The class of the button that leads back: the path that it leads to follows.
const BACK = "st-key-back-";

class Visit {
  constructor() {
    this.places = new Map(); // address → how far it was scrolled, and which card was chosen there
    const on = (name, act) => document.addEventListener(name, act, { capture: true, passive: name !== "click" });
    this.returning = null; // where somebody was before and goes again: the address that is left, or that is gone to
    addEventListener("popstate", () => leaving.telling || (this.returning = { to: location.href }));
    on("scroll", (event) => event.target === this.main && this.keep({ top: this.main.scrollTop }));
    on("click", (event) => this.click(event));
    for (const name of ["wheel", "touchstart", "keydown", "pointerdown"]) on(name, () => (this.going = null));
  }

  get main() {
    return document.querySelector('[data-testid="stMain"]');
  }

  // Only of what is shown: at another address, or on the way back, what is on the page is about to go.
  keep(what) {
    if (this.going || this.returning || location.href !== this.shown?.href) return;
    this.places.set(location.href, { ...this.places.get(location.href), ...what });
  }

  click(event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const path = event.composedPath().filter((each) => each instanceof Element);
    const link = path.find((each) => each.localName === "a");
    if (link?.dataset.article) this.keep({ article: link.dataset.article });
    if (link) this.returning = null; // something else is opened before it is there
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
    this.returning = { left };
    leaveTo(address);
  }

  // Whether what was run is what the address says. If not, another page is on its way.
  current({ path, address }) {
    const said = (query) => {
      const all = new URLSearchParams(query);
      all.sort();
      return all.toString();
    };
    return new URL("./" + path, location).pathname === location.pathname && said(address) === said(location.search);
  }

  // What Python says of the page that was just run.
  take(data, tell) {
    [this.data, this.tell] = [data, tell];
    const { to, left } = this.returning ?? {};
    if (to === location.href && !this.current(data)) return; // of the page that was left
    const before = this.shown, back = to === location.href || (left !== undefined && left !== location.href);
    if (back || to !== undefined) this.returning = null;
    leaving.arrived();
    this.shown = { opened: data.opened, turned: data.turned, href: location.href };
    // The page with which the site was loaded stays as the browser shows it.
    const opened = data.opened > (before?.opened ?? 1), turned = data.turned > (before?.turned ?? 0);
    if (back) {
      if (opened || before?.href !== location.href) this.go(this.places.get(location.href) ?? {});
    } else if (opened || turned) {
      this.go();
    }
  }

  // To the top and the heading, or to a place; not against somebody who scrolls or types meanwhile.
  go(place = null) {
    const going = (this.going = {}), top = place?.top ?? 0;
    let until = null; // the patience begins when the page has run
    const step = () => {
      if (this.going !== going) return;
      const main = this.main, typing = document.activeElement?.matches("input, textarea");
      main.scrollTop = top;
      const heading = place ? null : main.querySelector("h1, h2");
      const running = document.querySelector('[data-test-script-state="running"]');
      until = running ? null : (until ?? performance.now() + PATIENCE);
      const there = Math.abs(main.scrollTop - top) <= 1 && (place || heading);
      if (running || (!there && performance.now() < until)) return requestAnimationFrame(step);
      this.going = null;
      this.keep({ top: main.scrollTop });
      if (!typing) this.focus(place ? this.card(place.article) : heading);
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
