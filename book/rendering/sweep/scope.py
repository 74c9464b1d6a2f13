"""What was run, and what was not."""

from collections.abc import Mapping, Sequence
from typing import Any

from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.models import registry
from evophys_lib.parameters import peclet_key
from rendering.labels import label


def scope(found: Evidence) -> str:
    """What was run."""
    told = found.provenance
    seeds = ", ".join(map(str, told["seeds"]))
    peclets = ", ".join(map(peclet_key, told["peclets"]))
    text = f"Profile {told['profile']['name']}, seeds {seeds}; Pe = {peclets}.\n"
    if told["missing"]:
        text += f"\nNot run: {_absent(told)}.\n"
    return text


def _absent(told: Mapping[str, Any]) -> str:
    """What has no rows, in few words; told: the provenance.

    Labels are those of tasks: `seed 0, Pe 10, ties`, or `ties@passive` of a kind of
    trajectories.
    """
    names: dict[tuple[str, str, str], list[str]] = {}
    for text in told["missing"]:
        seed, pe, model = text.split(", ")
        name, _, kind = model.partition("@")
        names.setdefault((seed, pe, kind), []).append(name)
    wanted = {
        kind: {name: _group(name) for name in models}
        for kind, models in told.get("models", {}).items()
    }
    seeds: dict[str, dict[float, list[int]]] = {}
    for (seed, pe, kind), absent in names.items():
        for what in _in_words(absent, wanted.get(kind or "usual", {})):
            at = seeds.setdefault(f"{what} on {kind}" if kind else what, {})
            at.setdefault(float(pe[3:]), []).append(int(seed[5:]))
    lines = []
    for what, by_peclet in seeds.items():
        points = [
            peclet_key(pe)
            if len(absent) == len(told["seeds"])
            else f"{peclet_key(pe)} (seeds {', '.join(map(str, sorted(absent)))})"
            for pe, absent in sorted(by_peclet.items())
        ]
        lines.append(f"{what} at Pe = {', '.join(points)}")
    return "; ".join(lines)


def _in_words(absent: Sequence[str], groups: Mapping[str, str]) -> list[str]:
    """Groups of which nothing is there, by their names; the rest by labels.

    groups: of all that was wanted, by model.
    """
    there = {groups[name] for name in groups.keys() - set(absent)}
    words = (
        groups[n] if n in groups and groups[n] not in there else label(n)
        for n in absent
    )
    return list(dict.fromkeys(words))


def _group(name: str) -> str:
    model = registry.entry(name)
    return name if model is None else model.group.value
