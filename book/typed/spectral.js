"use strict";
/* du/dt = g(u, u_x, …) on a ring by ETDRK4, as evophys_lib/discovery/fields.py does it:
   linearised about the mean, 256 points, two thirds of the modes kept.
   Cox & Matthews 2002, eqs. 26–29; coefficients as in Kassam & Trefethen 2005.

   A complex array is {re, im}, two Float64Arrays; a spectrum has k = 0 … P/2. */

const POINTS = 256, MODES = POINTS / 2 + 1;
const STEP = 0.0025, GROWTH = 30, DIFFERENCE = 1e-3, CONTOUR = 32, RUNAWAY = 100;

const complex = n => ({re: new Float64Array(n), im: new Float64Array(n)});

/* In place, n a power of two; sign −1 forward, +1 back, neither divided by n. */
function transform({re, im}, sign) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i += 1) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let size = 2; size <= n; size <<= 1) {
    const half = size / 2;
    for (let k = 0; k < half; k += 1) {
      const c = Math.cos(2 * Math.PI * k / size), s = sign * Math.sin(2 * Math.PI * k / size);
      for (let start = k; start < n; start += size) {
        const other = start + half;
        const a = re[other] * c - im[other] * s, b = re[other] * s + im[other] * c;
        re[other] = re[start] - a; im[other] = im[start] - b;
        re[start] += a; im[start] += b;
      }
    }
  }
}

/* û_k = (1/n) Σ_p u_p e^{−2πikp/n}, k = 0 … n/2. */
function spectrumOf(values) {
  const n = values.length, whole = complex(n);
  whole.re.set(values);
  transform(whole, -1);
  return {re: whole.re.subarray(0, n / 2 + 1).map(v => v / n),
          im: whole.im.subarray(0, n / 2 + 1).map(v => v / n)};
}

/* u_p = Σ_k û_k e^{2πikp/n}, real; of the ends only the real parts count. */
function valuesOf({re, im}) {
  const half = re.length - 1, n = 2 * half, whole = complex(n);
  whole.re[0] = re[0];
  whole.re[half] = re[half];
  for (let k = 1; k < half; k += 1) {
    whole.re[k] = whole.re[n - k] = re[k];
    whole.im[k] = im[k];
    whole.im[n - k] = -im[k];
  }
  transform(whole, 1);
  return whole.re;
}

/* (2πik)ⁿ û */
function derivative({re, im}, n) {
  const found = complex(re.length), [c, s] = [[1, 0], [0, 1], [-1, 0], [0, -1]][n % 4];
  for (let k = 0; k < re.length; k += 1) {
    const size = (2 * Math.PI * k) ** n;
    found.re[k] = size * (c * re[k] - s * im[k]);
    found.im[k] = size * (c * im[k] + s * re[k]);
  }
  return found;
}

/* a b, elementwise; added to a sum if one is given. */
function product(a, b, sum = complex(a.re.length)) {
  for (let k = 0; k < a.re.length; k += 1) {
    sum.re[k] += a.re[k] * b.re[k] - a.im[k] * b.im[k];
    sum.im[k] += a.re[k] * b.im[k] + a.im[k] * b.re[k];
  }
  return sum;
}

/* Point values u(p/P) of the field with these cell averages. */
function pointsOf(averages) {
  const cells = averages.length, given = spectrumOf(averages), found = complex(MODES);
  for (let k = 0; k < cells / 2; k += 1) {
    const half = Math.PI * k / cells, c = Math.cos(half), s = -Math.sin(half);
    const size = k ? half / Math.sin(half) : 1;
    found.re[k] = size * (given.re[k] * c - given.im[k] * s);
    found.im[k] = size * (given.re[k] * s + given.im[k] * c);
  }
  return valuesOf(found);
}

/* Averages over cells of a spectrum: differences of its primitive. */
function averagesOf({re, im}, cells) {
  const primitive = complex(MODES);
  for (let k = 1; k < MODES - 1; k += 1) {
    primitive.re[k] = im[k] / (2 * Math.PI * k);
    primitive.im[k] = -re[k] / (2 * Math.PI * k);
  }
  const values = valuesOf(primitive), stride = POINTS / cells;
  return Float64Array.from({length: cells}, (_, i) =>
    re[0] + cells * (values[(i + 1) * stride % POINTS] - values[i * stride]));
}

/* The right side as a function of point values by name, always an array. */
function rightSide(tree, parameters) {
  const evaluate = compiled(tree, parameters);
  return states => {
    const found = evaluate(states);
    return typeof found === "number" ? states.u.map(() => found) : found;
  };
}

/* L_k = Σ_n ∂g/∂u_n (2πik)ⁿ at rest about a mean; its real part is bounded. */
function linearised(right, used, mean, duration) {
  const linear = complex(MODES);
  STATES.forEach((name, n) => {
    if (!used.has(name)) return;
    const [ahead, behind] = [DIFFERENCE, -DIFFERENCE].map(d => right(
      Object.fromEntries(STATES.map((s, m) =>
        [s, Float64Array.of((m ? 0 : mean) + (m === n ? d : 0))])))[0]);
    const slope = (ahead - behind) / (2 * DIFFERENCE);
    if (!Number.isFinite(slope)) return;
    const wave = derivative({re: new Float64Array(MODES).fill(slope),
                             im: new Float64Array(MODES)}, n);
    for (let k = 0; k < MODES; k += 1) {
      linear.re[k] += wave.re[k];
      linear.im[k] += wave.im[k];
    }
  });
  linear.re = linear.re.map(v => Math.min(v, GROWTH / duration));
  return linear;
}

