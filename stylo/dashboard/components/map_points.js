// Draws points by WebGL 2, all in one call: one square for each point, of which the shader keeps a disc.

const SIDE = 65535;
// How a point is drawn: as part of the ground, as all others, or above them. Those drawn later lie on top.
const DIM = 0, PLAIN = 1, STANDING = 2;

const VERTEX = `#version 300 es
in vec2 place;
in uvec2 kind;
uniform vec2 middle, scale;
uniform float size;
uniform vec3 ground;
uniform sampler2D palette;
out vec3 colour;
out float width;
out float raised;
void main() {
  gl_Position = vec4((place * 2.0 - 1.0 - middle) * scale, 0.0, 1.0);
  colour = texelFetch(palette, ivec2(int(kind.x), 0), 0).rgb;
  raised = kind.y == ${STANDING}u ? 1.0 : 0.0;
  if (kind.y == ${DIM}u) colour = mix(colour, ground, 0.84);
  width = kind.y == ${STANDING}u ? max(size * 1.7, size + 3.0) : kind.y == ${DIM}u ? max(size * 0.8, 1.0) : size;
  gl_PointSize = width;
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec3 colour;
in float width;
in float raised;
uniform vec3 ink;
out vec4 shown;
void main() {
  float off = length(gl_PointCoord - 0.5) * 2.0;
  float soft = min(2.0 / width, 0.6);
  float rim = smoothstep(1.0 - 2.2 * soft, 1.0 - 1.2 * soft, off) * (raised > 0.5 ? 0.5 : width > 7.0 ? 0.28 : 0.0);
  float there = 1.0 - smoothstep(1.0 - soft, 1.0, off);
  shown = vec4(mix(colour, ink, rim), 1.0) * there;
}`;

function compiled(gl, type, source) {
  const shader = gl.createShader(type);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) throw Error(gl.getShaderInfoLog(shader));
  return shader;
}

class Painter {
  // Throws where there is no WebGL 2.
  constructor(canvas) {
    this.canvas = canvas;
    this.gl = canvas.getContext("webgl2", { antialias: false, depth: false, powerPreference: "low-power" });
    if (!this.gl) throw Error("no WebGL 2");
    this.places = new Uint16Array(0);
    this.kinds = new Uint8Array(0);
    this.order = new Uint32Array(0);
    this.palette = new Uint8Array(4 * 256);
    this.prepare();
  }

  // Also after the context was lost: everything is handed to the graphics card anew.
  prepare() {
    const gl = this.gl;
    const program = gl.createProgram();
    gl.attachShader(program, compiled(gl, gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(program, compiled(gl, gl.FRAGMENT_SHADER, FRAGMENT));
    gl.bindAttribLocation(program, 0, "place");
    gl.bindAttribLocation(program, 1, "kind");
    gl.linkProgram(program);
    gl.useProgram(program);
    this.at = {};
    for (const name of ["middle", "scale", "size", "ground", "ink", "palette"]) {
      this.at[name] = gl.getUniformLocation(program, name);
    }
    this.buffers = { places: gl.createBuffer(), kinds: gl.createBuffer(), order: gl.createBuffer() };
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.places);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.UNSIGNED_SHORT, true, 0, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.kinds);
    gl.enableVertexAttribArray(1);
    gl.vertexAttribIPointer(1, 2, gl.UNSIGNED_BYTE, 0, 0);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffers.order);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.uniform1i(this.at.palette, 0);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.changed = { places: true, look: true };
  }

  // x and y of each point side by side.
  setPlaces(places) {
    this.places = places;
    this.changed.places = true;
  }

  // For each point its code and how it is drawn, side by side; colours (red, green, blue from 0 to 1) by code.
  // Ranked: higher codes lie on top of lower ones.
  setLook(kinds, colours, ranked) {
    this.kinds = kinds;
    this.palette.fill(128);
    colours.forEach((colour, code) => colour.forEach((part, place) => (this.palette[4 * code + place] = 255 * part)));
    this.order = ordered(kinds, ranked);
    this.changed.look = true;
  }

  paint({ x, y, scale, size, ground, ink }) {
    const gl = this.gl;
    if (gl.isContextLost()) return;
    if (this.changed.places) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.places);
      gl.bufferData(gl.ARRAY_BUFFER, this.places, gl.STATIC_DRAW);
    }
    if (this.changed.look) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.kinds);
      gl.bufferData(gl.ARRAY_BUFFER, this.kinds, gl.DYNAMIC_DRAW);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, this.order, gl.DYNAMIC_DRAW);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, this.palette);
    }
    this.changed = { places: false, look: false };
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(...ground, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(this.at.middle, x, y);
    gl.uniform2f(this.at.scale, (2 * scale) / this.canvas.width, (2 * scale) / this.canvas.height);
    gl.uniform1f(this.at.size, size);
    gl.uniform3f(this.at.ground, ...ground);
    gl.uniform3f(this.at.ink, ...ink);
    gl.drawElements(gl.POINTS, this.order.length, gl.UNSIGNED_INT, 0);
  }

  end() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

// Points in the order in which they are drawn: by how, then by code if that is a rank; else as they come, which is by
// article number, so that no group hides the others.
function ordered(kinds, ranked) {
  const count = kinds.length / 2;
  const starts = new Uint32Array(3 * 256 + 1);
  const key = (point) => 256 * kinds[2 * point + 1] + (ranked ? kinds[2 * point] : 0);
  for (let point = 0; point < count; point++) starts[key(point) + 1]++;
  for (let place = 1; place < starts.length; place++) starts[place] += starts[place - 1];
  const order = new Uint32Array(count);
  for (let point = 0; point < count; point++) order[starts[key(point)]++] = point;
  return order;
}
