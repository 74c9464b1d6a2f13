"""What comes out equal when it is computed in another way."""

from typing import Any

from rendering.text import NOT_YET, number, table


def studies(measured: dict[str, Any]) -> str:
    """Whole studies against the first: artifacts, and how far scores differ."""
    header = ["computed", "artifacts", "equal to the bit", "scores differ by"]
    rows = [
        [way, str(found["files"]), str(found["equal"]), _apart(found["scores"])]
        for way, found in measured["studies"].items()
    ]
    return table(header, rows)


def rollouts(measured: dict[str, Any]) -> str:
    """Rollouts of merged models, by what is done in two ways."""
    header = ["computed in two ways", "largest difference, relative"]
    rows = [[way, _apart(apart)] for way, apart in measured["rollouts"].items()]
    where = f"\n{measured['machine']}, PyTorch {measured['torch']}.\n"
    return table(header, rows) + where


def elsewhere(measured: dict[str, Any]) -> str:
    """The stored laptop run of seed 0 against one on another processor."""
    found = measured["elsewhere"]
    if found is None:
        return NOT_YET
    header = ["", "nRMSE at t + 50, all models and Péclet numbers"]
    rows = [
        ["numbers compared", str(found["numbers"])],
        ["equal", str(found["equal"])],
        ["differ by, median", f"{found['median']:.1%}"],
        ["differ by, at most", f"{found['largest']:.1%}"],
    ]
    return table(header, rows)


def _apart(difference: float) -> str:
    return "nothing" if difference == 0 else number(difference)
