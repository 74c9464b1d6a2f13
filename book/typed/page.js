"use strict";
/* The page: what is chosen and typed, solved and drawn. */

const DATA = JSON.parse(document.getElementById("data").textContent);
const at = id => document.getElementById(id);
const LARGEST = 1e6;
const EXAMPLES = {
  "target": pe => ["u_t = -U*u_x + alpha*u_xx", DATA.target[pe]],
  "heat": pe => ["u_t = alpha*u_xx", {alpha: DATA.target[pe].alpha}],
  "Burgers": pe => ["u_t = -u*u_x + nu*u_xx", {nu: DATA.target[pe].alpha}],
  "what regression finds": (pe, model) => {
    const {text, parameters} = DATA.rollouts[pe][model];
    return [text, parameters];
  },
};
let values = {};

/* [trajectory][frame] of cells. */
function observedOf(pe, model) {
  return DATA.rollouts[pe][model].fields.map(frames =>
    frames.map(u => Float64Array.from(u, v => v * DATA.scale)));
}

/* An equation solved and judged: {said, steps, match, reached}, or EquationError. */
function judge(text, parameters, pe, model) {
  const {right, parameters: names} = readEquation(text);
  for (const [name, column] of names) {
    const value = parameters[name];
    if (!Number.isFinite(value) || Math.abs(value) > LARGEST) {
      throw new EquationError(`parameter ${name} needs a value within ±${LARGEST}`, column);
    }
  }
  const observed = observedOf(pe, model);
  const said = observed.map(frames =>
    simulate(right, parameters, frames[0], frames.length, DATA.interval));
  return {said, observed, ...verdictOf(said, observed)};
}

/* A field for every parameter that the equation names; what was typed stays. */
function askForParameters() {
  let names;
  try {
    names = [...readEquation(at("equation").value).parameters.keys()];
  } catch (error) {
    if (!(error instanceof EquationError)) throw error;
    return tell(error);
  }
  tell(null);
  const shown = [...at("parameters").querySelectorAll("input")].map(i => i.name);
  if (names.join() === shown.join()) return;
  at("parameters").replaceChildren(...names.map(name => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, {type: "number", step: "any", name, value: values[name] ?? 1});
    input.addEventListener("input", () => { values[name] = input.valueAsNumber; });
    values[name] = Number(input.value);
    label.append(`${name} = `, input);
    return label;
  }));
}

/* Say what is wrong with the equation, or that nothing is. */
function tell(error) {
  at("problem").textContent = error ? error.message : "";
  at("equation").setAttribute("aria-invalid", String(Boolean(error)));
  if (error) at("verdict").textContent = "";
}

function compare() {
  const [pe, model] = [at("peclet").value, at("model").value];
  let found;
  try {
    found = judge(at("equation").value, values, pe, model);
  } catch (error) {
    if (!(error instanceof EquationError)) throw error;
    return tell(error);
  }
  tell(null);
  const {steps, match, reached, said, observed} = found;
  at("verdict").textContent = reached < steps.length
    ? `match 0: it runs away, or is undefined, after ${reached} of ${steps.length} states`
    : `match ${match.toFixed(3)}${match > 0.93 ? ": accepted" : ""}`;
  at("whose").textContent = DATA.labels[model];
  draw(observed[0], said[0], reached);
  drawCurve(steps);
}

/* Blue below, white at, orange above the middle; v from −1 to 1. */
function colour(v) {
  const end = v < 0 ? [0, 90, 160] : [200, 80, 0], part = Math.min(1, Math.abs(v));
  return end.map(c => Math.round(255 + part * (c - 255)));
}

