"""What is survived: counts of faults that were injected, by kind."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rendering.text import NOT_YET, table

OUTCOMES = ("found", "harmless", "as_good")
FAULTS = (
    "bit flipped",
    "cut off",
    "another's bytes",
    "another's place",
    "another study's",
    "hostile file",
)
WAYS = {
    "kills": "killed",
    "full_disk": "disk full",
    "read_only": "folders read-only",
    "clock_back": "clock set back",
}
STAGES = (
    "simulate", "pretrain", "finetune", "PS", "directions", "DFS", "combined", "sweep",
)  # fmt: skip
CLUSTER = {"worker": "a worker", "scheduler": "the scheduler", "client": "the client"}


def damage(measured: dict[str, Any]) -> str:
    """Damaged files by kind: how many of each fault, and what became of them."""
    if "damage" not in measured:
        return NOT_YET
    rows, total = [], Counter[str]()
    for kind, faults in sorted(measured["damage"].items()):
        tried = {fault: sum(counts.values()) for fault, counts in faults.items()}
        told = Counter[str]()
        for counts in faults.values():
            told.update(counts)
        total.update(tried | dict(told))
        rows.append([kind, *_counts(tried, FAULTS), *_counts(told, OUTCOMES)])
    rows.append(["**all**", *_counts(total, (*FAULTS, *OUTCOMES))])
    return table(["file", *FAULTS, "found", "harmless", "read as good"], rows)


def disturbed(measured: dict[str, Any]) -> str:
    """Processes that something befell, by stage, and what became of their studies."""
    ways = {way: measured[way] for way in WAYS if way in measured}
    if not ways:
        return NOT_YET
    rows, total = [], Counter[str]()
    for stage in STAGES:
        own = {way: told.get(stage, {}).get("tried", 0) for way, told in ways.items()}
        ends = Counter[str]()
        for told in ways.values():
            ends.update(told.get(stage, {}))
        cells = own | {name: ends[name] for name in ("refused", "completed", "same")}
        total.update(cells)
        rows.append([stage, *map(str, cells.values())])
    rows.append(["**all**", *(str(total[name]) for name in cells)])
    ends_of = ["told in an error", "next start completes", "same bytes"]
    return table(["stage", *(WAYS[way] for way in ways), *ends_of], rows)


def together(measured: dict[str, Any]) -> str:
    """Processes on one store, a disk with little room, and a cluster."""
    rows = [
        [f"{count} processes on one store, of which {told['killed']} killed"]
        + _counts(told, ("rounds", "same"))
        for count, told in measured.get("side_by_side", {}).items()
    ]
    if disk := measured.get("small_disk"):
        told = f"a disk with little room, too small {disk.get('refused', 0)} times"
        rows.append([told, *_counts(disk, ("tried", "same"))])
    for who, told in measured.get("dask", {}).items():
        went_on = f", {told['went_on']} sweeps went on by themselves"
        label = (
            f"{CLUSTER[who]} of a cluster killed{went_on if told['went_on'] else ''}"
        )
        rows.append([label, *_counts(told, ("tried", "same"))])
    return table(["what", "tried", "same bytes"], rows) if rows else NOT_YET


def untrusted(measured: dict[str, Any]) -> str:
    """Hostile files by the name that they lie under, and what refusing them takes."""
    if "untrusted" not in measured:
        return NOT_YET
    every = measured["untrusted"]
    costs = ("memory_mb", "read_mb", "seconds")
    rows = [[k, *_counts(told, ("refused", *costs))] for k, told in every.items()]
    most = {cost: max(told[cost] for told in every.values()) for cost in costs}
    total = sum(told["refused"] for told in every.values())
    rows.append(["**all**", str(total), *_counts(most, costs)])
    return table(["file", "refused", "memory, MB", "read, MB", "longest, s"], rows)


def bad_input(measured: dict[str, Any]) -> str:
    """Bad input by where it was given."""
    if "bad_input" not in measured:
        return NOT_YET
    kinds = measured["bad_input"]
    rows = [
        [kind, f"{len(told):,}", f"{sum(told.values()):,}"]
        for kind, told in kinds.items()
    ]
    total = sum(sum(told.values()) for told in kinds.values())
    return table(
        ["where", "different ones", "tried"], [*rows, ["**all**", "", f"{total:,}"]]
    )


def _counts(told: Mapping[str, float], names: Iterable[str]) -> list[str]:
    return [str(told.get(name, 0)) for name in names]
