"""Equations as text: what they mean, and that nothing else gets in."""

import math
import random
import string

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from evophys_lib.discovery import expressions, tokens
from evophys_lib.discovery.expressions import FUNCTIONS, symbol
from evophys_lib.discovery.hypothesis import parse
from evophys_lib.discovery.numeric import numeric
from evophys_lib.discovery.units import PURE, unit
from evophys_lib.discovery.vocabulary import Variable, Vocabulary
from evophys_lib.errors import HypothesisError, ParameterError

FIELD = Vocabulary((Variable("u"),), field=True)
HEIGHT = Vocabulary((Variable("y", unit("m")),))
PLAIN = Vocabulary((Variable("y"),))
PLANE = Vocabulary((Variable("x", unit("m")), Variable("y", unit("m"))))
ANGLE = Vocabulary((Variable("theta", PURE, "omega"),))
HOSTILE = 10_000


def right(text: str, vocabulary=FIELD, **parameters) -> sympy.Expr:
    left = "u_t" if vocabulary.field else "d2y/dt2"
    return parse(f"{left} = {text}", parameters, vocabulary).equations[0].right


def test_the_equations_of_the_book_and_of_a_falling_body():
    u, u_x, u_xx, speed, spread = map(symbol, ("u", "u_x", "u_xx", "U", "alpha"))
    assert right("-U*u_x + alpha*u_xx", U=1, alpha=0.01) == -speed * u_x + spread * u_xx
    assert right("-u*u_x + 0.01*u_xx") == -u * u_x + sympy.Float(0.01) * u_xx
    fall = parse("d2y/dt2 = -9.81 + 0.05*vy**2", {}, HEIGHT).equations[0]
    assert (fall.variable, fall.order) == ("y", 2)
    assert fall.right == sympy.Float(-9.81) + sympy.Float(0.05) * symbol("vy") ** 2
    assert len(fall.terms) == 2


def test_a_system_has_an_equation_for_each_variable_in_the_vocabulary_s_order():
    text = " d2y/dt2 = -g - k*vy*sqrt(vx**2 + vy**2)\n\nd2x/dt2 = -k*vx*abs(vx);"
    both = parse(text, {"k": 0.1, "g": 9.81}, PLANE)
    assert [e.variable for e in both.equations] == ["x", "y"]
    assert both.states == ("x", "y", "vx", "vy")
    assert parse("dy/dt = -2*y; d2x/dt2 = -4*x", {}, PLANE).states == ("x", "y", "vx")


OPERATORS = st.sampled_from(["+", "-", "*"])
LEAVES = st.sampled_from(["u", "u_x", "u_xx", "2", "0.5", "3e-2", "k"])
TEXTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, OPERATORS, inner),
        st.builds("-{}".format, inner).filter(lambda t: "---" not in t),
        st.builds("({})**2".format, inner),
        st.builds("({})/(u**2 + 1)".format, inner),
        st.builds("{}({})".format, st.sampled_from(["sin", "cos", "abs"]), inner),
    ),
    max_leaves=6,
)


