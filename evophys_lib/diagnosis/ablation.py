"""What each ingredient is worth: every variant trained, diagnosed, merged, scored.

A variant is a study of its own, in `<outputs>/<profile>/ablation/<variant>/seed<seed>`.
It takes the simulated data of the profile's own study, and the world model of the first
variant that has the same one. Nothing is selected here: test splits are only read
for the scores.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evophys_lib.diagnosis import variants as declared
from evophys_lib.diagnosis.variants import Variant
from evophys_lib.evaluate.metrics import nrmse
from evophys_lib.evaluate.scores import finite
from evophys_lib.merge import diagnostics
from evophys_lib.models import registry, shelf
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.splits import Split
from evophys_lib.scoring import home, report
from evophys_lib.store import artifacts as store
from evophys_lib.study import data, training, workers
from evophys_lib.study.scene import scene
from evophys_lib.study.study import Study, plain

Document = dict[str, Any]
DIVERGED = "diverged"
MERGED = ("soup", "ps")
POSITIONS = np.linspace(0, 1, 11)  # on the line between the experts


@dataclass(frozen=True)
class Outcome:
    """One variant at one seed: its scores, or the error that there are none."""

    variant: str
    seed: int
    result: Document | Exception


def study_of(base: Study, variant: Variant) -> Study:
    """The study of a variant; `base` is the study that the data come from."""
    profile = declared.profile_of(variant, base.profile)
    study = Study(
        profile=replace(profile, processes=1),
        seed=base.seed,
        device=base.device,
        part=f"ablation/{variant.name}",
        data_from=base,
    )
    origin = declared.origin(variant, base.profile)
    if origin == variant:
        return study
    return replace(study, world_model_from=study_of(base, origin))


def run(
    bases: Sequence[Study], variants: Sequence[Variant], processes: int
) -> Iterator[Outcome]:
    """Score what is missing, side by side, seed by seed; outcomes as they come."""
    jobs = [(base, variant.name) for base in bases for variant in variants]
    tasks = [partial(scores, base, name) for base, name in jobs]
    for position, result in workers.as_finished(tasks, processes):
        base, name = jobs[position]
        yield Outcome(name, base.seed, result)


def scores(base: Study, name: str) -> Document:
    """The scores of a variant, made with all they need if they are missing.

    A training that diverged is a result too: {"diverged": its message}.
    """
    variant = declared.BY_NAME[name]
    study = study_of(base, variant)

    def make() -> Document:
        try:
            measured: Document = finite(_measured(study, variant))
            return measured
        except FloatingPointError as error:
            return {DIVERGED: str(error)}

    found: Document = store.obtain_json(
        scores_path(study), _provenance(study, variant), make
    )
    return found


def scores_path(study: Study) -> Path:
    """Where the scores of a variant lie."""
    return study.folder / "scores.json"


def document(
    base: Study, variants: Sequence[Variant], outcomes: Sequence[Outcome]
) -> Document:
    """ablations.json: what was declared, and a row per variant and seed."""
    profile = declared.at_budget(base.profile)
    order = {variant.name: i for i, variant in enumerate(variants)}
    done = sorted(outcomes, key=lambda o: (order[o.variant], o.seed))
    return {
        "profile": base.profile.name,
        "peclets": list(declared.PECLETS),
        "budget": {
            "shares": asdict(declared.BUDGET),
            "pretraining_steps": profile.jepa.training.steps,
            "finetuning_steps": profile.finetune.training.steps,
            "probe_steps": profile.probe.steps,
            "ps_generations": profile.ps.generations,
            "ps_popsize": profile.ps.popsize,
        },
        "variants": [
            {
                "name": variant.name,
                "label": variant.label,
                "groups": [group.value for group in variant.groups],
                "world_model": declared.origin(variant, base.profile).name,
            }
            for variant in variants
        ],
        "rows": [
            {"variant": o.variant, "seed": o.seed, **o.result}
            for o in done
            if not isinstance(o.result, Exception)
        ],
        "versions": report.versions(),
        "device": report.device_name(base.device),
    }


def _measured(study: Study, variant: Variant) -> Document:
    measured = {
        "world_model": home.world_model_scores(study),
        "material": material(study),
        "seconds": {
            "pretraining": store.seconds_of(training.world_model_path(study)),
            "probe": store.seconds_of(training.probe_path(study)),
            **{
                f"expert_{family}": store.seconds_of(
                    training.expert_path(study, family)
                )
                for family in study.profile.families
            },
        },
    }
    if variant.merged:
        measured["merges"] = {
            peclet_key(pe): merge_scores(study, pe) for pe in declared.PECLETS
        }
    return measured


def material(study: Study) -> Document:
    """The experts as merging material: angles, lengths, signs and the barrier."""
    lineage = training.lineage(study)
    fitness = {f: home.source_fitness(study, f) for f in study.profile.families}
    losses = diagnostics.losses_between(lineage, fitness, POSITIONS)
    both = np.mean(list(losses.values()), axis=0)
    return {
        "overall": asdict(diagnostics.compare(lineage)),
        "layers": [asdict(c) for c in diagnostics.compare_layers(lineage)],
        "losses_between": {name: loss.tolist() for name, loss in losses.items()},
        "barrier": diagnostics.barrier_height(both, POSITIONS),
    }


def merge_scores(study: Study, peclet: float) -> Document:
    """Parents, soup and PS on the target's test split, far ahead, field and latent.

    advantage: squared error of PS over that of the better parent; below 1, merging
    gained.
    """
    parents, last = study.profile.families, study.profile.horizons[-1]
    wanted = ("persistence", *parents, *MERGED)
    chosen = registry.named(study.profile, wanted)
    made = {name: chosen[name].make(study, peclet) for name in wanted}
    shown = scene(study, peclet)
    truth = shown.truth[last.step].cpu().numpy()
    initial, models = shown.trajectories.field[:, 0], {}
    for name, model in made.items():
        told = model.predict(shown)
        assert told.latent is not None
        field = told.fields[last.step].cpu().numpy()
        models[name] = {
            f"nrmse_{last.name}": nrmse(field, truth, initial),
            f"latent_nmse_{last.name}": float(told.latent[last.step]),
        }
    field_errors = {n: row[f"nrmse_{last.name}"] ** 2 for n, row in models.items()}
    latent_errors = {n: row[f"latent_nmse_{last.name}"] for n, row in models.items()}
    found = made["ps"].found
    assert found is not None
    return {
        "models": models,
        "advantage": {
            "field": _advantage(field_errors, parents),
            "latent": _advantage(latent_errors, parents),
        },
        "fitness": found.fitness,
        "lambda": found.described()["lambda"],
        "seconds": store.seconds_of(shelf.merge_path(study, "ps", peclet)),
    }


def _advantage(squared: dict[str, float], parents: tuple[str, ...]) -> float:
    return squared["ps"] / min(squared[family] for family in parents)


def _provenance(study: Study, variant: Variant) -> store.Provenance:
    """All that scores follow from: settings and simulated data."""
    parts = ("encoder", "predictor", "jepa", "sampling", "probe", "finetune")
    config: Document = {part: plain(getattr(study.profile, part)) for part in parts}
    config["horizon_steps"] = study.profile.horizon_steps
    inputs = {split.value: data.make_sources(study, split) for split in Split}
    if variant.merged:
        config["ps"] = plain(study.profile.ps)
        for pe in declared.PECLETS:
            for split in (Split.VALIDATION, Split.TEST):
                made = data.make_target(study, split, pe)
                inputs[f"{split.value}_pe{peclet_key(pe)}"] = made
    return study.provenance("ablation", config, **inputs)
