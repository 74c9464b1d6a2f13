"""results.json: what one run (profile, seed) measured, in one checked document.

    {"profile", "seed", "device", "versions": {name: text}, "timings_s": {stage: s},
     "world_model": {"probe_floor_nrmse": {"heat", "burgers"}, "rankme",
                     "heat": {"nrmse_t5", "nrmse_t50"}, "burgers": {…}},
     "peclet": {"0.1": {"advection_speed", "diffusivity",
                        "models": {NAME: {METRIC: number or null}},
                        "lambda": {"heat": [per layer], "burgers": [per layer]},
                        "dfs": {"order": "AB" | "BA", "path": ["heat:0", …]}}, …},
     "verdicts": {"primary": {"verdict", …}, "secondary": {…}, "tertiary": {…}}}

NAME runs over `MODELS`, METRIC over `METRICS`, or the like at other `horizons`, where
a document names them. Every key here is required; further keys are allowed anywhere. A
score that is not finite is null: JSON has no infinity, and null says that the model
diverged.

Equal results give equal bytes: keys are sorted and floats keep all their digits.
Timings, versions and device are left out of that promise.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evophys_lib.errors import ArtifactError
from evophys_lib.evaluate.schema import METRICS, MODELS, validate
from evophys_lib.evaluate.scores import finite
from evophys_lib.parameters import peclet_key
from evophys_lib.store import disk

__all__ = [
    "METRICS",
    "MODELS",
    "build",
    "encode",
    "peclet_entry",
    "peclet_key",
    "read",
    "validate",
    "write",
]

Document = dict[str, Any]


def peclet_entry(
    *,
    advection_speed: float,
    diffusivity: float,
    models: Mapping[str, Mapping[str, float]],
    coefficients: Mapping[str, Sequence[float]],
    dfs_order: str,
    dfs_path: Sequence[str],
    **further: Any,
) -> Document:
    """The entry of one Péclet number.

    advection_speed U and diffusivity α of the target. models: scores by model and
    metric, ∞ or NaN where a model diverged. coefficients: λ of PS by family, one per
    layer, head last. dfs_order, dfs_path: the path chosen on validation. further: more
    JSON-able entries of this Péclet number.
    """
    return {
        **further,
        "advection_speed": float(advection_speed),
        "diffusivity": float(diffusivity),
        "models": finite(models),
        "lambda": {
            family: [float(value) for value in values]
            for family, values in coefficients.items()
        },
        "dfs": {"order": dfs_order, "path": list(dfs_path)},
    }


def build(
    *,
    profile: str,
    seed: int,
    device: str,
    versions: Mapping[str, str],
    timings_s: Mapping[str, float],
    world_model: Mapping[str, Any],
    peclet: Mapping[float, Mapping[str, Any]],
    verdicts: Mapping[str, Mapping[str, Any]],
    **further: Any,
) -> Document:
    """A validated document; peclet maps numbers to what `peclet_entry` returns.

    ArtifactError if it does not follow the schema, before anything is written.
    """
    document = {
        **further,
        "profile": profile,
        "seed": seed,
        "device": device,
        "versions": dict(versions),
        "timings_s": {stage: float(value) for stage, value in timings_s.items()},
        "world_model": dict(world_model),
        "peclet": {peclet_key(pe): dict(entry) for pe, entry in peclet.items()},
        "verdicts": {claim: dict(verdict) for claim, verdict in verdicts.items()},
    }
    validate(document)
    return document


def encode(document: Mapping[str, Any]) -> str:
    """The canonical text of a document, validated first."""
    validate(document)
    return disk.canonical_json(document)


def write(document: Mapping[str, Any], path: Path) -> None:
    """Write the canonical text, whole or not at all. ArtifactError if it cannot."""
    disk.write_text(path, encode(document))


def read(path: Path) -> Document:
    """A validated document. ArtifactError naming the file and what is wrong in it."""
    document: Document = disk.read_json(path)
    try:
        validate(document)
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error}") from None
    return document
