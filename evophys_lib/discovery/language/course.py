"""From a model to its curves: scored, warmed up, scored, reinforced, scored."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

from evophys_lib.discovery.language import prompts, tiny, training
from evophys_lib.discovery.language.training import Plan
from evophys_lib.discovery.systems import SYSTEMS, system_named
from evophys_lib.errors import ParameterError

Document = dict[str, Any]

LEARNT = ("free_fall", "spring", "damped_spring", "pendulum")
"""One coordinate each, with laws of one and two terms."""
SCORED = 16
"""Episodes of each system that no training saw."""
SMALL = "random weights"
"""What a model is called that comes from nowhere."""


def pupil(source: Path | None, seed: int) -> tuple[Any, Any]:
    """A model and its tokenizer: from a folder, or small with random weights.

    Raises:
        ParameterError: the folder holds no model in safetensors.
    """
    set_seed(seed)
    if source is None:
        tokens = tiny.tokenizer(_texts())
        return tiny.model(tokens), tokens
    try:
        tokens = AutoTokenizer.from_pretrained(source, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(
            source, local_files_only=True, use_safetensors=True
        )
    except (OSError, ValueError) as error:
        raise ParameterError(
            "model", str(source), f"a folder with a causal model ({error})",
            "Save one there with `save_pretrained`; nothing is downloaded.",
        ) from None  # fmt: skip
    if tokens.pad_token_id is None:
        tokens.pad_token = tokens.eos_token
    return model, tokens


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
