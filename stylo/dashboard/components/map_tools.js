// What the parts of the catalogue map share. Texts are set as text, never as markup.

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function drawn(name, className) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  if (className) made.setAttribute("class", className);
  return made;
}

function button(className, label, sign, act) {
  const made = element("button", className, sign);
  made.type = "button";
  if (label !== sign) {
    made.title = label;
    made.setAttribute("aria-label", label);
  }
  made.addEventListener("click", act);
  return made;
}

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

// What was fetched, by address; what failed may be asked for again.
const fetched = new Map();
function get(address, read) {
  if (!fetched.has(address)) {
    const asked = fetch(address).then((answer) => {
      if (!answer.ok) throw Error(answer.status);
      return answer[read]();
    });
    asked.catch(() => fetched.delete(address));
    fetched.set(address, asked);
  }
  return fetched.get(address);
}

// Any CSS colour as red, green and blue from 0 to 1.
const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
function rgb(css) {
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = css;
  pixel.fillRect(0, 0, 1, 1);
  return [...pixel.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((part) => part / 255);
}

// Bits that came in base64, and whether that of a point is set.
const unpacked = (base64) => base64 && Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const meant = (bits, point) => (bits[point >> 3] >> (point & 7)) & 1;

const counted = (words, count) => words.replace("{count}", count.toLocaleString("en"));
