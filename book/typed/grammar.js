"use strict";
/* An equation as text into a tree, by recursive descent; nothing is ever executed.

   equation = ("u_t" | "du/dt") "=" sum
   sum      = product { ("+" | "-") product }
   product  = sign { ("*" | "/") sign }
   sign     = { "+" | "-" } power
   power    = operand [ "**" exponent ]
   operand  = number | name | function "(" sum ")" | "(" sum ")"

   The bounds are those of evophys_lib/discovery/tokens.py and expressions.py. */

const BOUNDS = {
  length: 1200, right: 400, tokens: 160, nesting: 12, signs: 2, digits: 20,
  number: 1e6, exponent: 6, degree: 12, nested: 3, parameters: 12,
};
const FUNCTIONS = {
  sin: Math.sin, cos: Math.cos, tan: Math.tan, exp: Math.exp,
  log: Math.log, sqrt: Math.sqrt, abs: Math.abs,
};
const STATES = ["u", "u_x", "u_xx", "u_xxx", "u_xxxx"];
const TAKEN = new Set([...Object.keys(FUNCTIONS), ...STATES, "t", "x"]);
const KEYWORDS = new Set(
  ("False None True and as assert async await break class continue def del elif else " +
   "except finally for from global if import in is lambda nonlocal not or pass raise " +
   "return try while with yield").split(" "));
const PARAMETER = /^[A-Za-z][A-Za-z0-9_]{0,19}$/;
const TOKEN = /(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z][A-Za-z0-9_]*)|(\*\*|[-+*/()])/y;
const ADVICE = {
  "^": "a power is written **", "=": "an equation has one =",
  "\u2212": "minus is written -", "\u00b7": "a product is written *",
  ",": "each function takes one argument", ".": "names have no attributes",
};

/* What is wrong, and in which column, counted from 1. */
class EquationError extends Error {
  constructor(what, column) {
    super(`column ${column}: ${what}`);
    this.column = column;
  }
}

/* The tree of the right side of an equation for u, and the parameters that it names,
   with the column of each. */
function readEquation(text) {
  if (text.length > BOUNDS.length) {
    throw new EquationError(`at most ${BOUNDS.length} characters`, BOUNDS.length);
  }
  const sides = [...text.matchAll(/[^;\r\n]+/g)].filter(m => m[0].trim());
  if (!sides.length) throw new EquationError("no equation for u: write u_t = ...", 1);
  const [{0: whole, index}, second] = sides;
  const equals = whole.indexOf("=");
  const column = index + whole.length - whole.trimStart().length + 1;
  if (equals < 0) throw new EquationError("an equation needs a =", index + whole.length);
  const left = whole.slice(0, equals).replaceAll(" ", "").trim();
  if (left !== "u_t" && left !== "du/dt") {
    throw new EquationError("this cannot stand on the left: write u_t or du/dt", column);
  }
  if (second) throw new EquationError("a second equation", second.index + 1);
  const offset = index + equals + 1;
  return new Reader(whole.slice(equals + 1), offset).read();
}

/* Pieces of a right side with their columns, within the bounds. */
function tokensOf(text, offset) {
  if (text.length > BOUNDS.right) {
    throw new EquationError(
      `a right side has at most ${BOUNDS.right} characters`, offset + BOUNDS.right + 1);
  }
  const found = [];
  let at = 0, depth = 0, signs = 0;
  while (at < text.length) {
    const column = offset + at + 1;
    if (text[at] === " " || text[at] === "\t") { at += 1; continue; }
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) {
      const shown = String.fromCodePoint(text.codePointAt(at));
      const advice = Object.hasOwn(ADVICE, shown)
        ? ADVICE[shown] : "only numbers, names, + - * / ** and ()";
      throw new EquationError(`'${shown}' has no meaning: ${advice}`, column);
    }
    const [word, number, name] = match;
    const kind = number ? "number" : name ? "name" : "operator";
    if (number && word.length > BOUNDS.digits) {
      throw new EquationError(`a number has at most ${BOUNDS.digits} characters`, column);
    }
    if (number && Number(word) > BOUNDS.number) {
      throw new EquationError(`${word} is larger than ${BOUNDS.number}`, column);
    }
    if (name && KEYWORDS.has(word)) {
      throw new EquationError(`${word} cannot be a name`, column);
    }
    depth += word === "(" ? 1 : word === ")" ? -1 : 0;
    signs = word === "+" || word === "-" ? signs + 1 : 0;
    if (found.length === BOUNDS.tokens) {
      throw new EquationError(`more than ${BOUNDS.tokens} words and signs`, column);
    }
    if (depth > BOUNDS.nesting) {
      throw new EquationError(`parentheses nest deeper than ${BOUNDS.nesting}`, column);
    }
    if (depth < 0) throw new EquationError("this ) closes nothing", column);
    if (signs > BOUNDS.signs) {
      throw new EquationError(`more than ${BOUNDS.signs} signs in a row`, column);
    }
    found.push({kind, word, column});
    at += word.length;
  }
  if (!found.length) throw new EquationError("nothing stands on the right of =", offset + 1);
  if (depth) throw new EquationError("a ( is never closed", offset + text.length);
  return found;
}

