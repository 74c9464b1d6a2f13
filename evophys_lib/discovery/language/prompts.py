"""What a language model reads, and the two lines that it is asked for.

    because: it swings back, and tires
    law: d2x/dt2 = -4.1*x - 0.3*vx

Values stand in the law; a model has one turn.
"""

import re
from collections.abc import Iterable, Iterator

import numpy as np

from evophys_lib.discovery.agents import Law, random_grammar
from evophys_lib.discovery.environment import Environment, Observation
from evophys_lib.discovery.systems import system_named

SHOWN = 6
"""Times, and cells of a field, of which a prompt tells."""
ASKED = "Answer in two lines, because: and law:"
_ANSWER = re.compile(r"because:(?P<why>[^\n]*)\nlaw:(?P<law>[^\n]*)")

Row = dict[str, str | int]
"""prompt, system and seed of an episode, and for the warm start a completion."""


def prompt(seen: Observation) -> str:
    """The hint, the variables and a few states of an episode, in words and numbers."""
    shown, vocabulary = seen.shown, seen.system.vocabulary
    variables = vocabulary.variables
    left = (f"{v.name}_t" if vocabulary.field else f"d2{v.name}/dt2" for v in variables)
    cells = shown.states.shape[-1]
    times = np.linspace(0, len(shown.times) - 1, SHOWN).astype(int)
    places = np.linspace(0, cells, min(cells, SHOWN), endpoint=False).astype(int)
    lines = [seen.hint, f"law: {'; '.join(left)}"]
    for t in times:
        states = shown.states[0, t][:, places].ravel()
        lines.append(" ".join(f"{value:.2f}" for value in (shown.times[t], *states)))
    return "\n".join([*lines, ASKED, ""])


def completion(why: str, law: Law) -> str:
    """What a model is to write."""
    return f"because: {why}\nlaw: {in_numbers(law)}"


def answer(text: str) -> tuple[str, str]:
    """(why, law) of a completion; both empty if it is not of this form."""
    found = _ANSWER.fullmatch(text.strip())
    return (found["why"].strip(), found["law"].strip()) if found else ("", "")


def in_numbers(law: Law) -> str:
    """A law whose coefficients stand in it, with three digits."""
    sides = (
        f"{left} = {' + '.join(_summand(*s) for s in terms.items()) or '0'}"
        for left, terms in law.items()
    )
    return "; ".join(sides).replace(" + -", " - ")


def episodes(systems: Iterable[str], seeds: Iterable[int]) -> Iterator[Row]:
    """A prompt for every system and seed."""
    seeds = [*seeds]
    for name in systems:
        for seed in seeds:
            seen = Environment().reset(seed, system_named(name).name)
            yield {"prompt": prompt(seen), "system": name, "seed": seed}


def examples(
    systems: Iterable[str], seeds: Iterable[int], generator: np.random.Generator
) -> Iterator[Row]:
    """Episodes with what the random grammar writes: form without insight."""
    for row in episodes(systems, seeds):
        seen = Environment().reset(int(row["seed"]), str(row["system"]))
        law = random_grammar(seen, generator)
        terms = [term for summands in law.values() for term in summands]
        yield row | {"completion": completion(f"I try {' and '.join(terms)}", law)}


def _summand(term: str, value: float) -> str:
    return f"{value:.3g}" if term == "1" else f"{value:.3g}*{term}"
