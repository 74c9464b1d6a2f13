"""Tables of classical rows say what the evidence says, down to errors of rounding."""

import re
from dataclasses import replace

import pytest
from plain import plain
from swept import PECLETS, SCALE, evidence_of

from rendering import classical

MARKED = {
    "persistence": 0.8,
    "heat": 0.2,
    "burgers": 0.4,
    "soup": 0.25,
    "ps": 0.1,
    "directions": 0.05,
    "few_shot_heat": 0.12,
    "fourier_k1": 5e-7,
    "read_off": 1e-7,
}
KINDS = ("passive",)  # whose truth the evidence has


def cells(text, start):
    (line,) = [s for s in plain(text).splitlines() if s.startswith(start)]
    return [cell.strip() for cell in line.split("|")[2:-1]]


@pytest.fixture(scope="module")
def pages():
    return classical.render(evidence_of(MARKED))


def test_errors_of_rounding_have_an_exponent_and_lead(pages):
    text = plain(pages["classical_errors.md"])
    assert text.count("nRMSE at t + 50") == text.count("nRMSE at t + 5 ") == 1
    far = text.partition("nRMSE at t + 5 ")[0]
    mean = 1e-7 * sum(SCALE.values()) / len(SCALE)
    for cell in cells(far, "| exact solution, U and α read off |"):
        assert re.fullmatch(rf"\*\*{mean:.1e}\s±\s\d+e-0\d\*\*", cell)
    assert not any("**" in cell for cell in cells(far, "| persistence |"))
    assert not any("**" in cell for cell in cells(far, "| directions"))


def test_ratios_are_over_the_merge_and_counted(pages):
    counted = "\n\n24 ratios, 24 in bold; 1 would be"
    assert plain(pages["classical_ratios.md"]).count(counted) == 2  # horizons
    far = plain(pages["classical_ratios.md"]).partition("at t + 5 ")[0]
    assert cells(far, "| Fourier multipliers, k = 1") == ["**1e-05 (1e-05–1e-05)**"] * 3
    assert cells(far, "| PS |") == ["**2.00 (2.00–2.00)**"] * len(PECLETS)
    assert "| directions, 3 × evaluations |" not in far


def test_every_target_that_asks_more_has_a_column():
    named = {f"{n}@{k}": e for n, e in MARKED.items() for k in KINDS}
    told = classical.render_asking([evidence_of(named), None])
    text = plain(told["asking_errors.md"])
    for pe in ("0.1", "1", "10"):
        assert text.count(f"| passive, Pe = {pe} |") == 2  # at both horizons
    assert "| 0.21" in text.replace("**", "")  # heat: 0.2 times 1.05
    assert told["asking_ratios.md"].count("\n\n24 ratios, 24 in bold; ") == 2


def test_means_are_of_seeds_that_all_rows_have():
    found = evidence_of({n: MARKED[n] for n in ("heat", "directions")})
    scores, first = found.scores, min(SCALE)
    late = scores[(scores["model"] != "heat") | (scores["seed"] != first)]
    text = plain(classical.errors(replace(found, scores=late), "t50"))
    kept = [scale for seed, scale in SCALE.items() if seed != first]
    others = ", ".join(str(seed) for seed in sorted(SCALE) if seed != first)
    assert text.endswith(f"\n\nSeeds {others}.\n")
    some = scores[(scores["pe"] != 0.1) | (scores["seed"] != first)]
    told = plain(classical.errors(replace(found, scores=some), "t50"))
    both = ", ".join(map(str, sorted(SCALE)))
    line = f"Pe = 0.1: seeds {others}; Pe = 1 and Pe = 10: seeds {both}."
    assert told.endswith(f"\n\n{line}\n")
    for name, start in (("heat", "| heat"), ("directions", "| directions")):
        mean = MARKED[name] * sum(kept) / len(kept)
        (cell, *_) = cells(text, start)
        told = float(cell.strip("*").partition("±")[0])
        assert told == pytest.approx(mean, rel=1e-2)


def test_rows_are_held_against_the_best_merge_that_was_run():
    for names, reference in (
        (("directions", "ps", "soup"), "directions, 3 × evaluations"),
        (("ps", "soup"), "PS"),
        (("soup",), "uniform soup"),
    ):
        found = evidence_of({n: MARKED[n] for n in (*names, "heat")})
        text = plain(classical.render(found)["classical_ratios.md"])
        assert text.count(f"| over {reference}, at t + ") == 2
        assert f"| {reference} |" not in text


def test_what_was_not_run_has_no_row():
    few = {n: MARKED[n] for n in ("heat", "directions")}
    text = classical.render(evidence_of(few))["classical_errors.md"]
    assert "soup" not in text and "DMD" not in text
    assert set(classical.render(None).values()) == {"*Not measured yet.*\n"}
    assert set(classical.render_asking([None]).values()) == {"*Not measured yet.*\n"}