/* A node has `column`; `constant`, its value if no name is in it, else null; `degree`,
   the largest product of exponents; `nested`, functions and ratios within each other. */
class Reader {
  constructor(text, offset) {
    this.tokens = tokensOf(text, offset);
    this.end = offset + text.length;
    this.at = 0;
    this.names = new Map();
  }

  read() {
    const right = this.sum();
    const left = this.tokens[this.at];
    if (left) {
      throw new EquationError(
        `${left.word} follows without an operator: write *`, left.column);
    }
    return {right, parameters: this.names};
  }

  take(...words) {
    const token = this.tokens[this.at];
    if (!token || token.kind !== "operator" || !words.includes(token.word)) return null;
    this.at += 1;
    return token;
  }

  sum() {
    let whole = this.product();
    for (let sign; (sign = this.take("+", "-"));) {
      whole = joined(sign, whole, this.product());
    }
    return whole;
  }

  product() {
    let whole = this.sign();
    for (let sign; (sign = this.take("*", "/"));) {
      const other = this.sign();
      whole = joined(sign, whole, sign.word === "/" ? deeper(other, other.column) : other);
    }
    return whole;
  }

  sign() {
    const sign = this.take("+", "-");
    if (!sign) return this.power();
    const inner = this.sign();
    return sign.word === "+" ? inner
      : bounded(around(inner, {kind: "negative", constant: negated(inner.constant)}));
  }

  power() {
    const base = this.operand();
    const sign = this.take("**");
    if (!sign) return base;
    const power = this.exponent();
    if (Math.abs(power) > BOUNDS.exponent) {
      throw new EquationError(`an exponent lies between ±${BOUNDS.exponent}`, sign.column + 2);
    }
    const degree = base.degree * Math.max(Math.abs(power), 1);
    if (degree > BOUNDS.degree) {
      throw new EquationError(`powers of powers beyond ${BOUNDS.degree}`, base.column);
    }
    const inner = power < 1 || power !== Math.trunc(power)
      ? deeper(base, base.column) : base;
    const constant = base.constant === null ? null : base.constant ** power;
    return bounded(around(inner, {kind: "power", power, constant, degree}));
  }

  /* A number, its negative, or a ratio of two in parentheses. */
  exponent() {
    const minus = this.take("-");
    if (minus) return -this.exponent();
    const open = this.take("(");
    let value = open && this.take("-") ? -this.figure() : this.figure();
    if (open && this.take("/")) {
      const below = this.figure();
      if (!below) throw new EquationError("division by zero", open.column);
      value /= below;
    }
    if (open && !this.take(")")) {
      throw new EquationError("an exponent is a number", open.column);
    }
    if (this.take("**")) throw new EquationError("an exponent is a number", this.last());
    return value;
  }

  figure() {
    const token = this.tokens[this.at];
    if (!token || token.kind !== "number") {
      throw new EquationError("an exponent is a number", token ? token.column : this.end);
    }
    this.at += 1;
    return Number(token.word);
  }

  operand() {
    const token = this.tokens[this.at];
    if (!token) throw new EquationError("something is missing here", this.end);
    this.at += 1;
    const {word, column} = token;
    if (token.kind === "number") {
      return bounded({kind: "number", column, constant: Number(word), degree: 1, nested: 0});
    }
    if (token.kind === "name") return this.named(word, column);
    if (word !== "(") throw new EquationError(`${word} is not expected here`, column);
    const inner = this.sum();
    this.close();
    return inner;
  }

