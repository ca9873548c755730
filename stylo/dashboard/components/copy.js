// A button that copies a text. What is long is asked of Python when it is wanted.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.data = data;
  if (root.waiting && data.number === root.waiting.number) {
    root.waiting.take(new Blob([data.text], { type: "text/plain" }), data.text);
    root.waiting = null;
  }
  if (root.firstChild) return;
  const button = document.createElement("button"), says = document.createElement("span");
  button.type = "button";
  button.className = "copy";
  says.className = "says";
  says.setAttribute("aria-live", "polite");
  button.append(copySign(), says);
  says.textContent = data.words.label;
  if (data.name) {
    button.dataset.label = button.title = data.name;
    button.setAttribute("aria-label", data.name);
  }
  button.addEventListener("click", () => {
    const { text, link, words } = root.data;
    if (link) return tellCopied(button, copyText(new URL(link, location).href), words);
    if (text !== null) return tellCopied(button, copyText(text), words);
    const number = Date.now();
    const wanted = new Promise((take) => (root.waiting = { number, take: (blob, copied) => take({ blob, copied }) }));
    setTriggerValue("wanted", number);
    // The browser is asked at once, in the click; what it is to keep may come later.
    const later = navigator.clipboard && window.isSecureContext && window.ClipboardItem
      ? navigator.clipboard.write([new ClipboardItem({ "text/plain": wanted.then(({ blob }) => blob) })])
      : wanted.then(({ copied }) => copyText(copied));
    tellCopied(button, later, words);
  });
  root.append(button);
}
