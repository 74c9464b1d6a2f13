/* Curves with axes, drawn as SVG at the width that there is, so that labels keep their size. */
"use strict";
window.Viewers.curves ??= (() => {
  const {make} = Viewers;
  const MARGIN = {left: 46, right: 10, top: 24, bottom: 36};

  function ticks([low, high], log) {
    if (!log) {
      const rough = (high - low) / 4, power = 10 ** Math.floor(Math.log10(rough));
      const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough);
      const first = Math.ceil(low / step - 1e-9), count = Math.floor(high / step - first + 1e-9);
      return Array.from({length: count + 1}, (_, i) => +((first + i) * step).toPrecision(6));
    }
    const found = [];
    for (let p = Math.floor(Math.log10(low)); p <= Math.log10(high); p++)
      for (const n of high / low > 40 ? [1] : [1, 2, 5])
        if (n * 10 ** p >= low && n * 10 ** p <= high) found.push(+(n * 10 ** p).toPrecision(3));
    return found;
  }

  /** Empty axes in `place`; x and y: {range, log, label, ticks}. */
  return function axes(place, {title, x, y, height = 220}) {
    const width = Math.max(place.clientWidth, 200);
    const svg = make("svg", {width, height, role: "img", "aria-label": title});
    const inner = {right: width - MARGIN.right, bottom: height - MARGIN.bottom};
    const toward = (axis, from, to) => value => {
      const of = v => axis.log ? Math.log10(v) : v;
      const share = (of(value) - of(axis.range[0])) / (of(axis.range[1]) - of(axis.range[0]));
      return +(from + share * (to - from)).toFixed(1);
    };
    const px = toward(x, MARGIN.left, inner.right), py = toward(y, inner.bottom, MARGIN.top);
    const say = (text, at, more) => svg.append(make("text", {...at, ...more}, text));
    for (const tick of x.ticks ?? ticks(x.range, x.log)) {
      svg.append(make("line", {class: "grid", x1: px(tick), x2: px(tick), y1: MARGIN.top, y2: inner.bottom}));
      say(tick, {x: px(tick), y: inner.bottom + 14}, {"text-anchor": "middle"});
    }
    for (const tick of y.ticks ?? ticks(y.range, y.log)) {
      svg.append(make("line", {class: "grid", x1: MARGIN.left, x2: inner.right, y1: py(tick), y2: py(tick)}));
      say(tick, {x: MARGIN.left - 5, y: py(tick) + 4}, {"text-anchor": "end"});
    }
    say(title, {x: MARGIN.left, y: 14}, {class: "title"});
    if (y.label) say(y.label, {x: -(MARGIN.top + inner.bottom) / 2, y: 11},
      {"text-anchor": "middle", transform: "rotate(-90)"});
    say(x.label, {x: (MARGIN.left + inner.right) / 2, y: height - 5}, {"text-anchor": "middle"});
    place.replaceChildren(svg);
    const stroke = colour => colour === "#000000" ? "currentColor" : colour;
    return {
      svg,
      /** The numbers at a place of the window. */
      values(event) {
        const box = svg.getBoundingClientRect();
        const back = (axis, share) => axis.range[0] + share * (axis.range[1] - axis.range[0]);
        return [
          back(x, (event.clientX - box.left - MARGIN.left) / (inner.right - MARGIN.left)),
          back(y, (inner.bottom - event.clientY + box.top) / (inner.bottom - MARGIN.top)),
        ];
      },
      /** A line through points; look: {color, dashes}. */
      line(xs, ys, look, more = {}) {
        const points = xs.map((v, i) => `${px(v)} ${py(ys[i])}`);
        svg.append(make("path", {d: `M${points.join("L")}`, fill: "none",
          stroke: stroke(look.color), "stroke-width": 2, "stroke-dasharray": look.dashes,
          "stroke-linejoin": "round", ...more}));
      },
      dot(x0, y0, look, more = {}) {
        svg.append(make("circle", {cx: px(x0), cy: py(y0), r: 4, fill: stroke(look.color), ...more}));
      },
      /** A word beside a point, legible on any colour. */
      note(x0, y0, text, below = false) {
        const left = px(x0) > (MARGIN.left + inner.right) / 2;
        say(text, {x: px(x0) + (left ? -9 : 9), y: py(y0) + (below ? 16 : -8)},
          {class: "note", "text-anchor": left ? "end" : "start"});
      },
      /** A canvas that fills the axes. */
      picture(canvas) {
        svg.append(make("image", {href: canvas.toDataURL(), x: MARGIN.left, y: MARGIN.top,
          width: inner.right - MARGIN.left, height: inner.bottom - MARGIN.top,
          preserveAspectRatio: "none", class: "dots"}));
      },
      across(x0) {
        svg.append(make("line", {class: "now", x1: px(x0), x2: px(x0), y1: MARGIN.top, y2: inner.bottom}));
      },
      level(y0, look) {
        svg.append(make("line", {x1: MARGIN.left, x2: inner.right, y1: py(y0), y2: py(y0),
          stroke: stroke(look.color), "stroke-width": 1.5, "stroke-dasharray": look.dashes || "1 0"}));
      },
    };
  };
})();
