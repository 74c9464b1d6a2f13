"""Bad input by the hundred, drawn from the grammar: how many were tried of what."""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from tqdm import tqdm

from faults import bad_calls, bad_lines

LINES, CALLS, RUNS = 60, 25, 30
"""Of every command, function and notebook."""
PROCESSES = 30
"""Lines that are given to processes of their own."""


def drawn(
    strategy: st.SearchStrategy[Any],
    check: Callable[..., Any],
    count: int,
    seed: int = 0,
) -> Counter[str]:
    """So many draws, each checked: what the checks told."""
    told: Counter[str] = Counter()

    @seeded(seed)
    @settings(
        max_examples=count, database=None, deadline=None,
        suppress_health_check=[*HealthCheck],
    )  # fmt: skip
    @given(strategy)
    def each(value: Any) -> None:
        told[check(value) or "error"] += 1

    each()
    return told


def try_all(seed: int = 0, share: float = 1.0) -> Iterator[dict[str, dict[str, int]]]:
    """Counts by where the input was bad: by command, function or notebook.

    After what this process can try, and after every line in a process of its own.
    """
    few = max(1, round(share * LINES)), max(1, round(share * CALLS))
    runs = max(1, round(share * RUNS))
    found: dict[str, dict[str, int]] = {}
    with bad_lines.place() as folder:
        for name in tqdm(bad_lines.COMMANDS, desc="command lines"):
            told = drawn(
                bad_lines.lines(name),
                lambda line: bad_lines.ended(line, folder),
                few[0],
                seed,
            )
            found.setdefault("command line", {})[name] = told.total()
        for name in tqdm(bad_calls.FUNCTIONS, desc="functions"):
            told = drawn(
                bad_calls.calls(name),
                lambda call: bad_calls.ends_in_an_error(*call),
                few[1],
                seed,
            )
            found.setdefault("public function", {})[name] = told.total()
        for name in tqdm(bad_calls.notebook_parameters(), desc="notebooks"):
            told = drawn(
                bad_calls.runs(name), lambda run: bad_calls.is_refused(*run), runs, seed
            )
            found.setdefault("notebook parameter", {})[name] = told.total()
        found["environment"] = _variables(max(1, round(share * 40)), seed)
    yield found
    for told in _processes(max(1, round(share * PROCESSES)), seed):
        yield found | {"command line in a process of its own": told}


def _variables(count: int, seed: int) -> dict[str, int]:
    told = {}
    for name, words in bad_lines.VARIABLES.items():
        with bad_lines.place() as folder:

            def check(word: str, name: str = name, folder: Any = folder) -> str:
                os.environ[name] = word
                return bad_lines.ended(["run", "05_dfs"], folder)

            fit = words.filter(lambda w: "\0" not in w)
            told[name] = drawn(fit, check, count, seed).total()
    return told


def _processes(count: int, seed: int) -> Iterator[dict[str, int]]:
    """Lines of all commands in turn."""
    rng, told = random.Random(seed), Counter[str]()
    names = [*bad_lines.COMMANDS]
    lines: list[tuple[str, list[str]]] = []
    for name in names:
        each = -(-count // len(names))
        drawn(
            bad_lines.lines(name).filter(lambda line: not any("\0" in w for w in line)),
            lambda line, name=name: lines.append((name, line)),
            each,
            rng.randrange(2**32),
        )
    with bad_lines.place() as folder:
        for name, line in tqdm(lines[:count], desc="processes"):
            bad_lines.ended_in_a_process(line, folder)
            told[name] += 1
            yield dict(told)
