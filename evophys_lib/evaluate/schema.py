"""The schema of results.json: every violation is named.

`results` documents the layout. What is required here is what every study tells;
further entries are allowed everywhere.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator, TypeChecker, validators
from jsonschema.exceptions import ValidationError

from evophys_lib.errors import ArtifactError
from evophys_lib.evaluate import horizons
from evophys_lib.parameters import PROFILES, peclet_key
from evophys_lib.physics.families import SOURCES

MODELS = (
    "persistence",
    "base",
    *SOURCES,
    "soup",
    "ensemble",
    "random_search",
    "ps",
    "dfs",
    "ps_dfs",
    *(f"oracle_{family}" for family in SOURCES),
)
CLAIMS = ("primary", "secondary", "tertiary")
WORDS = ("holds", "fails", "undecided")
AT_HORIZONS = ("mse", "vrmse", "nrmse", "latent_nmse")
AT_LAST = ("spectrum_error", "conservation_residual")
HORIZONS = "horizons"
_SHOWN = 10  # violations named in one message

Schema = dict[str, Any]


def metrics(horizons: Sequence[str]) -> tuple[str, ...]:
    """The scores that every model has, in the order of tables."""
    return (*(f"{m}_{h}" for m in AT_HORIZONS for h in horizons), *AT_LAST)


METRICS = metrics(horizons.names())


def validate(document: object) -> None:
    """ArtifactError naming every violation of the schema (the first ten), if any."""
    problems = list(_problems(document))
    if problems:
        shown = "; ".join(problems[:_SHOWN])
        more = len(problems) - _SHOWN
        rest = f"; and {more} more" if more > 0 else ""
        raise ArtifactError(
            f"results do not follow the schema: {shown}{rest}. "
            "Delete the file and run the stage again."
        )


def _problems(document: object) -> Iterator[str]:
    checked = _VALIDATOR.evolve(schema=schema(_horizons(document)))
    errors = checked.iter_errors(document)
    violations = dict.fromkeys(problem for e in errors for problem in _told(e))
    yield from violations
    if violations or not isinstance(document, Mapping):
        return
    for key, entry in document["peclet"].items():
        if not _is_peclet_key(key):
            yield f"peclet.{key}: the key is not a positive number in shortest form"
        lengths = {len(values) for values in entry["lambda"].values()}
        if len(lengths) > 1:
            counts = " and ".join(map(str, sorted(lengths)))
            yield f"peclet.{key}.lambda: {counts} layers, must be equal"
        owners = {layer.partition(":")[0] for layer in entry["dfs"]["path"]}
        for owner in sorted(owners - entry["lambda"].keys()):
            yield f"peclet.{key}.dfs.path: {owner} is none of the experts in lambda"
    try:
        json.dumps(document, allow_nan=False)
    except (TypeError, ValueError) as error:
        yield f"a further entry is not JSON ({error})"


def _horizons(document: object) -> Sequence[str]:
    """Names of those that a document tells of, of the book's where it tells none."""
    told = document.get(HORIZONS) if isinstance(document, Mapping) else None
    if told and isinstance(told, list) and all(isinstance(n, str) for n in told):
        return told
    return horizons.names()


def _told(error: ValidationError) -> Iterator[str]:
    """A violation in words: where, and what is wrong there."""
    where = [str(key) for key in error.absolute_path]
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        for key in missing:
            yield f"{'.'.join([*where, key])}: missing"
    else:
        yield f"{'.'.join(where) or 'results'}: {error.message}"


def _is_peclet_key(key: str) -> bool:
    try:
        number = float(key)
    except ValueError:
        return False
    return math.isfinite(number) and number > 0 and key == peclet_key(number)


def _object(
    required: Mapping[str, Schema],
    others: Schema | None = None,
    optional: Mapping[str, Schema] | None = None,
    **more: Any,
) -> Schema:
    """An object with these entries, and whatever else, or else of one kind."""
    known = {**required, **(optional or {})}
    properties = {"properties": known, "required": list(required)}
    additional = {} if others is None else {"additionalProperties": others}
    return {"type": "object", **properties, **additional, **more}


_TEXT: Schema = {"type": "string", "minLength": 1}
_NUMBER: Schema = {"type": "number"}
_SCORE: Schema = {"type": ["number", "null"]}
_LAMBDA: Schema = {"type": "array", "items": _NUMBER, "minItems": 1}
_LAYER: Schema = {"type": "string", "pattern": r"^[a-z][a-z0-9_-]*:(0|[1-9][0-9]*)\Z"}
_VERDICT = _object({"verdict": {"enum": list(WORDS)}})


def schema(horizons: Sequence[str]) -> Schema:
    """In the words of JSON Schema, draft 2020-12; numbers are finite.

    horizons: names of those at which forecasts are scored.
    """
    errors = _object({f"nrmse_{horizon}": _NUMBER for horizon in horizons})
    scores = _object(dict.fromkeys(metrics(horizons), _SCORE))
    dfs: dict[str, Schema] = {
        "order": {"type": "string", "pattern": r"^[A-Z]{2,}\Z"},
        "path": {"type": "array", "items": _LAYER, "minItems": 1},
    }
    peclet = {
        "advection_speed": _NUMBER,
        "diffusivity": _NUMBER,
        "models": _object(dict.fromkeys(MODELS, scores), scores),
        "lambda": _object(dict.fromkeys(SOURCES, _LAMBDA), _LAMBDA),
        "dfs": _object(dfs),
    }
    world_model = {
        "probe_floor_nrmse": _object(dict.fromkeys(SOURCES, _NUMBER)),
        "rankme": _NUMBER,
        **dict.fromkeys(SOURCES, errors),
    }
    return _object(
        {
            "profile": {"enum": list(PROFILES)},
            "seed": {"type": "integer", "minimum": 0},
            "device": _TEXT,
            "versions": _object({}, _TEXT),
            "timings_s": _object({}, {"type": "number", "minimum": 0}),
            "world_model": _object(world_model),
            "peclet": _object({}, _object(peclet), minProperties=1),
            "verdicts": _object(dict.fromkeys(CLAIMS, _VERDICT), _VERDICT),
        },
        optional={HORIZONS: {"type": "array", "items": _TEXT, "minItems": 1}},
    )


def _is_finite(checker: TypeChecker, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def _is_whole(checker: TypeChecker, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_FINITE = Draft202012Validator.TYPE_CHECKER.redefine_many(
    {
        "number": _is_finite,
        "integer": _is_whole,
        "object": lambda checker, value: isinstance(value, Mapping),
    }
)
_VALIDATOR = validators.extend(Draft202012Validator, type_checker=_FINITE)({})
