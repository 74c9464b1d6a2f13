"""From a model to its curves: scored, warmed up, scored, reinforced, scored."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

from evophys_lib.discovery.language import prompts, tiny, training
from evophys_lib.discovery.language.training import Plan
from evophys_lib.discovery.systems import SYSTEMS, system_named
from evophys_lib.errors import ParameterError
from evophys_lib.physics import files

Document = dict[str, Any]

LEARNT = ("free_fall", "spring", "damped_spring", "pendulum")
"""One coordinate each, with laws of one and two terms."""
SCORED = 16
"""Episodes of each system that no training saw."""
SMALL = "random weights"
"""What a model is called that comes from nowhere."""

LARGEST_JSON = 64 * 2**20
"""Bytes of a model's settings or vocabulary: twice as many as large ones have."""


def pupil(source: Path | None, seed: int) -> tuple[Any, Any]:
    """A model and its tokenizer: from a folder, or small with random weights.

    Raises:
        ParameterError: the folder holds no model in safetensors, or one that needs
            code of its own.
    """
    set_seed(seed)
    if source is None:
        tokens = tiny.tokenizer(_texts())
        return tiny.model(tokens), tokens
    wary = {"local_files_only": True, "trust_remote_code": False}
    try:
        _look_at(source)
        tokens = AutoTokenizer.from_pretrained(source, **wary)
        model = AutoModelForCausalLM.from_pretrained(
            source, use_safetensors=True, **wary
        )
    except (OSError, ValueError, RecursionError, SafetensorError) as error:
        what = str(error).strip().partition("\n")[0]
        raise ParameterError(
            "model", str(source), f"a folder with a causal model ({what})",
            "Save one there with `save_pretrained`; nothing is downloaded.",
        ) from None  # fmt: skip
    if tokens.pad_token_id is None:
        tokens.pad_token = tokens.eos_token
    return model, tokens


def _look_at(folder: Path) -> None:
    """Refuse, by OSError, a folder with what is no ordinary file, or with long JSON."""
    for path in folder.iterdir():
        if not path.is_dir():
            most = LARGEST_JSON if path.suffix == ".json" else sys.maxsize
            with files.opened(path, most):
                pass


@cache
def _texts() -> tuple[str, ...]:
    """What there is to read and to write, of every system."""
    rows = prompts.examples(SYSTEMS, range(8), np.random.default_rng(0))
    return tuple(f"{row['prompt']}{row['completion']}" for row in rows)


def taught(
    model: Any, tokens: Any, systems: Sequence[str], plan: Plan, *, seed: int
) -> Document:
    """Teach a model, in place; what it learnt by step, and on episodes of no training.

    Raises:
        ParameterError: a system that is not known.
    """
    systems = [system_named(name).name for name in systems]
    fresh = range(plan.episodes, plan.episodes + SCORED)

    def scored() -> training.Curve:
        return training.scores(model, tokens, systems, fresh, plan, seed=seed)

    with TemporaryDirectory() as folder:
        where: dict[str, Any] = {"seed": seed, "folder": Path(folder)}
        scores = {"before": scored()}
        warm = training.warm_start(model, tokens, systems, plan, **where)
        scores["after the warm start"] = scored()
        reinforced = training.reinforce(model, tokens, systems, plan, **where)
        scores["after GRPO"] = scored()
    return {
        "systems": systems,
        "plan": asdict(plan),
        "seed": seed,
        "numbers": sum(p.numel() for p in model.parameters()),
        "warm_start": warm,
        "grpo": reinforced,
        "scores": scores,
    }
