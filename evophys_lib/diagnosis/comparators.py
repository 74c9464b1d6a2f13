"""Beside stages 2 and 3: other ways of forecasting the families, on the same splits.

Each is fitted on a family's training split and chooses on its validation split, as the
experts do, and forecasts the test split from the same context. None needs the world
model, and none is merged.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from evophys_lib.comparators import dmd, fourier_multipliers, neural_operator
from evophys_lib.comparators.dmd import DMD
from evophys_lib.comparators.neural_operator import NeuralOperator, parameter_count
from evophys_lib.physics.splits import Split
from evophys_lib.scoring import home
from evophys_lib.store import artifacts as store
from evophys_lib.store.journal import Journal, obtain_tensors
from evophys_lib.store.memory import remembered
from evophys_lib.store.tensors import Tensors, require
from evophys_lib.study import data, training, workers
from evophys_lib.study.scene import Forecast
from evophys_lib.study.study import Stream, Study, plain
from evophys_lib.worldmodel.device import one_thread

FOURIER, DECOMPOSITION, OPERATOR = "fourier", "dmd", "fno"
COMPARATORS = (FOURIER, DECOMPOSITION, OPERATOR)
PERSISTENCE, EXPERT = "persistence", "expert"
FITTED_ON = (Split.TRAIN, Split.VALIDATION)


@dataclass(frozen=True)
class Row:
    """How one way of forecasting does at home, and what it took.

    nrmse: on the test split, by horizon; parameters: numbers that were fitted;
    seconds: of fitting them.
    """

    nrmse: dict[str, float]
    parameters: int
    seconds: float

    def columns(self) -> dict[str, float]:
        """As tables have them."""
        spent = {"parameters": self.parameters, "seconds": self.seconds}
        return {**self.nrmse, **spent}


def path(study: Study, name: str, family: str) -> Path:
    """Where a fitted comparator lies."""
    return study.folder / "models" / "comparators" / f"{name}_{family}.safetensors"


def multipliers(study: Study, family: str) -> fourier_multipliers.Multipliers:
    """One complex multiplier per mode, fitted if they are missing."""
    stride, now = study.profile.stride, study.profile.encoder.context - 1

    def make() -> Tensors:
        fields = data.sources(study, Split.TRAIN)[family].field
        fitted = fourier_multipliers.fit(fields, first=now, stride=stride)
        return {"multipliers": torch.view_as_real(torch.from_numpy(fitted))}

    config = {"family": family, "first": now, "stride": stride}
    train = data.make_sources(study, Split.TRAIN)
    provenance = study.provenance("Fourier multipliers", config, train=train)
    stored = path(study, FOURIER, family)
    tensors = store.obtain_tensors(stored, provenance, make)
    require(tensors, ("multipliers",), stored)
    return torch.view_as_complex(tensors["multipliers"]).numpy()


def decomposition(study: Study, family: str) -> DMD:
    """Exact DMD of stacked windows, its rank chosen on validation data."""
    profile = study.profile
    context, stride = profile.encoder.context, profile.stride

    def stacked(split: Split) -> np.ndarray:
        fields = data.sources(study, split)[family].field
        return dmd.windows(fields, context=context, stride=stride)

    def make() -> Tensors:
        rollouts = stacked(Split.VALIDATION)[: profile.horizon_steps + 1]
        fitted = dmd.fit(stacked(Split.TRAIN))
        chosen = dmd.choose_rank(fitted, rollouts, profile.dmd_ranks)
        factors = {"basis": chosen.basis, "lift": chosen.lift}
        return {name: torch.from_numpy(factor) for name, factor in factors.items()}

    config = {
        "family": family,
        "context": context,
        "stride": stride,
        "horizon_steps": profile.horizon_steps,
        "ranks": list(profile.dmd_ranks),
    }
    inputs = {s.value: data.make_sources(study, s) for s in FITTED_ON}
    provenance = study.provenance("DMD", config, **inputs)
    stored = path(study, DECOMPOSITION, family)
    tensors = store.obtain_tensors(stored, provenance, make)
    require(tensors, ("basis", "lift"), stored)
    return DMD(tensors["basis"].numpy(), tensors["lift"].numpy())


def operator(study: Study, family: str) -> tuple[NeuralOperator, list[float]]:
    """The Fourier neural operator of one family and its losses, trained if missing."""
    profile, stored = study.profile, path(study, OPERATOR, family)

    def network() -> NeuralOperator:
        with training.initialised(study, Stream.NEURAL_OPERATOR):
            module = NeuralOperator(profile.neural_operator, profile.encoder.context)
        return module.to(study.device)

    def make(journal: Journal) -> Tensors:
        module, place = network(), profile.families.index(family)
        with one_thread():
            losses = neural_operator.fit(
                module,
                training.window_sampler(study, (family,), profile.sampling),
                profile.neural_operator,
                study.generator(Stream.NEURAL_OPERATOR, place),
                label=f"train a neural operator on {family}",
                journal=journal,
            )
        return module.state_dict() | {training.LOSSES: torch.tensor(losses)}

    config = {
        "family": family,
        "context": profile.encoder.context,
        "stride": profile.stride,
        "neural_operator": plain(profile.neural_operator),
        "sampling": plain(profile.sampling),
    }
    train = data.make_sources(study, Split.TRAIN)
    provenance = study.provenance("neural operator", config, train=train)
    tensors = obtain_tensors(stored, provenance, make)

    def read() -> tuple[NeuralOperator, list[float]]:
        require(tensors, (training.LOSSES,), stored)
        module = network()
        weights = training.without(tensors, training.LOSSES)
        training.load_into(module, weights, stored)
        return module, tensors[training.LOSSES].tolist()

    key = ("neural operator", stored, study.device)
    return remembered(key, (stored,), read)


def make_all(study: Study) -> None:
    """Fit the comparators that are missing, the neural operators side by side."""
    families = study.profile.families
    for family in families:
        multipliers(study, family)
        decomposition(study, family)
    missing = [f for f in families if not store.exists(path(study, OPERATOR, f))]
    workers.run(study, [partial(operator, family=family) for family in missing])


def forecasts(study: Study, family: str) -> dict[str, Tensor]:
    """Test forecasts of every comparator on its family, (H, n, N) each, by name."""
    make_all(study)
    stored = study.folder / "forecasts" / f"comparators_{family}.safetensors"
    steps, context = study.profile.horizon_steps, study.profile.encoder.context

    def make() -> Tensors:
        field = data.sources(study, Split.TEST)[family].field[:, :context]
        modes, linear = multipliers(study, family), decomposition(study, family)
        module, _ = operator(study, family)
        fourier = fourier_multipliers.forecast(modes, field[:, -1], steps)
        rolled = dmd.forecast(linear, field.reshape(len(field), -1), steps)  # (H, n, D)
        window = torch.from_numpy(field).to(study.device)
        return {
            FOURIER: torch.from_numpy(fourier).float(),
            DECOMPOSITION: torch.from_numpy(rolled[..., -field.shape[-1] :]).float(),
            OPERATOR: neural_operator.forecast(module, window, steps),
        }

    inputs = {name: path(study, name, family) for name in COMPARATORS}
    test = data.make_sources(study, Split.TEST)
    config = {"family": family, "horizon_steps": steps}
    provenance = study.provenance("comparators", config, data=test, **inputs)
    tensors = store.obtain_tensors(stored, provenance, make)
    require(tensors, COMPARATORS, stored)
    return {name: tensors[name] for name in COMPARATORS}


def nrmse_by_step(study: Study, family: str) -> dict[str, list[float]]:
    """nRMSE at each predictor step, for every comparator on its family."""
    told = {name: Forecast(field) for name, field in forecasts(study, family).items()}
    return home.nrmse_by_step(study, family, told)


def rows(study: Study, family: str) -> dict[str, Row]:
    """Persistence, every comparator, and the expert of the same family last.

    The expert is charged for half of the pretraining, which both families share, and
    counts the encoder's numbers, but not the probe's, which only measures.
    """
    model = training.world_model(study)
    ours = home.nrmse_by_step(study, family, home.source_forecasts(study, family))
    curves = {PERSISTENCE: ours["persistence"], **nrmse_by_step(study, family)}
    linear, (module, _) = decomposition(study, family), operator(study, family)
    pretraining = store.seconds_of(training.world_model_path(study))
    tuning = store.seconds_of(training.expert_path(study, family))
    numbers = {
        PERSISTENCE: 0,
        FOURIER: 2 * len(multipliers(study, family)),
        DECOMPOSITION: linear.basis.size + linear.lift.size,
        OPERATOR: parameter_count(module),
        EXPERT: parameter_count(model.encoder) + parameter_count(model.predictor),
    }
    fitting = {
        name: store.seconds_of(path(study, name, family)) for name in COMPARATORS
    }
    fitting |= {PERSISTENCE: 0.0, EXPERT: pretraining / 2 + tuning}
    curves |= {EXPERT: ours[family]}
    return {
        name: Row(home.at_horizons(study, curve), numbers[name], fitting[name])
        for name, curve in curves.items()
    }
