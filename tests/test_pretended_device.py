"""Whatever runs on a device runs on one that has no tensor in common with the CPU."""

import copy
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pretended import DEVICE, Mixed, OnDevice, pretending
from test_adapters import FORMS, latents, predictor, stepped
from tiny import PECLET, study_in

from evophys_lib.diagnosis import comparators
from evophys_lib.models import registry
from evophys_lib.scoring import forecasts, report
from evophys_lib.store import disk
from evophys_lib.study import training
from evophys_lib.worldmodel.encoder import Encoder
from evophys_lib.worldmodel.jepa import Objective
from evophys_lib.worldmodel.predictor import Predictor
from evophys_lib.worldmodel.pretraining import pretrain
from evophys_lib.worldmodel.training import TrainingConfig, minimise

MODELS = (
    "gradient", "dare_ties", "slerp", "random_vectors", "fitted_ensemble",
    "model_stock", "few_shot_base", "directions_few", "directions_of_pe_k1",
    "ps_of_pe_k1", "interpolated_blind", "soft_paths", "best_path",
)  # fmt: skip
"""One of each way of making a model, beside those that every study makes."""
SINGLE = 1e-7
"""What fields of order 1 keep in single precision: the probe's floor is near it."""
IN_SINGLE = {
    "adapters", "anchors", "averaging", "blocks", "encoder", "finetune", "jepa",
    "neural_operator", "predictor", "pretraining", "rollout", "stackable", "training",
    "unrolling", "windows",
}  # fmt: skip
"""Modules of networks and their training; searches sum and solve in 64 bits."""


@pytest.fixture
def device():
    with pretending() as doubles:
        yield doubles


@pytest.fixture(scope="module")
def made(finished_study, tmp_path_factory):
    """The same study on the device: study, results, and who computed in double."""
    folder = tmp_path_factory.mktemp("device")
    for data in finished_study.folder.rglob("data"):
        shutil.copytree(data, folder / data.relative_to(finished_study.folder))
    with pytest.MonkeyPatch.context() as patch, pretending() as doubles:
        patch.setenv(disk.OUTPUTS_VARIABLE, "")
        study = replace(study_in(folder), device=DEVICE)
        results = report.make_results(study)
        yield study, results, frozenset(doubles)


# --- the device ---


def there(*shape):
    return torch.ones(shape).to(DEVICE)


@pytest.mark.parametrize(
    "mix",
    [
        lambda: there(3) + torch.ones(3),
        lambda: there(2, 3) @ torch.ones(3, 2),
        lambda: torch.cat([there(3), torch.ones(3)]),
        lambda: torch.stack([there(), torch.zeros(())]),
        lambda: torch.where(torch.ones(3) > 0, there(3), there(3)),
        lambda: torch.ones(3)[there(1).long()],
        lambda: torch.nn.Linear(3, 3)(there(2, 3)),
        lambda: torch.rand(3, device=DEVICE, generator=torch.Generator()),
        lambda: there(3).add_(torch.ones(3)),
        lambda: there(2).numpy(),
    ],
)
def test_tensors_of_two_devices_do_not_mix(device, mix):
    with pytest.raises((Mixed, RuntimeError)):
        mix()


def test_what_a_gpu_allows_is_allowed(device):
    x = torch.arange(6.0).reshape(2, 3).to(DEVICE)
    assert isinstance(x * torch.tensor(2.0), OnDevice)
    assert x[:, torch.tensor([0, 2])].tolist() == x[:, [0, 2]].tolist()
    assert x[:, [0, 2]].tolist() == [[0.0, 2.0], [3.0, 5.0]]
    x[0].copy_(torch.ones(3))
    assert x.cpu().tolist() == [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]]
    assert not isinstance(x.cpu(), OnDevice)
    assert torch.tensor([1.5], device=DEVICE).item() == 1.5


def test_gradients_stay_on_the_device(device):
    layer = torch.nn.Linear(3, 1).to(DEVICE)
    layer(there(2, 3)).sum().backward()
    assert isinstance(layer.weight.grad, OnDevice)
    assert layer.weight.grad.tolist() == [[2.0, 2.0, 2.0]]


# --- everything on it ---


def test_a_study_on_the_device_tells_what_it_tells_on_the_cpu(made, finished_study):
    _, results, _ = made
    for pe, point in finished_study.results["peclet"].items():
        for name, model in point["models"].items():
            same = results["peclet"][pe]["models"][name]
            expected = pytest.approx(model["nrmse_t50"], rel=1e-4, abs=SINGLE)
            assert same["nrmse_t50"] == expected, name


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_made_and_forecasts_on_the_device(made, name):
    study, _, _ = made
    model = registry.of(study.profile)[name]
    told = forecasts.forecast(study, PECLET, model)
    assert bool(told.fields.isfinite().all())
    weights = model.make(study, PECLET).weights
    assert all(isinstance(w, OnDevice) for w in (weights or {}).values())


def test_the_neural_operator_is_trained_and_forecasts_on_the_device(made):
    study, _, _ = made
    told = comparators.forecasts(study, study.profile.families[0])
    assert bool(told[comparators.OPERATOR].isfinite().all())


@pytest.mark.parametrize("objective", Objective)
def test_every_way_of_pretraining_runs_on_the_device(made, objective):
    study, _, _ = made
    profile = study.profile
    config = replace(profile.jepa, objective=objective)
    with training.initialised(study, training.Stream.ENCODER):
        encoder = Encoder(profile.encoder).to(DEVICE)
        predicts = Predictor(profile.predictor).to(DEVICE)
    sampler = training.window_sampler(study, profile.families, profile.sampling)
    generator = study.generator(training.Stream.PRETRAINING)
    told = pretrain(encoder, predicts, sampler, config, generator)
    assert all(math.isfinite(loss) for loss in told.losses)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_tuning_steps_on_the_device_as_on_the_cpu(device, form):
    start = predictor()
    z, there = latents(start), FORMS[form](copy.deepcopy(start)).to(DEVICE)
    moved = stepped(there, z.to(DEVICE))(z.to(DEVICE))
    torch.testing.assert_close(
        moved.cpu(), stepped(FORMS[form](start), z)(z), rtol=0, atol=1e-5
    )


class Kept:
    """A journal on the CPU, as on disk, that a training saves to at every step."""

    path = Path("kept")

    def __init__(self):
        self.saves = []

    def load(self):
        return self.saves[-1] if self.saves else None

    def due(self, interval=None):
        return True

    def save(self, tensors):
        self.saves.append({n: t.detach().cpu().clone() for n, t in tensors.items()})


def trained(journal, stop=6):
    """A layer after some steps on the device."""
    torch.manual_seed(0)
    layer = torch.nn.Linear(3, 1).to(DEVICE)

    def loss_at(step):
        if step == stop:
            raise KeyboardInterrupt
        return (layer(there(4, 3)) - step).square().mean()

    config = TrainingConfig(steps=6)
    minimise(layer.parameters(), config, loss_at, label="train", journal=journal)
    return layer.weight.tolist()


def test_a_training_on_the_device_goes_on_where_it_was(device):
    kept = Kept()
    with pytest.raises(KeyboardInterrupt):
        trained(kept, stop=3)
    assert len(kept.saves) == 3
    assert trained(kept) == trained(Kept())


def test_no_network_computes_in_64_bits_on_the_device(made):
    _, _, doubles = made
    assert {name.partition(".")[0] for name in doubles} & IN_SINGLE == set()
    assert "probe.solve_linear" in doubles  # they are seen where they are