@settings(max_examples=40)
@given(TEXTS)
def test_a_text_has_the_value_that_python_gives_it(text):
    """An independent reading: Python's own arithmetic, on texts that are known."""
    values = {"u": 0.7, "u_x": -1.3, "u_xx": 0.4, "k": 1.5}
    try:
        read = parse(f"u_t = {text}", {"k": 1.5} if "k" in text else {}, FIELD)
    except HypothesisError as error:
        assert any(
            w in str(error) for w in ("deeper", "powers", "at most", "cancels", "signs")
        )
        return
    known = values | {"sin": math.sin, "cos": math.cos, "abs": abs}
    states = [np.array([values.get(name, 0.0)]) for name in read.states]
    found = numeric(read, [read.equations[0].right])(*states)[0, 0]
    expected = eval(text, {"__builtins__": {}}, known)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "column", "what"),
    [
        ("u_t = 2u_x", 8, "write *"),
        ("u_t = u^2", 8, "a power is written **"),
        ("u_t = −u_x", 7, "minus is written -"),
        ("u_t = u.x", 8, "no attributes"),
        ("u_t = u[0]", 8, "no meaning"),
        ("u_t = __import__('os')", 7, "no meaning"),
        ("u_t = lambda", 7, "cannot be a name"),
        ("u_t = eval(u)", 7, "eval is not one of sin"),
        ("u_t = sin", 7, "needs an argument"),
        ("u_t = sin()", 7, "functions of one argument"),
        ("u_t = (u + u_x", 14, "never closed"),
        ("u_t = u)", 8, "closes nothing"),
        ("u_t = v_x", 7, "v_x is unknown here"),
        ("u_t = t*u", 7, "t is unknown here"),
        ("u_t = u/(u - u)", 10, "division by zero"),
        ("u_t = 9**9**9", 10, "an exponent is a number"),
        ("u_t = u**u", 10, "an exponent is a number"),
        ("u_t = u**7", 10, "between ±6"),
        ("u_t = ((u**6)**6)", 8, "powers of powers"),
        ("u_t = exp(exp(exp(9.0)))", 11, "no real number"),
        ("u_t = exp(exp(exp(u - u + 9)))", 11, "no real number"),
        ("u_t = 1e7*u", 7, "larger than"),
        ("u_t = 0.1234567890123456789012*u", 7, "at most 20 characters"),
        ("u_t = log(-1)*u", 7, "no real number"),
        ("u_t = sqrt(-1 - u**2 + u**2)", 7, "no real number"),
        ("u_t = sqrt(-u**2)", 7, "no real value"),
        ("u_t = ", 6, "nothing stands"),
        ("u_t = u; u_t = u", 10, "a second equation"),
        ("u_t + u = 0", 1, "cannot stand on the left"),
        ("d2u/dt2 = u", 1, "cannot stand on the left"),
        ("u_xx", 4, "needs a ="),
        ("u_t = u = u", 9, "one ="),
        ("u_t = +-+u", 9, "signs in a row"),
        ("u_t = " + "(" * 13 + "u" + ")" * 13, 19, "nest deeper"),
        ("u_t = " + "u +" * 120 + "u", 247, "words and signs"),
        ("u_t = u" + " " * 500, 406, "at most 400"),
    ],
)
def test_what_is_wrong_is_told_with_its_column(text, column, what):
    with pytest.raises(HypothesisError, match=f"^column {column}: ") as refused:
        parse(text, {}, FIELD)
    assert what in str(refused.value)
    assert refused.value.column == column


@pytest.mark.parametrize(
    ("parameters", "what"),
    [
        ({}, "k is unknown here"),
        ({"k": 1.0, "l": 1.0}, "parameter l has a value, but is not used"),
        ({"k": float("nan")}, "lies outside"),
        ({"k": 1e7}, "lies outside"),
        ({"k": 10**400}, "lies outside"),
        ({"k": "1"}, "not a number"),
        ({"k": True}, "not a number"),
        ({"u_x": 1.0}, "u_x is taken"),
        ({"sin": 1.0}, "sin is taken"),
        ({"k k": 1.0}, "is no name"),
        ({"__k": 1.0}, "is no name"),
        ({f"k{i}": 1.0 for i in range(13)}, "more than 12"),
        (["k"], "numbers by name"),
    ],
)
def test_parameters_are_checked(parameters, what):
    with pytest.raises(HypothesisError, match=what):
        parse("u_t = k*u", parameters, FIELD)


@pytest.mark.parametrize(
    ("text", "vocabulary", "what"),
    [
        ("d2y/dt2 = vy", HEIGHT, "vy is in m s^-1 where m s^-2 is needed"),
        ("d2y/dt2 = k*(y + vy)", HEIGHT, "cannot be added"),
        ("d2y/dt2 = k*sin(y)", HEIGHT, "only a number can be there"),
        ("d2y/dt2 = -k*vy", HEIGHT, "where m s^-2 is needed"),
        ("dy/dt = y/k", HEIGHT, None),
        ("d2y/dt2 = -9.81 + k*vy*2", HEIGHT, None),
        ("d2theta/dt2 = -k*2*sin(theta)", ANGLE, None),
        ("d2theta/dt2 = -k*2*sin(omega)", ANGLE, "only a number can be there"),
        ("d2y/dt2 = vy + k*y", PLAIN, None),
    ],
)
def test_both_sides_have_one_dimension(text, vocabulary, what):
    units = {"k": "s"} if "y/k" in text else {"k": "m^-1"} if "-k*vy" in text else {}
    values = {"k": 2.0} if "k" in text else {}
    if what is None:
        assert parse(text, values, vocabulary, units).size > 0
    else:
        with pytest.raises(HypothesisError, match=what.replace("^", r"\^")):
            parse(text, values, vocabulary, units)


def test_units_are_products_of_powers():
    assert unit("m/s^2") == unit("m s^-2") == unit("m*s**-2")
    assert str(unit("kg m / s^2")) == "m s^-2 kg"
    assert unit("1") == unit("rad") == PURE
    for bad in ("furlong", "m/s/s", "m^x", "m/", "m" * 50):
        with pytest.raises(ParameterError):
            unit(bad)


def test_padding_costs_what_it_adds_and_cancels_where_it_cancels():
    law = parse("u_t = -U*u_x + alpha*u_xx", {"U": 1.0, "alpha": 0.1}, FIELD)
    padded = parse("u_t = -U*u_x + alpha*u_xx + u - u", law.parameters, FIELD)
    longer = parse("u_t = -U*u_x + alpha*u_xx + 0.001*u**2", law.parameters, FIELD)
    assert padded.size == law.size < longer.size


