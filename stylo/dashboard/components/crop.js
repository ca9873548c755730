// A picture of which a part can be chosen: drag a frame with the mouse or its corners with a finger, or move and resize it
// with the arrow keys. A finger that is dragged over the picture elsewhere scrolls the page.

const STEP = 0.02;
const LEAST = 0.05;
const CORNERS = ["top left", "top right", "bottom left", "bottom right"];

function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".root");
  if (root.dataset.shown === data.version) return;
  root.dataset.shown = data.version;

  const picture = document.createElement("img");
  picture.src = data.src;
  picture.alt = data.words.picture;
  picture.draggable = false;
  const frame = document.createElement("div");
  frame.className = "frame";
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", data.words.frame);
  for (const corner of CORNERS) {
    const handle = document.createElement("span");
    handle.className = `corner ${corner}`;
    handle.dataset.corner = corner;
    frame.append(handle);
  }
  const all = document.createElement("button");
  all.type = "button";
  all.textContent = data.words.all;
  const stage = document.createElement("div");
  stage.className = "stage";
  stage.append(picture, frame);
  root.replaceChildren(stage, all);

  let part = data.crop;
  const draw = () => {
    const [left, top, width, height] = part;
    frame.style.inset = `${100 * top}% ${100 * (1 - left - width)}% ${100 * (1 - top - height)}% ${100 * left}%`;
    all.hidden = width === 1 && height === 1;
  };
  const say = () => setStateValue("crop", part.map((value) => Math.round(value * 1000) / 1000));
  const take = (changed) => {
    part = changed;
    draw();
  };
  const at = (event) => {
    const box = picture.getBoundingClientRect();
    return [clamp((event.clientX - box.left) / box.width, 0, 1), clamp((event.clientY - box.top) / box.height, 0, 1)];
  };

  // Where the corner lies that stays when one is dragged.
  const across = (corner) => [
    part[0] + (corner.includes("left") ? part[2] : 0),
    part[1] + (corner.includes("top") ? part[3] : 0),
  ];

  let from = null;
  stage.addEventListener("pointerdown", (event) => {
    const corner = event.target.dataset.corner;
    if (!corner && event.pointerType === "touch") return;
    from = corner ? across(corner) : at(event);
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = at(event);
    const width = Math.abs(to[0] - from[0]);
    const height = Math.abs(to[1] - from[1]);
    if (width > LEAST && height > LEAST) take([Math.min(from[0], to[0]), Math.min(from[1], to[1]), width, height]);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    stage.addEventListener(name, () => {
      if (from) say();
      from = null;
    });
  }
  let waiting = 0;
  frame.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
    if (!way) return;
    event.preventDefault();
    const [left, top, width, height] = part;
    take(event.shiftKey
      ? [left, top, clamp(width + way[0], LEAST, 1 - left), clamp(height + way[1], LEAST, 1 - top)]
      : [clamp(left + way[0], 0, 1 - width), clamp(top + way[1], 0, 1 - height), width, height]);
    clearTimeout(waiting);
    waiting = setTimeout(say, 400);
  });
  all.addEventListener("click", () => {
    take([0, 0, 1, 1]);
    say();
  });
  draw();
}
