/* Truth and models over Péclet number and time. */
"use strict";
Viewers.start("forecasts", (data, stage) => {
  const {make, at, slider, choice, number, rmse} = Viewers;
  const names = Object.keys(data.models), told = names.slice(1), {fields} = data;
  const cells = fields.shape[4], steps = data.frames.length, colours = data.colours;
  const field = Viewers.scale(colours.field), difference = Viewers.scale(colours.difference);
  const x = Array.from({length: cells}, (_, i) => (i + 0.5) / cells);

  const peclet = slider("Péclet number", data.peclet.length, data.peclet.indexOf(10),
    i => `Pe = ${data.peclet[i]}`, draw);
  const time = slider("Time", steps, steps - 1, i => {
    const frames = data.frames[i];
    return `${frames} frames ahead (t = ${number(frames * data.time_step)})`;
  }, draw);
  const trajectory = choice("Trajectory",
    Array.from({length: fields.shape[2]}, (_, i) => `test trajectory ${i + 1}`), draw);
  const what = choice("Maps and profile", ["fields u", "errors û − u"], draw);
  const shown = Object.fromEntries(names.map(name => [name, true]));
  const maps = Object.fromEntries(names.map(name => [name, Viewers.map(data.models[name].label)]));
  const plots = ["profile", "time", "peclet"].map(() => make("div"));
  const summary = make("p", {class: "viewer-summary", "aria-live": "polite"});
  stage.append(
    make("div", {class: "viewer-controls"}, peclet.element, time.element, trajectory.element,
      what.element),
    make("div", {class: "viewer-maps"}, ...Object.values(maps).map(map => map.element)),
    summary,
    make("div", {class: "viewer-legend", role: "group", "aria-label": "Curves that are drawn"},
      ...names.map(legend)),
    make("div", {class: "viewer-plots"}, ...plots));

  function legend(name) {
    const look = data.models[name], box = make("input", {type: "checkbox", checked: ""});
    box.addEventListener("change", () => { shown[name] = box.checked; draw(); });
    const stroke = look.color === "#000000" ? "currentColor" : look.color;
    const line = make("svg", {width: 26, height: 10, "aria-hidden": "true"},
      make("line", {x1: 0, x2: 26, y1: 5, y2: 5, stroke, "stroke-width": 3,
        "stroke-dasharray": look.dashes}));
    return make("label", {}, box, line, look.label);
  }

  function draw() {
    const p = peclet.value, h = time.value, k = trajectory.value;
    const now = Object.fromEntries(names.map((name, m) => [name, at(fields, m, p, k, h)]));
    const apart = what.value === 1, share = h / (steps - 1);
    const whole = names.map((_, m) => at(fields, m, p, k));
    const every = apart ? whole.map(values => values.map((v, i) => v - whole[0][i])) : whole;
    let range = Viewers.extremes(every);
    if (apart) range = [-1, 1].map(sign => sign * Math.max(-range[0], range[1]));
    const errors = Object.fromEntries(told.map(
      name => [name, rmse(now[name], now.truth) / data.initial_std[p][k]]));
    names.forEach((name, m) => {
      const values = apart && m === 0 ? whole[0] : every[m];
      const own = apart && m === 0 ? Viewers.extremes([values]) : range;
      Viewers.paint(maps[name].canvas, values, cells, apart && m ? difference : field, own);
      maps[name].say(name === "truth" ? "exact solution"
        : h ? `error ${number(errors[name])}` : "the last frame it sees", share);
    });
    const best = told.reduce((a, b) => errors[b] < errors[a] ? b : a);
    summary.textContent = h === 0
      ? "Here every model starts: the last frame that it sees."
      : `Nearest to the truth here: ${data.models[best].label}, off by ` +
        `${number(errors[best])} initial standard deviations.`;
    const drawn = names.filter(name => shown[name]), models = drawn.filter(n => n !== "truth");

    const [low, high] = range, pad = 0.05 * (high - low);
    const profile = Viewers.curves(plots[0], {
      title: `${apart ? "û − u" : "u(x)"}, ${data.frames[h]} frames ahead`,
      x: {range: [0, 1], label: "position x / L"}, y: {range: [low - pad, high + pad]}});
    drawn.forEach(name => {
      const values = every[names.indexOf(name)].slice(h * cells, (h + 1) * cells);
      profile.line(x, [...values], data.models[name]);
    });

    const after = data.frames.slice(1);
    const levels = Viewers.extremes(told.flatMap(name => data.nrmse[name]));
    const y = {range: [levels[0] / 1.2, levels[1] * 1.2], log: true};
    const byTime = Viewers.curves(plots[1], {
      title: `nRMSE, all test trajectories, Pe = ${data.peclet[p]}`,
      x: {range: [0, after.at(-1)], label: "frames ahead"}, y});
    byTime.across(data.frames[h]);
    models.forEach(name => {
      const curve = data.nrmse[name][p], look = data.models[name];
      byTime.line(after, curve, look);
      if (h) byTime.dot(data.frames[h], curve[h - 1], look);
    });

    const far = Math.max(h, 1);
    const byPeclet = Viewers.curves(plots[2], {
      title: `nRMSE, all test trajectories, t + ${data.frames[far]}`,
      x: {range: [data.peclet[0], data.peclet.at(-1)], log: true, label: "Péclet number",
        ticks: [0.1, 1, 10, 100]}, y});
    byPeclet.across(data.peclet[p]);
    models.forEach(name => {
      const curve = data.nrmse[name].map(at => at[far - 1]), look = data.models[name];
      byPeclet.line(data.peclet, curve, look);
      byPeclet.dot(data.peclet[p], curve[p], look);
    });
  }
  return draw;
});
