"""The page on which one types an equation: its grammar, its solver, what it shows."""

import json
import random
import re

import numpy as np
import pytest
import test_browser
from test_browser import ALONE, AXE, CHROMIUM, OBSTACLES, VIEWS, WIDE
from test_hypotheses import HOSTILE, hostile
from tiny import PECLET

import rollouts
from evophys_lib.discovery.flows import FIELD
from evophys_lib.discovery.hypothesis import parse
from evophys_lib.discovery.numeric import numeric
from evophys_lib.discovery.trajectories import of_fields
from evophys_lib.discovery.verifier import verify
from evophys_lib.errors import HypothesisError

DATA = json.loads(rollouts.EVIDENCE.read_text("utf-8"))
LAWS = (
    ("u_t = -U*u_x + alpha*u_xx", {"U": 0.3, "alpha": 0.03}),
    ("du/dt = -u*u_x + nu*u_xx", {"nu": 0.03}),
    ("u_t = -(u - m)**2*u_x/(1 + u**2) + 0.02*u_xx - k*u_xxx", {"m": 0.1, "k": 1e-4}),
    ("u_t = abs(u)*u_x + 0.01*sqrt(u + 5)*u_xx - 1e-6*u_xxxx", {}),
    ("u_t = 0.3*sin(u) + log(2 + cos(u)) - tan(0.1)*exp(-u)", {}),
    ("u_t = -0.1*u_xx", {}),
    ("u_t = 80*u", {}),
    ("u_t = 0", {}),
)
BAD = (
    "u_t = -U*u_x + alpha^2", "u_t = u u", "u_t = (u", "u_t = u)", "u_t = ", "u_t",
    "v_t = u", "u_t = u; u_t = u", "u_t = 9**9", "u_t = 1/0", "u_t = sqrt(-1)",
    "u_t = log(0)", "u_t = u**7", "u_t = u**u", "u_t = (u**6)**6", "u_t = if",
    "u_t = 1234567", "u_t = - - -u", "u_t = sin", "u_t = sinh(u)", "u_t = t", "u_t = x",
    "u_t = constructor(u)", "u_t = u.constructor", "u_t = sin(sin(sin(sin(u))))",
    "u_t = 1/(1 + 1/(1 + 1/(1 + 1/u)))", "u_t = " + "(" * 13 + "u" + ")" * 13,
    "u_t = " + "u+" * 100 + "u", "u_t = " + "u" * 401, "u_t = u = u",
)  # fmt: skip


@pytest.fixture(scope="module")
def path(html):
    """Of the page in the book."""
    return html / "book" / "typed_equation.html"


@pytest.fixture(scope="module")
def browser():
    """A browser that finds no host."""
    with test_browser.playwright.sync_playwright() as started:
        yield started.chromium.launch(executable_path=CHROMIUM, args=ALONE)