function draw(observed, said, reached) {
  const all = observed.flatMap(u => [...u]);
  const middle = (Math.max(...all) + Math.min(...all)) / 2;
  const half = Math.max((Math.max(...all) - Math.min(...all)) / 2, 1e-9);
  const kept = said.slice(0, reached);
  const difference = kept.map((u, j) => u.map((v, i) => v - observed[j][i]));
  const largest = Math.max(...difference.map(u => Math.max(...u.map(Math.abs))));
  paint("rollout", observed, v => (v - middle) / half);
  paint("said", kept, v => (v - middle) / half, observed.length);
  paint("difference", difference, v => v / half, observed.length);
  const span = `u from ${(middle - half).toFixed(2)} to ${(middle + half).toFixed(2)}`;
  at("range").textContent = `Blue to orange: ${span}; differences from ` +
    `${(-half).toFixed(2)} to ${half.toFixed(2)}, the largest is ${largest.toFixed(3)}.`;
  at("rollout").setAttribute("aria-label", `rollout over x and time, ${span}`);
  at("said").setAttribute("aria-label",
    `what the equation says over x and time, ${reached} of ${observed.length} states`);
  at("difference").setAttribute("aria-label",
    `their difference, at most ${largest.toFixed(3)}`);
}

function paint(id, rows, scaled, height = rows.length) {
  const canvas = at(id), width = rows[0].length;
  Object.assign(canvas, {width, height});
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  rows.forEach((row, j) => row.forEach((v, i) => {
    image.data.set([...colour(scaled(v)), 255], 4 * (j * width + i));
  }));
  context.putImageData(image, 0, 0);
}

/* R² by step, from −1 to 1; what is lower lies on the lower edge. */
function drawCurve(steps) {
  const x = j => 50 + 570 * j / (steps.length - 1);
  const y = r => 190 - 85 * (Math.max(-1, Math.min(1, r)) + 1);
  const ns = "http://www.w3.org/2000/svg";
  const make = (tag, attributes, text = "") => {
    const element = document.createElementNS(ns, tag);
    Object.entries(attributes).forEach(([k, v]) => element.setAttribute(k, v));
    element.textContent = text;
    return element;
  };
  const last = ((steps.length - 1) * DATA.interval).toFixed(2);
  at("curve").replaceChildren(
    ...[-1, 0, 1].flatMap(r => [
      make("line", {x1: 50, x2: 620, y1: y(r), y2: y(r)}),
      make("text", {x: 42, y: y(r) + 4, "text-anchor": "end"}, r === -1 ? "≤ −1" : r),
    ]),
    make("text", {x: 50, y: 212}, "t = 0"),
    make("text", {x: 620, y: 212, "text-anchor": "end"}, `t = ${last}`),
    make("path", {d: steps.map((r, j) => `${j ? "L" : "M"}${x(j)} ${y(r)}`).join("")}),
    ...steps.map((r, j) => make("circle", {cx: x(j), cy: y(r), r: 3.5})));
  at("curve").setAttribute("aria-label", "R² by step: " +
    steps.map(r => r < -1 ? "below −1" : r.toFixed(2)).join(", "));
}

function use([text, parameters]) {
  values = Object.fromEntries(Object.entries(parameters).map(
    ([name, value]) => [name, Number(value.toPrecision(6))]));
  at("equation").value = text;
  at("parameters").replaceChildren();
  askForParameters();
  compare();
}

function begin() {
  const option = (value, text) => Object.assign(document.createElement("option"),
    {value, textContent: text});
  const peclets = Object.keys(DATA.rollouts).sort((a, b) => a - b);
  at("peclet").append(...peclets.map(pe => option(pe, pe)));
  at("model").append(...Object.entries(DATA.labels).map(([k, v]) => option(k, v)));
  at("peclet").value = "10";
  at("model").value = "directions";
  for (const [name, example] of Object.entries(EXAMPLES)) {
    const button = Object.assign(document.createElement("button"),
      {type: "button", textContent: name});
    button.addEventListener("click", () => use(example(at("peclet").value, at("model").value)));
    at("examples").append(button);
  }
  at("source").textContent = `Two trajectories of the test split, profile ${DATA.profile}, ` +
    `seed ${DATA.seed}; the first is drawn, both are judged.`;
  at("equation").addEventListener("input", askForParameters);
  at("form").addEventListener("submit", event => { event.preventDefault(); compare(); });
  for (const id of ["peclet", "model"]) at(id).addEventListener("change", compare);
  use(EXAMPLES.target("10"));
}

begin();
