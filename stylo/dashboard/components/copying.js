// Copying text, also where the page did not come over HTTPS and the browser therefore has no clipboard to give.

async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.style.cssText = "position: fixed; top: 0; opacity: 0";
  document.body.append(area);
  const focused = document.activeElement;
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus?.({ preventScroll: true });
  if (!done) throw new Error("The browser does not let this page copy.");
}

const COPY_SIGN = "M9 3h9a2 2 0 0 1 2 2v11h-2V5H9zM6 7h9a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2zm0 2v10h9V9z";
const DONE_SIGN = "M9.5 16.2 5.3 12l-1.4 1.4 5.6 5.6 12-12-1.4-1.4z";

function copySign() {
  const sign = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  sign.setAttribute("viewBox", "0 0 24 24");
  sign.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", COPY_SIGN);
  sign.append(path);
  return sign;
}

// Says on a button, to eyes and ears, what came of copying; then what it said before.
async function tellCopied(button, copying, words) {
  const label = button.getAttribute("aria-label") ?? "", shown = button.querySelector(".says");
  const say = (text, sign) => {
    button.querySelector("path").setAttribute("d", sign);
    if (shown) shown.textContent = text || words.label;
    if (label) button.setAttribute("aria-label", text || label);
  };
  clearTimeout(button.styloTold);
  try {
    await copying;
    say(words.copied, DONE_SIGN);
  } catch {
    say(words.failed, COPY_SIGN);
  }
  button.styloTold = setTimeout(() => {
    say("", COPY_SIGN);
    if (label) button.setAttribute("aria-label", button.dataset.label ?? label);
  }, 2500);
}
