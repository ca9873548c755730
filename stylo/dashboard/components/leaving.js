// Going from one page of the dashboard to another.

// When Streamlit goes to another page with a query, it first writes the query behind the page that is left. That step
// of the browser's history leads nowhere, and is left out. Call it before the server is told to go.
function leaveTo(address) {
  if (new URL(address, location).pathname === location.pathname) return;
  const push = history.pushState;
  history.pushState = (state, title, url) => {
    if (new URL(url, location).pathname === location.pathname) return;
    history.pushState = push;
    history.pushState(state, title, url);
  };
}