def hostile(rng: random.Random) -> str:
    """A malformed or malicious right side."""
    words = [
        *("__import__", "os", "eval", "exec", "lambda", "open", "u", "u_x", "k", "t"),
        *("9**9", "9999999", "1e308", "**", "*", "+", "-", "/", "(", ")", "()", "sin("),
        *(".", ",", "[", "]", "{", "}", "'", '"', ";", ":", "=", "==", "\\", "\x00"),
        *("\n", "\t", "#", "@", "!", "²", "α", "−", "🙂", "if", "for", "in", "while"),
        *("exp(exp(", "1/0", "0/0", "sqrt(-1)", "log(0)", "u**u", "(u)(u)", "u u"),
    ]
    kind = rng.randrange(6)
    if kind == 0:
        return "".join(rng.choice(string.printable) for _ in range(rng.randrange(80)))
    if kind == 1:
        return "".join(rng.choice(words) for _ in range(rng.randrange(2, 40)))
    if kind == 2:
        depth = rng.randrange(13, 2000)
        return "(" * depth + "u" + ")" * rng.choice((0, depth, depth + 1))
    if kind == 3:
        return rng.choice(("9**", "u**", "-", "~", "not ", "exp(", "u*", "9+")) * (
            rng.randrange(200, 3000)
        )
    if kind == 4:
        law = "-U*u_x + alpha*u_xx"
        at = rng.randrange(len(law))
        return law[:at] + rng.choice("\"'[]{}.,:;@!&|~^%$#\\_`é") + law[at:]
    return "".join(chr(rng.randrange(1, 0x3000)) for _ in range(rng.randrange(1, 60)))


def test_ten_thousand_hostile_texts_are_refused(monkeypatch):
    """None of them is executed, and none gets beyond its bounds."""

    def executed(*_, **__):
        raise AssertionError("a text was executed")

    for name in ("eval", "exec", "compile", "__import__", "open"):
        monkeypatch.setattr(f"builtins.{name}", _but_for_ast(name, executed))
    rng, refused, read = random.Random(0), 0, []
    for _ in range(HOSTILE):
        text = hostile(rng)
        try:
            read.append(parse(f"u_t = {text}", {"U": 1, "alpha": 1}, FIELD))
        except HypothesisError:
            refused += 1
    assert refused + len(read) == HOSTILE
    assert read == []


def _but_for_ast(name, executed):
    """`ast.parse` compiles to a tree, which runs nothing."""
    import ast
    import builtins

    true = getattr(builtins, name)
    if name == "__import__":
        return true  # SymPy imports as it goes; a text has no word for it
    if name != "compile":
        return executed

    def compiled(source, file, mode, flags=0, *more, **others):
        assert flags & ast.PyCF_ONLY_AST
        return true(source, file, mode, flags, *more, **others)

    return compiled


def test_what_can_be_read_can_be_evaluated():
    """Random right sides of the grammar, nested to its bounds, give real arrays."""
    rng, read = random.Random(1), 0
    state = np.linspace(-1.0, 1.0, 5)

    def grown(depth: int) -> str:
        if depth == 0 or rng.random() < 0.2:
            return rng.choice(["u", "u_x", "u_xx", "1.5", "2", "k"])
        a = grown(depth - 1)
        kind = rng.randrange(5)
        if kind == 0:
            return f"{rng.choice(list(FUNCTIONS))}({a})"
        if kind == 1:
            return f"({a})**{rng.choice(['2', '-1', '0.5', '1.5', '(1/3)', '6'])}"
        return f"({a} {rng.choice('+-*/')} {grown(depth - 1)})"

    for _ in range(120):
        try:
            law = parse(f"u_t = {grown(6)} + k*u", {"k": 0.5}, FIELD)
        except HypothesisError:
            continue
        read += 1
        with np.errstate(all="ignore"):
            found = numeric(law, [law.equations[0].right])(*[state] * 5)
        assert found.shape == (1, 5)
        assert found.dtype == np.float64, str(law)
    assert read > 40


def test_a_sum_may_be_as_long_as_its_bounds_allow():
    terms = [f"{i + 2}*u**{i % 4}*u_x**{i // 4}" for i in range(expressions.TERMS)]
    assert len(" + ".join(terms)) <= tokens.LENGTH
    with pytest.raises(HypothesisError, match="words and signs"):
        right(" + ".join(terms))
    short = [f"u**{i % 6}*u_x" for i in range(6)] + ["u", "u_x*u_xx"]
    assert isinstance(right(" + ".join(short)), sympy.Add)
