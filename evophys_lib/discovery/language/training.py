"""Teaching a language model: supervised by the grammar, then by its rewards.

    warm start   −log p(completion | prompt) of what the random grammar writes
    GRPO         A_i = (r_i − mean r) / std r over G completions of one prompt, and
                 ascent along A_i ∇ log p: no second model says what is good

Both by TRL. GRPO: Shao et al. 2024, arXiv:2402.03300.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from transformers import set_seed
from trl import GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

from evophys_lib.discovery.language import judging, prompts

Curve = dict[str, list[float]]
"""Values by name, one for each logged step; `step` among them."""


@dataclass(frozen=True)
class Plan:
    """How much is taught; defaults for a small model with random weights, on one core.

    warm_steps, steps: of the warm start and of GRPO. prompts: of a step of GRPO, twice
    as many of the warm start. answers: G, to each of them. length: of an answer in
    tokens, at most. warm_rate, rate: of Adam, a thousandth of these for a model that
    has learnt to read. episodes: seeds of each system. temperature: of what is drawn.
    """

    warm_steps: int = 200
    steps: int = 40
    prompts: int = 4
    answers: int = 8
    length: int = 64
    warm_rate: float = 5e-3
    rate: float = 5e-4
    episodes: int = 64
    temperature: float = 1.0


def warm_start(
    model: Any,
    tokens: Any,
    systems: Sequence[str],
    plan: Plan,
    *,
    seed: int,
    folder: Path,
) -> Curve:
    """Teach a model, in place, to write as the grammar does; its loss by step.

    folder: TRL's, nothing is left in it.
    """
    generator = np.random.default_rng([seed, 2])
    rows = [*prompts.examples(systems, range(plan.episodes), generator)]
    texts = [{k: row[k] for k in ("prompt", "completion")} for row in rows]
    settings = SFTConfig(
        learning_rate=plan.warm_rate,
        max_steps=plan.warm_steps,
        per_device_train_batch_size=2 * plan.prompts,
        max_length=None,
        **_common(seed, folder),
    )
    trainer = SFTTrainer(
        model, settings, train_dataset=Dataset.from_list(texts), processing_class=tokens
    )
    trainer.train()
    return _curve(trainer.state.log_history, {"loss": "loss"})


def reinforce(
    model: Any,
    tokens: Any,
    systems: Sequence[str],
    plan: Plan,
    *,
    seed: int,
    folder: Path,
) -> Curve:
    """Teach a model, in place, by the five rewards; loss and rewards by step."""
    settings = GRPOConfig(
        learning_rate=plan.rate,
        max_steps=plan.steps,
        per_device_train_batch_size=plan.prompts * plan.answers,
        num_generations=plan.answers,
        max_completion_length=plan.length,
        temperature=plan.temperature,
        reward_weights=[*judging.WEIGHTS.values()],
        **_common(seed, folder),
    )
    trainer = GRPOTrainer(
        model,
        [*judging.WEIGHTS],
        args=settings,
        train_dataset=Dataset.from_list(
            [*prompts.episodes(systems, range(plan.episodes))]
        ),
        processing_class=tokens,
    )
    trainer.train()
    names = {
        reward.__name__: f"rewards/{reward.__name__}/mean" for reward in judging.WEIGHTS
    }
    return _curve(
        trainer.state.log_history, {"loss": "loss", "reward": "reward"} | names
    )


@torch.no_grad()
def scores(
    model: Any,
    tokens: Any,
    systems: Sequence[str],
    seeds: Iterable[int],
    plan: Plan,
    *,
    seed: int,
) -> Curve:
    """The five rewards of one answer to every episode, drawn as in training."""
    set_seed(seed)
    model.eval()
    rows = [*prompts.episodes(systems, seeds)]
    found: Curve = {reward.__name__: [] for reward in judging.WEIGHTS}
    size = plan.prompts * plan.answers
    for batch in (rows[i : i + size] for i in range(0, len(rows), size)):
        asked = [row["prompt"] for row in batch]
        given = tokens(asked, return_tensors="pt", padding=True, padding_side="left")
        ids = model.generate(
            **given.to(model.device),
            do_sample=True,
            temperature=plan.temperature,
            top_k=0,
            max_new_tokens=plan.length,
        )
        answers = tokens.batch_decode(
            ids[:, given["input_ids"].shape[1] :], skip_special_tokens=True
        )
        columns = {k: [row[k] for row in batch] for k in ("system", "seed")}
        for reward in judging.WEIGHTS:
            found[reward.__name__] += reward(asked, answers, **columns)
    return found


def _common(seed: int, folder: Path) -> dict[str, Any]:
    """Settings of both trainers."""
    return {
        "output_dir": str(folder),
        "seed": seed,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": not torch.cuda.is_available(),
        "bf16": torch.cuda.is_available(),
        "lr_scheduler_type": "constant",
    }


def _curve(log: Iterable[dict[str, float]], names: dict[str, str]) -> Curve:
    """What was logged under some names, at steps that have all of them."""
    kept = [line for line in log if all(name in line for name in names.values())]
    curve = {"step": [line["step"] for line in kept]}
    return curve | {k: [float(line[v]) for line in kept] for k, v in names.items()}
