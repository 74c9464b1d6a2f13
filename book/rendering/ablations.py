"""What each ingredient is worth: tables and the picture, from ablations.json."""

from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure

from rendering.drawing.ablations import effects
from rendering.labels import FAMILIES, label
from rendering.paired import Ratio, ratio
from rendering.text import folded, number, reach, table

Run = dict[str, Any]
Row = dict[str, Any]
Pick = Callable[[Row], float | None]
Picks = dict[str, Pick]

DEFAULT = "default"
DASH = "\N{WORD JOINER}–\N{WORD JOINER}"
HORIZONS = {"t5": "t + 5", "t50": "t + 50"}


def budget(run: Run) -> str:
    """What every variant may spend."""
    spent, shares = run["budget"], run["budget"]["shares"]
    seeds = ", ".join(str(seed) for seed in sorted({r["seed"] for r in run["rows"]}))
    return (
        f"Profile {run['profile']}, seeds {seeds}; every variant, the default too, has "
        f"{spent['pretraining_steps']} steps of pretraining and "
        f"{spent['finetuning_steps']} of fine-tuning per expert ({shares['steps']:g} "
        f"of the profile's), {spent['probe_steps']} for the probe (all of them), and "
        f"searches of {spent['ps_generations']} generations of {spent['ps_popsize']} "
        f"candidates ({shares['generations']:g} of the profile's).\n"
    )


def floors(run: Run) -> str:
    """What the encoder keeps, by ingredients that make an encoder of their own."""
    chosen = in_group(run, "ingredients")
    own = [v for v in chosen if v["world_model"] == v["name"]]
    return _compared(run, own, _floors())


def experts(run: Run) -> str:
    """How the experts do at home, ingredient by ingredient."""
    return _compared(run, in_group(run, "ingredients"), _experts())


def material(run: Run) -> str:
    """The experts of every ingredient as merging material."""
    return _scores(run, in_group(run, "ingredients"), _material())


def encoders(run: Run) -> str:
    """Ways of getting an encoder, judged by the merge; what is behind it, folded."""
    chosen = in_group(run, "encoders")
    judged = "\n".join(_gains(run, chosen, pe) for pe in _peclets(run))
    parts = (_scores(run, chosen, picks) for picks in (_floors(), _experts()))
    errors = "".join(_errors(run, chosen, pe) for pe in _peclets(run))
    return (
        judged
        + folded("What encoders keep, and their experts at home", "\n".join(parts))
        + folded("Errors of parents, soup and PS on the target", errors)
    )


def finetuning(run: Run) -> str:
    """How length and rate of fine-tuning move the experts and their merge."""
    chosen = in_group(run, "fine-tuning")
    count = max(len(row["material"]["layers"]) for row in _measured(run))
    names = [f"block {i}" for i in range(count - 1)] + ["head"]
    cosines: Picks = {
        name: lambda row, i=i: row["material"]["layers"][i]["cosine"]
        for i, name in enumerate(names)
    }
    parts = (_experts(), _material())
    return (
        "\n".join(_scores(run, chosen, picks) for picks in parts)
        + "\nThe cosine of the task vectors, layer by layer:\n\n"
        + _scores(run, chosen, cosines)
        + _merges(run, chosen)
    )


def picture(run: Run) -> Figure:
    """Errors over the default's, ingredient by ingredient."""
    chosen = [v for v in in_group(run, "ingredients") if v["name"] != DEFAULT]
    panels = {
        "probe floor": _floor,
        "expert at t + 5": lambda family: expert(family, "t5"),
        "expert at t + 50": lambda family: expert(family, "t50"),
    }
    return effects(
        {
            panel: {
                family: {
                    variant["label"]: found
                    for variant in chosen
                    if (found := over_default(run, variant, pick(family))) is not None
                }
                for family in FAMILIES
            }
            for panel, pick in panels.items()
        }
    )


def _floor(family: str) -> Pick:
    return lambda row: row["world_model"]["probe_floor_nrmse"][family]


def expert(family: str, horizon: str) -> Pick:
    """Error of an expert at home."""
    return lambda row: row["world_model"][family][f"nrmse_{horizon}"]


def _floors() -> Picks:
    return {
        **{f"floor, {title}": _floor(f) for f, title in FAMILIES.items()},
        "RankMe": lambda row: row["world_model"]["rankme_fluctuation"],
    }


def _experts() -> Picks:
    return {
        f"{when}, {title}": expert(family, horizon)
        for horizon, when in HORIZONS.items()
        for family, title in FAMILIES.items()
    }


def _material() -> Picks:
    def norm(family: str) -> Pick:
        return lambda row: row["material"]["overall"]["relative_norms"][family]

    return {
        **{f"length, {title}": norm(f) for f, title in FAMILIES.items()},
        "cosine": lambda row: row["material"]["overall"]["cosine"],
        "opposed signs": lambda row: row["material"]["overall"]["opposed"],
        "barrier": lambda row: row["material"]["barrier"],
    }


def _merges(run: Run, chosen: list[Row]) -> str:
    """Two tables per Péclet number: the models, and what PS gained."""
    return "".join(
        f"{_errors(run, chosen, pe)}\n{_gains(run, chosen, pe)}" for pe in _peclets(run)
    )


