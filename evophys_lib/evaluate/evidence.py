"""The evidence of a sweep: three tables and a document that vouches for them.

`scores.parquet`, a row per seed, Péclet number, model, trajectory and metric:

    seed, pe, model, metric, trajectory (null: over all of them), value

Trajectories are told one by one where something is asked of them beyond their mean: of
the truth, and of models whose claims are judged over trajectories or whose rollouts
have an equation fitted to them (`Model.apart`), on trajectories of the usual kind.

`searches.parquet`, a row per number or layer that a search found:

    seed, pe, method, quantity ("fitness", "numbers" (how many were searched; not told
    where λ or a path is), "lambda_<family>", "path"),
    order ("AB", "BA"; null where there is none), position, value, layer

`costs.parquet`, a row per quantity that a model cost beyond θ₀ and both experts:

    seed, pe, model, quantity (evaluations, passes, trajectories, seconds), value

Rows are sorted, so equal results give equal bytes. Scores are in single precision, as
the forecasts that they judge are, and read as doubles. Squared errors are ∞ where a
model diverged. `evidence.json` holds the checksums of all three, and the provenance,
whose checksum stands in their metadata: the profile, seeds and Péclet numbers,
versions, and the checksum of every artifact that rows were taken from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from evophys_lib.errors import ArtifactError
from evophys_lib.evaluate import horizons, verdicts
from evophys_lib.evaluate.routes import Route
from evophys_lib.physics import files
from evophys_lib.physics.families import SOURCES
from evophys_lib.physics.grid import Array
from evophys_lib.store import disk

SCORES, SEARCHES, COSTS = "scores.parquet", "searches.parquet", "costs.parquet"
DOCUMENT = "evidence.json"
_PROVENANCE = b"evophys_lib"

SCHEMAS = {
    SCORES: pa.schema(
        [
            pa.field("seed", pa.int64(), nullable=False),
            pa.field("pe", pa.float64(), nullable=False),
            pa.field("model", pa.string(), nullable=False),
            pa.field("metric", pa.string(), nullable=False),
            pa.field("trajectory", pa.int64()),
            pa.field("value", pa.float32(), nullable=False),
        ]
    ),
    SEARCHES: pa.schema(
        [
            pa.field("seed", pa.int64(), nullable=False),
            pa.field("pe", pa.float64(), nullable=False),
            pa.field("method", pa.string(), nullable=False),
            pa.field("quantity", pa.string(), nullable=False),
            pa.field("order", pa.string()),
            pa.field("position", pa.int64(), nullable=False),
            pa.field("value", pa.float64()),
            pa.field("layer", pa.string()),
        ]
    ),
    COSTS: pa.schema(
        [
            pa.field("seed", pa.int64(), nullable=False),
            pa.field("pe", pa.float64(), nullable=False),
            pa.field("model", pa.string(), nullable=False),
            pa.field("quantity", pa.string(), nullable=False),
            pa.field("value", pa.float64(), nullable=False),
        ]
    ),
}
ErrorsAt = dict[str, list[Array]]
Errors = dict[float, ErrorsAt]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a sweep found, as read from its folder, and where it came from."""

    scores: pd.DataFrame
    searches: pd.DataFrame
    costs: pd.DataFrame
    provenance: Mapping[str, Any]


def write(
    folder: Path,
    scores: list[dict[str, Any]],
    searches: list[dict[str, Any]],
    costs: list[dict[str, Any]],
    provenance: Mapping[str, Any],
) -> None:
    """Write the tables and their document, whole or not at all.

    Raises ArtifactError if the folder cannot be written.
    """
    rows = {SCORES: scores, SEARCHES: searches, COSTS: costs}
    contents = {name: _encoded(name, rows[name], provenance) for name in SCHEMAS}
    document = {
        "provenance": provenance,
        "sha256": {name: files.sha256_of(text) for name, text in contents.items()},
    }
    contents[DOCUMENT] = disk.canonical_json(document).encode()
    with disk.locked(folder / DOCUMENT):
        try:
            files.replace_together(folder, contents)
        except OSError as error:
            raise ArtifactError(
                f"cannot write {folder}: {error}. Free space there, or choose another "
                "folder."
            ) from error


def read(folder: Path) -> Evidence:
    """Sound evidence, or ArtifactError naming the file and what is wrong with it."""
    document = disk.read_json(folder / DOCUMENT)
    try:
        provenance, sums = document["provenance"], document["sha256"]
        expected = {name: sums[name] for name in SCHEMAS}
    except (KeyError, TypeError) as error:
        raise ArtifactError(
            f"{folder / DOCUMENT} is not the document of a sweep's evidence: it lacks "
            f"{error}. Run the sweep again; it makes nothing anew but these files."
        ) from None
    tables = {
        name: _decoded(folder / name, expected[name], provenance) for name in SCHEMAS
    }
    return Evidence(tables[SCORES], tables[SEARCHES], tables[COSTS], provenance)


def horizon_names(evidence: Evidence) -> tuple[str, ...]:
    """Where forecasts were scored, the nearest first."""
    frames = evidence.provenance["profile"].get("horizon_frames", horizons.FRAMES)
    return horizons.names(sorted(frames))


