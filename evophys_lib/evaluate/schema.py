"""The schema of results.json, checked by naming every violation.

`results` documents the layout. Here are the names it is made of and `validate`.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evophys_lib.errors import ArtifactError
from evophys_lib.parameters import PROFILES, peclet_key

MODELS = (
    "persistence",
    "base",
    "heat",
    "burgers",
    "soup",
    "ensemble",
    "random_search",
    "ps",
    "dfs",
    "ps_dfs",
    "oracle_heat",
    "oracle_burgers",
)
METRICS = (
    "mse_t5",
    "mse_t50",
    "vrmse_t5",
    "vrmse_t50",
    "nrmse_t5",
    "nrmse_t50",
    "latent_nmse_t5",
    "latent_nmse_t50",
    "spectrum_error",
    "conservation_residual",
)
EXPERTS = ("heat", "burgers")
CLAIMS = ("primary", "secondary", "tertiary")
WORDS = ("holds", "fails", "undecided")

_LAYER = re.compile(r"(heat|burgers):(0|[1-9][0-9]*)")
_SHOWN = 10  # violations named in one message


def validate(document: object) -> None:
    """ArtifactError naming every violation of the schema (the first ten), if any."""
    problems = list(_document(document))
    if not problems:
        try:
            json.dumps(document, allow_nan=False)
        except (TypeError, ValueError) as error:
            problems = [f"a further entry is not JSON ({error})"]
    if problems:
        shown = "; ".join(problems[:_SHOWN])
        more = len(problems) - _SHOWN
        rest = f"; and {more} more" if more > 0 else ""
        raise ArtifactError(
            f"results do not follow the schema: {shown}{rest}. "
            "Delete the file and run the stage again."
        )


Problems = Iterator[str]


def _document(document: object) -> Problems:
    if not isinstance(document, Mapping):
        yield "results: not an object"
        return
    profile, seed = document.get("profile"), document.get("seed")
    if profile not in PROFILES:
        yield f"profile: {profile!r} is none of {', '.join(PROFILES)}"
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        yield f"seed: {seed!r} is not a whole number from 0"
    if not _is_text(document.get("device")):
        yield "device: missing or not a text"
    for name, text in _entries(document.get("versions")):
        if not _is_text(text):
            yield f"versions.{name}: {text!r} is not a text"
    for stage, seconds in _entries(document.get("timings_s")):
        if not _is_number(seconds) or seconds < 0:
            yield f"timings_s.{stage}: {seconds!r} is not a time in seconds"
    for key in ("versions", "timings_s", "world_model", "peclet", "verdicts"):
        if not isinstance(document.get(key), Mapping):
            yield f"{key}: missing or not an object"
    yield from _world_model(document.get("world_model"))
    if document.get("peclet") == {}:
        yield "peclet: empty"
    for key, entry in _entries(document.get("peclet")):
        yield from _peclet(f"peclet.{key}", key, entry)
    yield from _verdicts(document.get("verdicts"))


def _world_model(world_model: object) -> Problems:
    if not isinstance(world_model, Mapping):
        return
    where = "world_model"
    yield from _numbers(f"{where}.probe_floor_nrmse", EXPERTS, world_model)
    for expert in EXPERTS:
        yield from _numbers(f"{where}.{expert}", ("nrmse_t5", "nrmse_t50"), world_model)
    if not _is_number(world_model.get("rankme")):
        yield f"{where}.rankme: missing or not a finite number"


def _peclet(where: str, key: object, entry: object) -> Problems:
    if not _is_peclet_key(key):
        yield f"{where}: the key is not a positive number in shortest form"
    if not isinstance(entry, Mapping):
        yield f"{where}: not an object"
        return
    for name in ("advection_speed", "diffusivity"):
        if not _is_number(entry.get(name)):
            yield f"{where}.{name}: missing or not a finite number"
    models = entry.get("models")
    if not isinstance(models, Mapping):
        yield f"{where}.models: missing or not an object"
    else:
        for name in dict.fromkeys((*MODELS, *models)):
            yield from _numbers(f"{where}.models.{name}", METRICS, models, null=True)
    yield from _merges(where, entry.get("lambda"), entry.get("dfs"))


def _merges(where: str, coefficients: object, dfs: object) -> Problems:
    lengths = []
    for expert in EXPERTS:
        values = coefficients.get(expert) if isinstance(coefficients, Mapping) else None
        if (
            not isinstance(values, list)
            or not values
            or not all(map(_is_number, values))
        ):
            yield f"{where}.lambda.{expert}: missing or not a list of finite numbers"
        else:
            lengths.append(len(values))
    if len(set(lengths)) > 1:
        yield f"{where}.lambda: {lengths[0]} and {lengths[1]} layers, must be equal"
    order, path = (
        (dfs.get("order"), dfs.get("path"))
        if isinstance(dfs, Mapping)
        else (None, None)
    )
    if order not in ("AB", "BA"):
        yield f"{where}.dfs.order: {order!r} is neither 'AB' nor 'BA'"
    if not isinstance(path, list) or not path:
        yield f"{where}.dfs.path: missing or not a list of layers"
        return
    for layer in path:
        if not isinstance(layer, str) or not _LAYER.fullmatch(layer):
            yield f"{where}.dfs.path: {layer!r} is not a layer such as 'heat:0'"


def _verdicts(verdicts: object) -> Problems:
    if not isinstance(verdicts, Mapping):
        return
    for claim in dict.fromkeys((*CLAIMS, *verdicts)):
        entry = verdicts.get(claim)
        word = entry.get("verdict") if isinstance(entry, Mapping) else None
        if word not in WORDS:
            yield f"verdicts.{claim}.verdict: {word!r} is none of {', '.join(WORDS)}"


def _numbers(
    where: str, keys: Sequence[str], parent: Mapping[str, Any], *, null: bool = False
) -> Problems:
    """The object named last in `where` must hold these numbers (or nulls)."""
    holder = parent.get(where.rpartition(".")[2])
    if not isinstance(holder, Mapping):
        yield f"{where}: missing or not an object"
        return
    for key in keys:
        value = holder.get(key, math.nan)
        if not (_is_number(value) or (null and value is None)):
            allowed = "a finite number or null" if null else "a finite number"
            yield f"{where}.{key}: missing or not {allowed}"


def _entries(value: object) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, Mapping) else []


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_number(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)


def _is_peclet_key(key: object) -> bool:
    try:
        number = float(key)
    except (TypeError, ValueError):
        return False
    return math.isfinite(number) and number > 0 and key == peclet_key(number)
