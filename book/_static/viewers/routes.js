/* A layer of either expert at each depth: what the path they make gives. */
"use strict";
Viewers.start("routes", (data, stage) => {
  const {make, at, slider, number} = Viewers;
  const {fields, paths, experts} = data, depths = paths[0].length, cells = fields.shape[3];
  const colour = Viewers.scale(data.colours.field), looks = experts.map(name => data.models[name]);
  const x = Array.from({length: cells}, (_, i) => (i + 0.5) / cells);
  const SOFT = paths.length, DFS = SOFT + 1;
  const names = Array.from({length: depths}, (_, l) => l < depths - 1 ? `block ${l}` : "head");
  let chosen = 0;

  const peclet = slider("Péclet number", data.peclet.length, data.peclet.indexOf(10),
    i => `Pe = ${data.peclet[i]}`, draw);
  const buttons = names.map((name, l) => {
    const button = make("button", {type: "button", "data-depth": l});
    button.addEventListener("click", () => {
      const path = [...(paths[chosen] ?? paths[bestAt(peclet.value)])];
      path[l] = (path[l] + 1) % experts.length;
      choose(paths.findIndex(other => other.every((e, i) => e === path[i])));
    });
    return button;
  });
  const presets = [
    ...looks.map((look, e) => [look.label, () => e * (SOFT - 1)]),
    ["best path", () => bestAt(peclet.value)], ["soft paths", () => SOFT], ["DFS", () => DFS],
  ].map(([label, which]) => {
    const button = make("button", {type: "button"}, label);
    button.addEventListener("click", () => choose(which()));
    return {button, which};
  });
  const [truth, rolled] = ["truth", "this path"].map(Viewers.map);
  const plots = [make("div"), make("div")];
  const summary = make("p", {class: "viewer-summary", "aria-live": "polite"});
  const route = make("div", {class: "viewer-route", role: "group",
    "aria-label": "Whose layer is used at each depth"}, ...buttons);
  stage.append(make("div", {class: "viewer-controls"}, peclet.element),
    make("div", {class: "viewer-presets", role: "group", "aria-label": "Paths by name"},
      ...presets.map(preset => preset.button)), route, summary,
    make("div", {class: "viewer-plots is-routes"},
      make("div", {class: "viewer-maps is-two"}, truth.element, rolled.element), ...plots));

  function choose(index) { chosen = index; draw(); }
  function bestAt(p) { return data.fitness[p].indexOf(Math.min(...data.fitness[p])); }

  /** Fitness, error and look of a path. */
  function told(p, index) {
    if (index === SOFT) return {...data.soft[p], look: data.models.soft_paths};
    if (index === DFS) return {...data.dfs[p], look: data.models.dfs};
    return {fitness: data.fitness[p][index], error: data.error[p][index],
      look: index === bestAt(p) ? {...data.models.best_path, dashes: ""} : {color: "#7f7f7f", dashes: ""}};
  }

  function layer(button, l, p) {
    const weights = experts.map(name => data.soft[p].lambda[name][l]);
    const owner = paths[chosen]?.[l];
    const whose = chosen === SOFT
      ? experts.map((name, e) => `${data.models[name].label} × ${weights[e].toFixed(2)}`).join(", ")
      : chosen === DFS ? "by DFS’ path" : looks[owner].label;
    const shares = chosen === SOFT ? weights : experts.map((_, e) => +(e === owner));
    const bars = experts.map((_, e) => {
      const bar = make("span", {class: "viewer-share"});
      bar.style.background = looks[e].color;
      bar.style.flexGrow = Math.max(shares[e], 0);
      return bar;
    });
    button.replaceChildren(make("b", {}, names[l]),
      make("span", {class: "viewer-shares", "aria-hidden": "true"}, ...(chosen === DFS ? [] : bars)),
      make("span", {}, whose));
  }

  function draw() {
    const p = peclet.value, here = told(p, chosen), best = told(p, bestAt(p));
    buttons.forEach((button, l) => layer(button, l, p));
    for (const {button, which} of presets)
      button.setAttribute("aria-pressed", which() === chosen);

    const rows = [at(fields, 0, p), at(fields, 1 + chosen, p)], range = Viewers.extremes(rows);
    [truth, rolled].forEach((map, i) => Viewers.paint(map.canvas, rows[i], cells, colour, range));
    truth.say("exact solution", 1);
    rolled.say(`error ${number(here.error)}`, 1);

    const last = rows.map(row => [...row.slice(-cells)]), span = Viewers.extremes(last);
    const pad = 0.05 * (span[1] - span[0]);
    const profile = Viewers.curves(plots[0], {title: "u(x) at t + 50, exact dotted",
      x: {range: [0, 1], label: "position x / L"}, y: {range: [span[0] - pad, span[1] + pad]}});
    profile.line(x, last[0], {...data.models.truth, dashes: "2 3"});
    profile.line(x, last[1], here.look);

    const levels = [data.soft[p].fitness, data.dfs[p].fitness];
    const ends = Viewers.extremes([data.fitness[p], levels]);
    const all = Viewers.curves(plots[1], {title: "Fitness: soft dashed, DFS solid",
      x: {range: [-0.5, depths + 0.5], label: `layers of the ${looks[1].label}`,
        ticks: Array.from({length: depths + 1}, (_, i) => i)},
      y: {range: [ends[0] / 1.3, ends[1] * 1.3], log: true}});
    all.level(levels[0], data.models.soft_paths);
    all.level(levels[1], data.models.dfs);
    const place = path => path.reduce((a, b) => a + b, 0);
    paths.forEach((path, i) => all.dot(place(path), data.fitness[p][i],
      {color: i === 0 ? looks[0].color : i === SOFT - 1 ? looks[1].color : "#7f7f7f"},
      {r: i === bestAt(p) ? 6 : 4, ...(i === bestAt(p) && {stroke: "currentColor", "stroke-width": 2})}));
    if (chosen < SOFT) all.dot(place(paths[chosen]), here.fitness, here.look,
      {r: 9, fill: "none", stroke: "currentColor", "stroke-width": 2});

    summary.textContent = `Fitness ${number(here.fitness)}; the best of all ${SOFT} paths has ` +
      `${number(best.fitness)}, the soft one ${number(levels[0])}, DFS’ ${number(levels[1])}.` +
      (chosen === DFS ? ` DFS’ path: ${data.dfs[p].layers.join(" → ")}.` : "");
  }
  return draw;
});