  named(name, column) {
    const called = this.tokens[this.at]?.word === "(";
    if (Object.hasOwn(FUNCTIONS, name)) {
      if (!called) {
        throw new EquationError(`${name} needs an argument in parentheses`, column);
      }
      this.at += 1;
      const inner = deeper(this.sum(), column);
      this.close();
      const constant = inner.constant === null ? null : FUNCTIONS[name](inner.constant);
      return bounded(around(inner, {kind: "call", name, column, constant}));
    }
    if (called) {
      const known = Object.keys(FUNCTIONS).join(", ");
      throw new EquationError(`${name} is not one of ${known}`, column);
    }
    if (!STATES.includes(name)) {
      if (TAKEN.has(name) || !PARAMETER.test(name)) {
        throw new EquationError(`${name} is unknown here`, column);
      }
      if (!this.names.has(name)) this.names.set(name, column);
      if (this.names.size > BOUNDS.parameters) {
        throw new EquationError(`more than ${BOUNDS.parameters} parameters`, column);
      }
    }
    return {kind: "name", name, column, constant: null, degree: 1, nested: 0};
  }

  close() {
    const token = this.tokens[this.at];
    if (!this.take(")")) {
      throw new EquationError(
        `${token.word} follows without an operator: write *`, token.column);
    }
  }

  last() { return this.tokens[this.at - 1].column; }
}

const JOIN = {
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b,
};

function joined({word, column}, one, other) {
  const known = one.constant !== null && other.constant !== null;
  if (word === "/" && other.constant === 0) {
    throw new EquationError("division by zero", other.column);
  }
  return bounded({
    kind: word, one, other, column: one.column ?? column,
    constant: known ? JOIN[word](one.constant, other.constant) : null,
    degree: Math.max(one.degree, other.degree), nested: Math.max(one.nested, other.nested),
  });
}

/* A node with one part; what is not said of it is as in the part. */
function around(inner, said) {
  const {column, degree, nested} = inner;
  return {column, degree, nested, inner, ...said};
}

function negated(value) { return value === null ? null : -value; }

/* One more function around a part; of a number it costs nothing. */
function deeper(node, column) {
  if (node.constant !== null) return node;
  if (node.nested === BOUNDS.nested) {
    throw new EquationError(
      `functions, ratios and roots nest deeper than ${BOUNDS.nested}`, column);
  }
  return {...node, nested: node.nested + 1};
}

/* Refuse numbers that are no finite real of reasonable size. */
function bounded(node) {
  if (node.constant !== null && !(Math.abs(node.constant) <= BOUNDS.number)) {
    throw new EquationError(
      `comes to no real number of at most ${BOUNDS.number}`, node.column);
  }
  return node;
}

/* A tree as a function of states (arrays by name) that gives an array; parameters are
   numbers by name. */
function compiled(node, parameters) {
  if (node.constant !== null) return () => node.constant;
  if (node.kind === "name") {
    return STATES.includes(node.name)
      ? states => states[node.name] : () => parameters[node.name];
  }
  if (node.kind === "negative") return mapped(a => -a, compiled(node.inner, parameters));
  if (node.kind === "power") {
    const p = node.power;
    return mapped(p === 2 ? a => a * a : a => a ** p, compiled(node.inner, parameters));
  }
  if (node.kind === "call") {
    return mapped(FUNCTIONS[node.name], compiled(node.inner, parameters));
  }
  const join = JOIN[node.kind];
  const one = compiled(node.one, parameters), other = compiled(node.other, parameters);
  return states => {
    const a = one(states), b = other(states);
    if (typeof a === "number" && typeof b === "number") return join(a, b);
    if (typeof a === "number") return b.map(v => join(a, v));
    if (typeof b === "number") return a.map(v => join(v, b));
    return a.map((v, i) => join(v, b[i]));
  };
}

function mapped(f, inner) {
  return states => {
    const a = inner(states);
    return typeof a === "number" ? f(a) : a.map(v => f(v));
  };
}

/* Names of states that a tree reads. */
function statesIn(node, found = new Set()) {
  if (node.kind === "name" && STATES.includes(node.name)) found.add(node.name);
  for (const part of [node.inner, node.one, node.other]) if (part) statesIn(part, found);
  return found;
}
