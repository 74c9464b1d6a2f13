/* One λ for heat and one for Burgers: what every pair gives. */
"use strict";
Viewers.start("landscape", (data, stage) => {
  const {make, at, slider, choice, number} = Viewers;
  const {fields, lambda} = data, size = lambda.length, cells = fields.shape[3];
  const colour = Viewers.scale(data.colours.field), [low, high] = [lambda[0], lambda.at(-1)];
  const half = (lambda[1] - lambda[0]) / 2, middle = lambda.indexOf(0.5);
  const x = Array.from({length: cells}, (_, i) => (i + 0.5) / cells);
  const merged = {label: "this merge", color: "#000000", dashes: ""};
  const one = value => value.toFixed(1).replace("-", "−");

  const peclet = slider("Péclet number", data.peclet.length, data.peclet.indexOf(10),
    i => `Pe = ${data.peclet[i]}`, draw);
  const sliders = ["heat", "Burgers"].map(
    name => slider(`λ of ${name}`, size, middle, i => one(lambda[i]), draw));
  const [heat, burgers] = sliders;
  const coloured = choice("Colours", ["fitness, as the search sees it",
    "error at t + 50, elsewhere"], draw);
  const [truth, merge, ps] = ["truth", merged.label, "PS"].map(Viewers.map);
  const [ground, profile] = [make("div", {class: "viewer-ground"}), make("div")];
  const summary = make("p", {class: "viewer-summary", "aria-live": "polite"});
  const canvas = make("canvas");
  stage.append(
    make("div", {class: "viewer-controls"},
      ...[peclet, ...sliders, coloured].map(control => control.element)),
    make("div", {class: "viewer-pair"}, ground, make("div", {class: "viewer-side"},
      make("div", {class: "viewer-maps is-three"}, truth.element, merge.element, ps.element),
      profile)),
    summary);

  const move = event => {
    const nearest = value => Math.min(Math.max(Math.round((value - low) / (2 * half)), 0), size - 1);
    [heat.value, burgers.value] = ground.axes.values(event).map(nearest);
    draw();
  };
  ground.addEventListener("pointerdown", move);
  ground.addEventListener("pointermove", event => { if (event.buttons) move(event); });

  function draw() {
    const p = peclet.value, [h, b] = [heat.value, burgers.value];
    const shown = coloured.value === 0 ? data.fitness[p] : data.error[p];
    const levels = shown.flat().map(Math.log10), range = Viewers.extremes([levels]);
    Viewers.paint(canvas, levels, size, share => colour(1 - share), range);

    const box = {range: [low - half, high + half], ticks: [-0.5, 0, 0.5, 1, 1.5]};
    const what = coloured.value === 0 ? "Fitness" : "Error";
    const ends = range.map(value => number(10 ** value));
    ground.axes = Viewers.curves(ground, {
      title: `${what}: bright ${ends[0]}, dark ${ends[1]}`, height: 320,
      x: {...box, label: "λ of heat"}, y: {...box, label: "λ of Burgers"}});
    ground.axes.picture(canvas);
    const lam = data.ps[p].lambda, mean = list => list.reduce((a, v) => a + v, 0) / list.length;
    const ring = {stroke: "#fff", "stroke-width": 1.5};
    lam.heat.forEach((value, l) =>
      ground.axes.dot(value, lam.burgers[l], data.models.ps, {r: 2.5, ...ring, "stroke-width": 0.8}));
    const marks = {heat: [1, 0], burgers: [0, 1], soup: [0.5, 0.5],
      ps: [mean(lam.heat), mean(lam.burgers)]};
    for (const [name, place] of Object.entries(marks)) {
      ground.axes.dot(...place, data.models[name], {r: 6, ...ring});
      ground.axes.note(...place, data.models[name].label, name === "ps");
    }
    ground.axes.dot(lambda[h], lambda[b], merged, {r: 9, fill: "none", stroke: "#fff", "stroke-width": 5});
    ground.axes.dot(lambda[h], lambda[b], merged, {r: 9, fill: "none", stroke: "#000", "stroke-width": 2.5});

    const rows = [0, 1, 2 + b * size + h].map(m => at(fields, m, p));
    const colours = Viewers.extremes(rows), found = data.ps[p];
    const [f, error] = [data.fitness[p][b][h], data.error[p][b][h]];
    [[truth, 0, "exact solution"], [merge, 2, `error ${number(error)}`],
      [ps, 1, `error ${number(found.error)}`]].forEach(([map, i, text]) => {
      Viewers.paint(map.canvas, rows[i], cells, colour, colours);
      map.say(text, 1);
    });
    const last = rows.map(row => [...row.slice(-cells)]), span = Viewers.extremes(last);
    const pad = 0.05 * (span[1] - span[0]);
    const curves = Viewers.curves(profile, {title: "u(x) at t + 50: exact dotted, PS green", height: 180,
      x: {range: [0, 1], label: "position x / L"}, y: {range: [span[0] - pad, span[1] + pad]}});
    curves.line(x, last[0], {...data.models.truth, dashes: "2 3"});
    curves.line(x, last[1], data.models.ps);
    curves.line(x, last[2], merged);

    const expert = {heat: [0, 1], burgers: [1, 0]};
    const better = Object.values(expert).every(
      ([i, j]) => f < data.fitness[p][lambda.indexOf(i)][lambda.indexOf(j)]);
    summary.textContent = `λ = ${one(lambda[h])} for heat, ${one(lambda[b])} for Burgers: ` +
      `fitness ${number(f)}, ${better ? "better than both experts" : "not better than both experts"}; ` +
      `PS, with a pair for each layer, ends at ${number(found.fitness)}.`;
  }
  return draw;
});
