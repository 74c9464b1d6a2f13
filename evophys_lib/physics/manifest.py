"""`sim_manifest.json`: what each shard of a folder is, and what was measured of it.

{"generator": …, "shards": {"burgers.h5": {"sha256", "bytes", "shape", "dtype",
 "equation", "split", "seed", "generator_version", "parameters": {…},
 "checks": {NAME: {"value", "bound": [low, high], "verdict"}}, "verdict"}}}
"""

import json
import math
import os
from pathlib import Path
from typing import Any

from evophys_lib.errors import DataError
from evophys_lib.physics.checks import Check
from evophys_lib.physics.files import read_json, sha256

NAME = "sim_manifest.json"
GENERATOR = "evophys_lib.physics"
GENERATOR_VERSION = "1"
"""Raised whenever the same arguments would give other fields."""

_REQUIRED = {
    "sha256": str,
    "bytes": int,
    "shape": list,
    "dtype": str,
    "equation": str,
    "split": str,
    "seed": int,
    "peclet": int | float | None,
    "checks": dict,
    "verdict": str,
}

Manifest = dict[str, Any]


def empty() -> Manifest:
    """The manifest of a folder without shards."""
    return {"generator": GENERATOR, "shards": {}}


def entry_of_checks(checks: list[Check]) -> Manifest:
    """The `checks` and `verdict` of a shard."""
    return {
        "checks": {
            check.name: {
                "value": check.value if math.isfinite(check.value) else None,
                "bound": [check.low, check.high],
                "verdict": "passed" if check.passed else "failed",
            }
            for check in checks
        },
        "verdict": "passed" if all(check.passed for check in checks) else "failed",
    }


def encode(manifest: Manifest) -> bytes:
    """Canonical JSON: the same manifest gives the same bytes."""
    text = json.dumps(
        manifest, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False
    )
    return (text + "\n").encode()


def load(directory: Path) -> Manifest:
    """The manifest of a folder, its structure checked.

    Raises:
        DataError: no folder, no manifest, no JSON, or not a manifest of ours.
    """
    remedy = "Produce the data again with `python -m evophys_lib simulate`."
    if not os.path.isdir(directory):
        raise DataError(f"no data folder {directory}. {remedy}")
    path = directory / NAME
    if not path.exists():
        raise DataError(f"folder {directory} has no {NAME}. {remedy}")
    try:
        manifest: Manifest = read_json(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}. {remedy}") from error
    shards = manifest.get("shards") if isinstance(manifest, dict) else None
    if not isinstance(shards, dict):
        raise DataError(f"{path} is not a simulation manifest: no 'shards'. {remedy}")
    for name, entry in shards.items():
        if Path(name).name != name or name in {".", ".."} or "\\" in name:
            raise DataError(
                f"{path} names shard {name!r}, which is not a file of this folder. "
                "The manifest was not written by this library; do not use it."
            )
        missing = [
            key
            for key, kind in _REQUIRED.items()
            if not isinstance(entry, dict)
            or key not in entry
            or not isinstance(entry[key], kind)
        ]
        if missing:
            raise DataError(
                f"{path}: shard {name} lacks {', '.join(missing)}. {remedy}"
            )
    return manifest


def shard(directory: Path, name: str) -> tuple[Path, Manifest]:
    """A shard's path and entry, once its verdicts and its bytes are found in order.

    Raises:
        DataError: the shard is not in the manifest, failed its checks, is missing,
            has another length, or another checksum. Each has its own message.
    """
    shards = load(directory)["shards"]
    if name not in shards:
        raise DataError(
            f"{directory / NAME} lists no shard {name}; it has "
            f"{', '.join(sorted(shards)) or 'none'}. Produce it with "
            "`python -m evophys_lib simulate`."
        )
    problem = problem_of_verdicts(shards[name]) or problem_of_bytes(
        directory / name, shards[name]
    )
    if problem:
        raise DataError(
            f"{directory / name}: {problem[1]}. Delete it and produce it again."
        )
    return directory / name, shards[name]


def problem_of_verdicts(entry: Manifest) -> tuple[str, str] | None:
    """(check, detail) of the first failed check in a shard's entry."""
    checks = entry["checks"]
    if not checks:
        return "checks", "the manifest records no physical checks"
    for name, check in checks.items():
        if not isinstance(check, dict) or check.get("verdict") != "passed":
            value = check.get("value") if isinstance(check, dict) else None
            return name, f"the manifest says check {name} failed (value {value})"
    if entry["verdict"] != "passed":
        return "verdict", f"the manifest says {entry['verdict']!r}, not 'passed'"
    return None


def problem_of_bytes(path: Path, entry: Manifest) -> tuple[str, str] | None:
    """(check, detail) when a file is missing, cut off or altered."""
    if not os.path.exists(path):
        return "file", "the file is missing"
    if path.resolve().parent != path.parent.resolve():
        return "file", "it is a link that leads out of its folder"
    size = path.stat().st_size
    if size != entry["bytes"]:
        return "length", f"has {size} bytes, the manifest says {entry['bytes']}"
    try:
        found = sha256(path)
    except OSError as error:
        return "file", f"it cannot be read: {error}"
    if found != entry["sha256"]:
        return "checksum", "its SHA-256 differs from the manifest's: bytes changed"
    return None