const cexp = (a, b) => [Math.exp(a) * Math.cos(b), Math.exp(a) * Math.sin(b)];
const cmul = ([a, b], [c, d]) => [a * c - b * d, a * d + b * c];
const cdiv = ([a, b], [c, d]) => {
  const size = c * c + d * d;
  return [(a * c + b * d) / size, (b * c - a * d) / size];
};

/* Weights of a step h: means over circles of radius one about z = L h. */
function weightsOf(linear, h) {
  const names = ["stage", "first", "middle", "last"];
  const found = Object.fromEntries(["full", "half", ...names].map(n => [n, complex(MODES)]));
  for (let k = 0; k < MODES; k += 1) {
    const [x, y] = [h * linear.re[k], h * linear.im[k]];
    [found.full.re[k], found.full.im[k]] = cexp(x, y);
    [found.half.re[k], found.half.im[k]] = cexp(x / 2, y / 2);
    for (let m = 0; m < CONTOUR; m += 1) {
      const [c, s] = cexp(0, 2 * Math.PI * (m + 0.5) / CONTOUR);
      const w = [x + c, y + s], w2 = cmul(w, w), w3 = cmul(w2, w);
      const e = cexp(...w), [ha, hb] = cexp(w[0] / 2, w[1] / 2);
      const [fa, fb] = cmul(e, [4 - 3 * w[0] + w2[0], -3 * w[1] + w2[1]]);
      const [ma, mb] = cmul(e, [w[0] - 2, w[1]]);
      const [la, lb] = cmul(e, [4 - w[0], -w[1]]);
      const values = [
        cdiv([ha - 1, hb], w),
        cdiv([-4 - w[0] + fa, -w[1] + fb], w3),
        cdiv([2 * (2 + w[0] + ma), 2 * (w[1] + mb)], w3),
        cdiv([-4 - 3 * w[0] - w2[0] + la, -3 * w[1] - w2[1] + lb], w3),
      ];
      names.forEach((name, i) => {
        found[name].re[k] += h * values[i][0] / CONTOUR;
        found[name].im[k] += h * values[i][1] / CONTOUR;
      });
    }
  }
  return found;
}

/* Cell averages at t = 0, Δ, …: an array of Float64Array(cells), from the first. */
function simulate(tree, parameters, first, frames, interval) {
  const cells = first.length, right = rightSide(tree, parameters), used = statesIn(tree);
  const mean = first.reduce((sum, v) => sum + v, 0) / cells;
  const linear = linearised(right, used, mean, interval * (frames - 1));
  const substeps = Math.max(1, Math.ceil(interval / STEP - 1e-9));
  const w = weightsOf(linear, interval / substeps);

  const tendency = spectrum => {
    const u = valuesOf(spectrum), given = spectrumOf(u), states = {u};
    STATES.forEach((name, n) => {
      if (n && used.has(name)) states[name] = valuesOf(derivative(given, n));
    });
    const rest = valuesOf(product(linear, given));
    const change = spectrumOf(right(states).map((v, p) => v - rest[p]));
    for (let k = Math.floor(POINTS / 3) + 1; k < MODES; k += 1) {
      change.re[k] = change.im[k] = 0;
    }
    return change;
  };
  const twice = (a, b) => ({re: a.re.map((v, k) => 2 * v - b.re[k]),
                            im: a.im.map((v, k) => 2 * v - b.im[k])});
  const sum = (a, b) => ({re: a.re.map((v, k) => v + b.re[k]),
                          im: a.im.map((v, k) => v + b.im[k])});
  const step = v => {
    const nv = tendency(v);
    const a = product(w.stage, nv, product(w.half, v)), na = tendency(a);
    const b = product(w.stage, na, product(w.half, v)), nb = tendency(b);
    const c = product(w.stage, twice(nb, nv), product(w.half, a)), nc = tendency(c);
    return product(w.last, nc, product(w.middle, sum(na, nb),
      product(w.first, nv, product(w.full, v))));
  };

  let spectrum = spectrumOf(pointsOf(first));
  const found = [averagesOf(spectrum, cells)];
  while (found.length < frames) {
    for (let s = 0; s < substeps; s += 1) spectrum = step(spectrum);
    found.push(averagesOf(spectrum, cells));
  }
  return found;
}

/* The verdict on what was simulated, [trajectory][frame] of cells each: R² by step,
   −∞ from where a state ran away, and the match, as evophys_lib/discovery/rewards.py. */
function verdictOf(said, observed) {
  const frames = observed[0].length;
  const range = all => Math.max(...all.map(u => Math.max(...u))) -
                       Math.min(...all.map(u => Math.min(...u)));
  let reached = frames;
  observed.forEach((states, b) => {
    const reach = RUNAWAY * range(states);
    const out = said[b].findIndex(u =>
      !u.every((v, i) => Math.abs(v - states[0][i]) <= reach));
    if (out >= 0) reached = Math.min(reached, out);
  });
  const square = (a, b) => a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0);
  const unit = observed.map(states => {
    const mean = states[0].map((_, i) => states.reduce((s, u) => s + u[i], 0) / frames);
    return states.reduce((s, u) => s + square(u, mean), 0) / frames;
  });
  const steps = Array.from({length: frames}, (_, j) => j >= reached ? -Infinity : 1 -
    observed.reduce((s, states, b) => s + square(said[b][j], states[j]) / unit[b], 0) /
    observed.length);
  const match = Math.max(0, steps.reduce((s, v) => s + v, 0) / frames);
  return {steps, match, reached};
}
