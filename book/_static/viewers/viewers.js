/* What all viewers share: unpacking, controls, maps and curves. No library, no request. */
"use strict";
window.Viewers ??= (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const DRAWN = ["svg", "path", "line", "circle", "text", "image"];
  let made = 0;

  /** An element with attributes and children. */
  function make(tag, attributes = {}, ...children) {
    const element = DRAWN.includes(tag)
      ? document.createElementNS(SVG, tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /** The array that packing.py packed: differences along the first axis, inflated. */
  async function unpack({shape, low, step, bytes, data}) {
    const raw = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
    const inflated = new Blob([raw]).stream()
      .pipeThrough(new DecompressionStream("deflate"));
    const planes = new Uint8Array(await new Response(inflated).arrayBuffer());
    const count = planes.length / bytes, each = count / shape[0];
    const limit = 256 ** bytes, values = new Float32Array(count);
    const q = new Uint16Array(count);
    for (let i = 0; i < count; i++) {
      const moved = bytes === 1 ? planes[i] : 256 * planes[i] + planes[count + i];
      q[i] = (moved + (i < each ? 0 : q[i - each])) % limit;
      values[i] = low + step * q[i];
    }
    return {shape, values};
  }

  /** The part of an array at some indices of its first axes. */
  function at({shape, values}, ...indices) {
    const size = shape.slice(indices.length).reduce((a, b) => a * b, 1);
    const first = indices.reduce((sum, index, axis) => sum * shape[axis] + index, 0);
    return values.subarray(first * size, (first + 1) * size);
  }

  /** A labelled range input over 0 … count − 1; told(i): what it says. */
  function slider(label, count, start, told, changed) {
    const id = `viewer-control-${made++}`;
    const output = make("output", {for: id});
    const input = make("input", {id, type: "range", min: 0, max: count - 1, step: 1});
    const tell = () => {
      output.textContent = told(+input.value);
      input.setAttribute("aria-valuetext", output.textContent);
    };
    input.value = start;
    input.addEventListener("input", () => { tell(); changed(); });
    tell();
    return {
      element: make("div", {class: "viewer-control"},
        make("label", {for: id}, label), output, input),
      get value() { return +input.value; },
      set value(i) { input.value = i; tell(); },
    };
  }

  /** A labelled list of options; its value is the index of the one that is chosen. */
  function choice(label, options, changed) {
    const id = `viewer-control-${made++}`;
    const select = make("select", {id},
      ...options.map((text, i) => make("option", {value: i}, text)));
    select.addEventListener("change", changed);
    return {
      element: make("div", {class: "viewer-control"},
        make("label", {for: id}, label), select),
      get value() { return +select.value; },
    };
  }

  /** Red, green and blue of a share from 0 to 1 of a scale of colours. */
  function scale(colours) {
    const stops = colours.map(c => [1, 3, 5].map(i => parseInt(c.slice(i, i + 2), 16)));
    return share => {
      const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
      const lower = Math.min(Math.floor(place), stops.length - 2), rest = place - lower;
      return stops[lower].map((c, i) => c + rest * (stops[lower + 1][i] - c));
    };
  }

  /** Values, row by row from below, as colours of a canvas of as many dots. */
  function paint(canvas, values, columns, colour, [low, high]) {
    const rows = values.length / columns;
    Object.assign(canvas, {width: columns, height: rows});
    const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
    values.forEach((value, i) => {
      const row = rows - 1 - Math.floor(i / columns);
      const dot = 4 * (row * columns + i % columns);
      image.data.set([...colour((value - low) / (high - low || 1)), 255], dot);
    });
    context.putImageData(image, 0, 0);
  }

  /** A figure of a field over space and time; say() renews its caption. */
  function map(name) {
    const canvas = make("canvas", {role: "img"}), caption = make("figcaption");
    const now = make("div", {class: "viewer-now"});
    const frame = make("div", {class: "viewer-map"}, canvas, now);
    return {
      element: make("figure", {}, frame, caption), canvas, name,
      say(text, share) {
        caption.replaceChildren(make("b", {}, name), make("br"), text);
        canvas.setAttribute("aria-label", `${name} over position and time; ${text}`);
        now.style.bottom = `${100 * share}%`;
      },
    };
  }

  /** Numbers as tables have them: three digits. */
  const number = value =>
    value < 1e-4 ? value.toExponential(1) : String(+value.toPrecision(3));

  /** Least and greatest of several arrays. */
  function extremes(arrays) {
    let low = Infinity, high = -Infinity;
    for (const array of arrays) for (const value of array) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return [low, high];
  }

  /** Root of the mean squared difference. */
  function rmse(a, b) {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
    return Math.sqrt(sum / a.length);
  }

  /** Start every viewer of a name, each from the data beside it. */
  async function start(name, view) {
    if (!window.DecompressionStream) return;
    for (const root of document.querySelectorAll(`[data-viewer="${name}"]`)) {
      if ("begun" in root.dataset) continue;  // by the same script for another page's
      root.dataset.begun = "";
      const data = JSON.parse(root.querySelector("script").textContent);
      data.fields = await unpack(data.fields);
      const stage = make("div", {class: "viewer-stage", role: "group",
        "aria-label": root.dataset.label});
      root.append(stage);
      const draw = view(data, stage);
      root.classList.add("is-live");
      new ResizeObserver(draw).observe(stage);
      draw();
      root.dataset.ready = "yes";
    }
  }

  return {make, unpack, at, slider, choice, scale, paint, map, number, extremes, rmse,
    start};
})();