def opened(browser, path, width=WIDE, scheme="light"):
    """The page in a tab of its own; `told` collects errors and requests."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
    )
    tab = context.new_page()
    tab.told = []
    tab.on("console", lambda m: m.type == "error" and tab.told.append(m.text))
    tab.on("pageerror", lambda error: tab.told.append(str(error)))
    tab.on("request", lambda asked: tab.told.extend(test_browser.elsewhere(asked.url)))
    tab.goto(path.as_uri())
    return tab


@pytest.fixture(scope="module")
def tab(browser, path):
    """One tab for what does not depend on its looks."""
    return opened(browser, path)


def test_it_is_one_file_of_bounded_size_with_the_evidence_in_it(path):
    text = path.read_text("utf-8")
    assert path.stat().st_size < 1_500_000
    assert not re.findall(r"<(?:script|img|link)[^>]* (?:src|href)=", text)
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", text)
    pattern = r"<script type=\"application/json\"[^>]*>(.*?)</script>"
    (data,) = re.findall(pattern, text, re.DOTALL)
    assert json.loads(data) == DATA


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_it_fits_tells_no_error_and_puts_nothing_in_the_way(
    browser, path, width, scheme
):
    tab = opened(browser, path, width, scheme)
    assert "accepted" in tab.inner_text("#verdict")
    root = "document.documentElement"
    assert tab.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
    tab.add_script_tag(path=AXE)
    assert tab.evaluate(OBSTACLES) == []
    assert tab.told == []


def test_it_is_played_by_keyboard_alone(browser, path):
    tab = opened(browser, path)
    reached = []
    for _ in range(12):
        tab.keyboard.press("Tab")
        reached.append(tab.evaluate("document.activeElement.id"))
    assert [name for name in reached if name][:3] == ["peclet", "model", "equation"]
    tab.focus("#equation")
    tab.keyboard.press("Control+A")
    tab.keyboard.type("u_t = -c*u_x + d*u_xx + (")
    assert "column 25" in tab.inner_text("#problem")
    assert tab.get_attribute("#equation", "aria-invalid") == "true"
    tab.keyboard.press("Backspace")
    tab.keyboard.type("e*u")
    assert tab.inner_text("#problem") == ""
    names = tab.eval_on_selector_all("#parameters input", "all => all.map(i => i.name)")
    assert names == ["c", "d", "e"]
    for value in ("0.316", "0.0316", "0"):
        tab.keyboard.press("Tab")
        tab.keyboard.type(value)
    tab.keyboard.press("Enter")
    assert "accepted" in tab.inner_text("#verdict")
    tab.select_option("#model", "heat")
    assert "accepted" not in tab.inner_text("#verdict")
    assert tab.told == []


@pytest.mark.parametrize(("peclet", "model"), [("10", "directions"), ("1", "truth")])
@pytest.mark.parametrize(("text", "values"), LAWS)
def test_it_solves_and_judges_as_the_library_does(tab, text, values, peclet, model):
    found = tab.evaluate(
        """([text, values, peclet, model]) => {
          const {said, steps, match, reached} = judge(text, values, peclet, model)
          return {said: said.map(b => b.map(u => [...u])), match, reached,
                  steps: steps.map(r => Number.isFinite(r) ? r : null)}
        }""",
        [text, values, peclet, model],
    )
    fields = np.array(DATA["rollouts"][peclet][model]["fields"]) * DATA["scale"]
    times = DATA["interval"] * np.arange(fields.shape[1])
    expected = verify(parse(text, values, FIELD), of_fields(times, fields[:, :, None]))
    reached = np.isfinite(expected.r2)
    assert found["reached"] == reached.sum()
    said = np.array(found["said"], dtype=float)[:, reached]
    truly = expected.simulated.states[:, reached, 0]
    assert np.allclose(said, truly, rtol=1e-9, atol=1e-10)
    steps = np.array(found["steps"], dtype=float)[reached]
    assert np.allclose(steps, expected.r2[reached], rtol=1e-8, atol=1e-9)
    assert found["match"] == pytest.approx(expected.match, abs=1e-9)


READ = """texts => texts.map(text => {
  try { judge(text, {U: 1, alpha: 1}, "10", "truth"); return "judged" } catch (error) {
    return error instanceof EquationError ? error.column : String(error)
  }
})"""


def test_ten_thousand_hostile_texts_are_refused_with_their_place(tab):
    rng = random.Random(0)
    texts = [f"u_t = {hostile(rng)}" for _ in range(HOSTILE)]
    found = [*zip(texts, tab.evaluate(READ, texts), strict=True)]
    assert len(found) == HOSTILE >= 10_000
    harmless = [text for text, place in found if place == "judged"]
    assert len(harmless) < 10
    for text in harmless:  # as u_t = 5: neither U nor alpha is used
        parse(text, {}, FIELD)
    assert {type(place) for text, place in found if text not in harmless} == {int}
    assert tab.told == []


@pytest.mark.parametrize("text", BAD)
def test_what_the_library_refuses_is_refused(tab, text):
    with pytest.raises(HypothesisError) as refused:
        parse(text, {"U": 1.0, "alpha": 1.0}, FIELD)
    (place,) = tab.evaluate(READ, [text])
    assert isinstance(place, int)
    if refused.value.column is not None:
        assert abs(place - refused.value.column) <= 3  # of a token, or its operator


def test_what_the_library_reads_means_the_same(tab):
    """Random right sides of the grammar, at random states."""
    rng, compared = random.Random(2), 0
    generator = np.random.default_rng(2)
    states = {name: generator.normal(size=7) for name in ("u", "u_x")}

    def grown(depth):
        if depth == 0 or rng.random() < 0.2:
            return rng.choice(["u", "u_x", "1.5", ".5", "2e-1", "k"])
        a = grown(depth - 1)
        kind = rng.randrange(6)
        if kind == 0:
            return f"{rng.choice(['sin', 'cos', 'exp', 'sqrt', 'abs', 'log'])}({a})"
        if kind == 1:
            return f"({a})**{rng.choice(['2', '-1', '0.5', '3', '(1/2)'])}"
        if kind == 2:
            return f"-{a}"
        return f"({a}) {rng.choice('+-*/')} {grown(depth - 1)}"

    for _ in range(200):
        text = f"u_t = {grown(3)} + k*u"
        try:
            law = parse(text, {"k": 0.5}, FIELD)
        except HypothesisError:
            continue
        with np.errstate(all="ignore"):
            (expected,) = numeric(law, [law.equations[0].right])(
                *(states.get(name, np.zeros(7)) for name in law.states)
            )
        found = tab.evaluate(
            """([text, states]) => {
              const array = ([k, v]) => [k, Float64Array.from(v)]
              const of = Object.entries(states).map(array)
              const {right} = readEquation(text)
              return [...rightSide(right, {k: 0.5})(Object.fromEntries(of))]
                .map(v => Number.isFinite(v) ? v : null)
            }""",
            [text, {name: list(values) for name, values in states.items()}],
        )
        found = np.array(found, dtype=float)
        # sqrt(u)**2 is u for SymPy, and nothing below 0 for those who take the root
        both = np.isfinite(expected) & np.isfinite(found)
        compared += both.sum()
        assert np.allclose(found[both], expected[both], rtol=1e-8, atol=1e-12), text
    assert compared > 500


# --- its data ------------------------------------------------------------------------


def test_the_evidence_is_what_models_forecast(copied, monkeypatch):
    monkeypatch.setattr(rollouts, "SHOWN", ("truth", "heat", "ps"))
    told = rollouts.document(copied, (PECLET,))
    for name, row in told["rollouts"][f"{PECLET:g}"].items():
        fields = rollouts.fields_of(copied, PECLET, name)
        written = np.array(row["fields"]) * told["scale"]
        assert written.shape == fields.shape
        assert np.abs(written - fields).max() <= 0.501 * told["scale"]
        parse(row["text"], row["parameters"], FIELD)


def test_terms_in_the_fluctuation_become_an_equation_for_the_field():
    terms = {"v_x": -0.3, "v² v_xx": 0.1, "v": 2.0}
    text, values = rollouts.as_hypothesis(terms, 0.25)
    assert text == "u_t = c0*u_x + c1*(u - m)**2*u_xx + c2*(u - m)"
    assert values == {"c0": -0.3, "c1": 0.1, "c2": 2.0, "m": 0.25}
    assert rollouts.as_hypothesis({"v_xx": 0.1}, 0.25) == ("u_t = c0*u_xx", {"c0": 0.1})
    assert rollouts.as_hypothesis({}, 0.25) == ("u_t = 0", {})


@pytest.mark.parametrize("peclet", DATA["rollouts"])
def test_equations_that_were_found_can_be_read(peclet):
    for row in DATA["rollouts"][peclet].values():
        parse(row["text"], row["parameters"], FIELD)