def _peclets(run: Run) -> list[str]:
    return [f"{pe:g}" for pe in run["peclets"]]


def _errors(run: Run, chosen: list[Row], pe: str) -> str:
    """Of parents, soup and PS on the target."""
    models = {**FAMILIES, "soup": "soup", "ps": label("ps")}
    picks = {title: model(name, pe) for name, title in models.items()}
    told = f"\nnRMSE at t + 50 on the target at Pe = {pe}:\n\n"
    return told + _scores(run, chosen, picks)


def _gains(run: Run, chosen: list[Row], pe: str) -> str:
    """PS of every variant over the default's, and over its own better parent."""

    def gain(kind: str) -> Pick:
        return lambda row: row["merges"][pe]["advantage"][kind]

    gains = [
        [
            variant["label"],
            _times(over_default(run, variant, model("ps", pe))),
            *(_times(over_parents(run, variant, gain(k))) for k in ("field", "latent")),
        ]
        for variant in chosen
    ]
    header = ["PS at Pe = " + pe, "nRMSE / default's", "MSE / better parent's"]
    return table([*header, "the same in the latent"], gains)


def model(name: str, pe: str) -> Pick:
    """Error of a model on the target."""
    return lambda row: row["merges"][pe]["models"][name]["nrmse_t50"]


def decided(run: Run) -> str:
    """Which differences chance does not explain, a sentence per horizon."""
    return "\n".join(_decided(run, at, words) for at, words in HORIZONS.items())


def _decided(run: Run, horizon: str, at: str) -> str:
    words: dict[str, list[str]] = {"larger": [], "smaller": [], "undecided": []}
    for variant in in_group(run, "ingredients"):
        found = [over_default(run, variant, expert(f, horizon)) for f in FAMILIES]
        if variant["name"] == DEFAULT or None in found:
            continue
        sides = {r.centre > 1 for r in found} if all(r.decided for r in found) else {}
        word = "undecided"
        if len(sides) == 1:
            word = "larger" if True in sides else "smaller"
        words[word].append(variant["label"])
    lists = {word: ", ".join(labels) or "none" for word, labels in words.items()}
    return (
        f"Error at {at}, both intervals on one side of the default: larger with "
        f"*{lists['larger']}*; smaller with *{lists['smaller']}*. Not decided by these "
        f"seeds: {lists['undecided']}.\n"
    )


def _compared(run: Run, chosen: list[Row], picks: Picks) -> str:
    """Means over seeds, and ratios to the default's."""
    ratios = [
        [v["label"], *(_times(over_default(run, v, p)) for p in picks.values())]
        for v in chosen
        if v["name"] != DEFAULT
    ]
    return (
        _scores(run, chosen, picks)
        + "\nThe same as multiples of the default's, seed by seed:\n\n"
        + table(["", *picks], ratios)
    )


def _scores(run: Run, chosen: list[Row], picks: Picks) -> str:
    """Means over seeds with their intervals."""
    rows = [
        [_label(run, v), *(_mean(run, v, p) for p in picks.values())] for v in chosen
    ]
    return table(["", *picks], rows)


def in_group(run: Run, group: str) -> list[Row]:
    """Variants that a table is about."""
    return [v for v in run["variants"] if group in v["groups"]]


def _measured(run: Run, variant: Row | None = None) -> list[Row]:
    """Rows with scores, of one variant or of all."""
    return [
        row
        for row in run["rows"]
        if "diverged" not in row
        and (variant is None or row["variant"] == variant["name"])
    ]


def values(run: Run, variant: Row, pick: Pick) -> dict[int, float]:
    """Finite scores by seed."""
    found = {row["seed"]: pick(row) for row in _measured(run, variant)}
    return {seed: value for seed, value in found.items() if value is not None}


def _mean(run: Run, variant: Row, pick: Pick) -> str:
    return reach(list(values(run, variant, pick).values()))


def over_default(run: Run, variant: Row, pick: Pick) -> Ratio | None:
    """A variant over the default, seed by seed."""
    default = {"name": DEFAULT}
    return ratio(values(run, variant, pick), values(run, default, pick))


def over_parents(run: Run, variant: Row, pick: Pick) -> Ratio | None:
    """The geometric mean of a ratio that every row holds already."""
    found = values(run, variant, pick)
    return ratio(found, dict.fromkeys(found, 1.0))


def _times(found: Ratio | None) -> str:
    """A ratio with its interval, bold where that leaves out 1; = for the default."""
    if found is None:
        return "–"
    if found == Ratio(1.0, 1.0, 1.0):
        return "="
    text = number(found.centre)
    if found.low is not None:
        text += f" ({_end(found.low)}{DASH}{_end(found.high)})"
    return f"**{text}**" if found.decided else text


def _end(ratio: float) -> str:
    """Two significant digits of an interval's end."""
    return f"{ratio:#.2g}".rstrip(".") if ratio < 100 else f"{ratio:.0f}"


def _label(run: Run, variant: Row) -> str:
    """What is different, and how many seeds the means are of if some diverged."""
    total = sum(row["variant"] == variant["name"] for row in run["rows"])
    sound = len(_measured(run, variant))
    what = variant["label"]
    return what if sound == total else f"{what} ({sound} of {total} seeds)"
