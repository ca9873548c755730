// Over a slow line the fonts, a megabyte, wait until the page is written; the system's stand in for them.
{
  const html = document.documentElement;
  const fonts = document.fonts;
  const soon = $SOON;
  let written;
  const wait = new Promise((resolve) => { written = resolve; });
  const looking = new MutationObserver(() => {
    if (!document.body || document.getElementById("skeleton")) return;
    preload();
    const quick = performance.now() < 2000;
    if (quick || document.querySelector('[data-test-script-state="notRunning"]')) over();
  });
  // What the page will ask for, while Streamlit is still connecting.
  const preload = () => {
    for (const path of soon.splice(0)) {
      const link = Object.assign(document.createElement("link"), { rel: "modulepreload", href: path });
      link.crossOrigin = "";
      document.head.append(link);
    }
  };
  const over = () => {
    looking.disconnect();
    delete fonts.load;
    html.classList.remove("waiting");
    written();
  };
  html.classList.add("waiting");
  // Streamlit asks for the font of its icons before anything is shown.
  fonts.load = (...asked) => wait.then(() => fonts.load(...asked));
  looking.observe(html, { attributeFilter: ["data-test-script-state"], childList: true, subtree: true });
  setTimeout(over, 30000);
}