def squared_errors(evidence: Evidence, horizon: str | None = None) -> Errors:
    """errors[Pe][model][seed]: (n,), seeds ascending, as `verdicts.primary` takes.

    (1,), their mean, of models whose trajectories are not told one by one. horizon: by
    name, the last if not given.
    """
    table = evidence.scores
    metric = f"squared_error_{horizon or horizon_names(evidence)[-1]}"
    rows = table[table["metric"] == metric]
    errors: Errors = {}
    for (pe, model, _), group in rows.groupby(["pe", "model", "seed"], sort=True):
        at_peclet = errors.setdefault(float(pe), {})
        at_peclet.setdefault(str(model), []).append(group["value"].to_numpy())
    return errors


def coefficients(
    evidence: Evidence, method: str = "ps", family: str = SOURCES[0]
) -> dict[float, list[Array]]:
    """λ of one family by Pe and seed: (layers,) each, head last."""
    table = evidence.searches
    named = table["quantity"] == f"lambda_{family}"
    rows = table[(table["method"] == method) & named]
    found: dict[float, list[Array]] = {}
    for (pe, _), group in rows.groupby(["pe", "seed"], sort=True):
        found.setdefault(float(pe), []).append(group["value"].to_numpy())
    return found


def routes(evidence: Evidence, method: str = "dfs") -> list[Route]:
    """The best path of either order of search, at each Pe and seed."""
    table = evidence.searches
    rows = table[(table["method"] == method) & (table["quantity"] == "path")]
    return [
        Route(int(seed), float(pe), str(order), tuple(group["layer"]))
        for (seed, pe, order), group in rows.groupby(["seed", "pe", "order"], sort=True)
    ]


def judge(evidence: Evidence, *, seed: int = 0) -> dict[str, dict[str, Any]]:
    """All verdicts over the seeds and Péclet numbers of the evidence.

    seed: of the resampling. ParameterError if a seed is missing at some Pe.
    """
    return verdicts.judge(
        errors=squared_errors(evidence),
        coefficients=coefficients(evidence),
        routes=routes(evidence),
        seed=seed,
    )


def judge_directions(
    evidence: Evidence, counts: Iterable[int], *, seed: int = 0
) -> dict[str, dict[str, Any]]:
    """The claims about merges by directions, over the seeds of the evidence.

    "primary_directions", and "composition_k<k>" for every k of `counts`, as far as
    the models of a claim were run at every Péclet number.
    """
    errors = squared_errors(evidence)
    seen = evidence.provenance["profile"]["peclets"]

    def complete(*models: str) -> bool:
        sizes = {len(at.get(name, ())) for at in errors.values() for name in models}
        return len(sizes) == 1 and 0 not in sizes

    found = {}
    if complete("directions", *SOURCES):
        claim = verdicts.primary(errors, merged="directions", seed=seed)
        found["primary_directions"] = claim
    for k in counts:
        if complete(*verdicts.composition_models(k)):
            claim = verdicts.composition(errors, count=k, seen=seen)
            found[f"composition_k{k}"] = claim
    return {name: verdict.as_json() for name, verdict in found.items()}


def _encoded(
    name: str, rows: list[dict[str, Any]], provenance: Mapping[str, Any]
) -> bytes:
    note = {_PROVENANCE: _digest(provenance)}
    schema = SCHEMAS[name].with_metadata(note)
    keys = [field.name for field in schema if field.name not in ("value", "layer")]
    table = pa.Table.from_pylist(rows, schema=schema)
    buffer = BytesIO()
    pq.write_table(
        table.sort_by([(key, "ascending") for key in keys]),
        buffer,
        compression="zstd",
        compression_level=19,
        row_group_size=max(1, table.num_rows),  # what repeats, repeats far apart
        use_dictionary=keys,
        use_byte_stream_split=["value"],
    )
    return buffer.getvalue()


def _digest(provenance: Any) -> bytes:
    return files.sha256_of(disk.canonical_json(provenance).encode()).encode()


def _decoded(path: Path, expected: str, provenance: Any) -> pd.DataFrame:
    remedy = "Run the sweep again; it makes nothing anew but these files."
    try:
        found = files.sha256(path)
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read ({error}). {remedy}") from error
    if found != expected:
        raise ArtifactError(
            f"{path} is damaged: its SHA-256 is not the recorded one. {remedy}"
        )
    try:
        table = pq.read_table(path)
        told = (table.schema.metadata or {})[_PROVENANCE]
    except (pa.ArrowException, ValueError, KeyError) as error:
        raise ArtifactError(
            f"{path} is not a table of evidence ({error}). {remedy}"
        ) from error
    if told != _digest(provenance):
        raise ArtifactError(
            f"{path} and {DOCUMENT} tell of different runs: one of them is damaged or "
            f"another's. {remedy}"
        )
    if not table.schema.equals(SCHEMAS[path.name]):
        raise ArtifactError(
            f"{path} has other columns than {', '.join(SCHEMAS[path.name].names)} of "
            f"their types: {', '.join(table.schema.names)}. {remedy}"
        )
    return table.to_pandas().astype({"value": float})
