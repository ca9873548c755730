// A lasso as an address has it, and with few corners.

const CORNERS = 60;

// Corners (x and y from 0 to SIDE) as an address has them, and back: base64 of 16-bit numbers.
function toText(corners) {
  const bytes = new Uint8Array(new Uint16Array(corners.flat()).buffer);
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromText(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const numbers = new Uint16Array(bytes.buffer);
  return Array.from({ length: numbers.length / 2 }, (_, corner) => [numbers[2 * corner], numbers[2 * corner + 1]]);
}

// The corners of a line without those that lie within a tolerance of what remains (Ramer, Douglas and Peucker).
function simpler(line, tolerance) {
  if (line.length < 3) return line;
  const [x0, y0] = line[0], [x1, y1] = line.at(-1);
  const length = Math.hypot(x1 - x0, y1 - y0);
  let most = 0, farthest = 0;
  line.forEach(([x, y], place) => {
    const off = length ? Math.abs((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / length : Math.hypot(x - x0, y - y0);
    if (off > most) [most, farthest] = [off, place];
  });
  if (most <= tolerance) return [line[0], line.at(-1)];
  return [...simpler(line.slice(0, farthest + 1), tolerance).slice(0, -1), ...simpler(line.slice(farthest), tolerance)];
}

// The corners that an address can hold of a line.
function cornersOf(line) {
  let corners = simpler(line, 1);
  for (let tolerance = 1.5; corners.length > CORNERS; tolerance *= 1.5) corners = simpler(line, tolerance);
  return corners;
}
