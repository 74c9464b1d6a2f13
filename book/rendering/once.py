"""The evidence as pages, pictures and sentences take it: read once, judged once."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from evophys_lib.evaluate import evidence, findings
from evophys_lib.evaluate.evidence import Evidence

COUNTS = (16, 4, 1)
"""k of the claim about directions, as declared."""

read = cache(evidence.read)
"""By folder; all share what is read, so nobody may change it."""
judge = cache(evidence.judge)
"""The three claims over the seeds of some evidence."""
nrmse = cache(findings.nrmse)
"""Errors by Péclet number, model and seed."""


@cache
def documents(folder: Path) -> tuple[dict[str, Any], ...]:
    """Of a benchmark, a file for each study and Péclet number."""
    paths = sorted(folder.glob("*.json"))
    return tuple(json.loads(path.read_text("utf-8")) for path in paths)


@cache
def judge_directions(found: Evidence) -> dict[str, dict[str, Any]]:
    """The claims about directions, as far as the evidence can judge them."""
    return evidence.judge_directions(found, COUNTS)
