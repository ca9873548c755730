// Going from one page of the dashboard to another, and back: which steps of the browser's history are no steps.

// When Streamlit goes to another page with a query, it first writes the query behind the page that is left. That step
// leads nowhere, and is left out.
//
// What is on its way from the server when a visitor goes back is of a page that was left. Streamlit would still write
// it into the history: a step that nobody made, or another address in place of the one that was gone back to.
class Leaving {
  constructor() {
    this.elsewhere = false; // another page was asked for, and its address is not there yet
    this.back = false; // the browser went back or on, and the page of that address is not there yet
    this.late = false; // something was not written since
    for (const name of ["pushState", "replaceState"]) {
      const write = history[name];
      history[name] = (state, title, url) => this.allows(url) && write.call(history, state, title, url);
    }
    addEventListener("popstate", () => {
      if (this.telling) return;
      [this.elsewhere, this.back, this.late] = [false, true, false];
    });
    // What a person does next has its own steps. With Alt, keys go back and on.
    const act = (event) => event.altKey || (this.back = false);
    for (const name of ["click", "input", "keydown"]) document.addEventListener(name, act, { capture: true, passive: true });
  }

  allows(url) {
    if (this.back) {
      this.late = true;
      return false;
    }
    if (new URL(url, location).pathname !== location.pathname) this.elsewhere = false;
    return !this.elsewhere;
  }

  // The page that was gone back to is there. Streamlit has taken what came late for the address; it is told anew.
  arrived() {
    const late = this.late;
    [this.back, this.late] = [false, false];
    if (!late) return;
    this.telling = true;
    dispatchEvent(new PopStateEvent("popstate"));
    this.telling = false;
  }
}

const leaving = (globalThis.styloLeaving ??= new Leaving());

// Call it before the server is told to go.
function leaveTo(address) {
  if (new URL(address, location).pathname !== location.pathname) leaving.elsewhere = true;
}
