"""Sampling, fine-tuning, probe and gates on small exact problems."""

import math

import numpy as np
import pytest
import torch
from mortal import MortalJournal
from waves import ENCODER, generator, models, wave_sampler, waves

from evophys_lib.worldmodel import averaging, collapse, finetune, probe
from evophys_lib.worldmodel.training import TrainingConfig, minimise
from evophys_lib.worldmodel.windows import SamplingConfig, WindowSampler


@pytest.fixture
def fields() -> torch.Tensor:
    return waves()


@pytest.fixture
def sampler() -> WindowSampler:
    return wave_sampler()


def test_windows_are_consecutive_pieces_of_one_shifted_trajectory():
    rows, frames, cells = 4, 20, 8
    r, t, x = np.meshgrid(range(rows), range(frames), range(cells), indexing="ij")
    field = torch.from_numpy(10_000 * r + 100 * t + x)
    drawn = WindowSampler([field], context=3, stride=2).draw(50, 4, generator())
    assert drawn.shape == (5, 50, 3, 8)
    row, time, cell = drawn // 10_000, drawn // 100 % 100, drawn % 100
    assert (row == row[:1, :, :1, :1]).all()
    start = time[0, :, 0, 0]
    for h in range(5):
        for f in range(3):
            assert (time[h, :, f] == (start + 2 * h + f)[:, None]).all()
    assert ((cell[..., 1:] - cell[..., :-1]) % 8 == 1).all()
    assert len(set(start.tolist())) > 3 and start.max() <= 20 - 3 - 8


def test_windows_take_equal_parts_of_each_family():
    families = [torch.full((3, 9, 4), value) for value in (1.0, 2.0)]
    drawn = WindowSampler(families, context=2, stride=1).draw(10, 1, generator())
    assert (drawn == 1).sum() == (drawn == 2).sum()


def starts(sampling: SamplingConfig) -> tuple[torch.Tensor, torch.Tensor]:
    """First frame and first cell of 4,000 windows from 100 frames of 8 cells."""
    time, cell = torch.meshgrid(torch.arange(100), torch.arange(8), indexing="ij")
    sampler = WindowSampler([(100 * time + cell)[None]], 1, 1, sampling)
    drawn = sampler.draw(4000, 0, generator())[0, :, 0, 0]
    return drawn // 100, drawn % 100


@pytest.mark.parametrize(("early", "share"), [(1.0, 0.25), (2.0, 0.5)])
def test_first_frames_follow_the_declared_density(early, share):
    time, _ = starts(SamplingConfig(early=early))
    assert (time < 25).double().mean() == pytest.approx(share, abs=0.03)
    assert time.max() == 99


def test_shifts_reach_every_cell_or_none():
    assert set(starts(SamplingConfig())[1].tolist()) == set(range(8))
    assert set(starts(SamplingConfig(shifts=False))[1].tolist()) == {0}


def test_an_unroll_longer_than_the_data_is_refused(sampler):
    with pytest.raises(ValueError, match="spans 33 frames but trajectories have 30"):
        sampler.draw(2, 10, generator())


def test_minimise_solves_least_squares():
    torch.manual_seed(0)
    truth, x = torch.randn(20, 20), torch.randn(200, 20)
    layer = torch.nn.Linear(20, 20)
    config = TrainingConfig(steps=400, learning_rate=0.1, clip=100.0)
    losses = minimise(
        layer.parameters(),
        config,
        lambda _: (layer(x) - x @ truth).square().mean(),
        label="least squares",
    )
    assert len(losses) == 400 and losses[-1] < 1e-3 * losses[0]


def test_minimise_names_the_step_at_which_it_diverged():
    weight = torch.nn.Parameter(torch.ones(1))

    def loss_at(step: int) -> torch.Tensor:
        return weight.sum() * (math.nan if step == 3 else 1.0)

    with pytest.raises(FloatingPointError, match="at step 3 .before, .* lower the"):
        minimise([weight], TrainingConfig(steps=6), loss_at, label="bad")


def test_a_training_that_diverges_stops_and_its_last_state_is_good(tmp_path):
    weight, taken = torch.nn.Parameter(torch.ones(3)), []
    journal = MortalJournal(tmp_path, saves=None)

    def loss_at(step: int) -> torch.Tensor:
        taken.append(step)
        return weight.sum() * (math.inf if step >= 30 else 1.0)

    with pytest.raises(FloatingPointError, match="at step 30 "):
        minimise(
            [weight], TrainingConfig(steps=1000), loss_at, label="bad", journal=journal
        )
    assert len(taken) == 31
    kept = journal.load()
    assert len(kept["losses"]) == 30
    assert all(t.isfinite().all() for t in kept.values() if t.is_floating_point())


def test_moving_average_follows_its_formula():
    a, b = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    expected = 0.9 * a.weight.detach() + 0.1 * b.weight.detach()
    averaging.update_average(a, b, 0.9)
    torch.testing.assert_close(a.weight.detach(), expected)


def test_finetuning_leaves_base_and_embedding_alone(sampler):
    encoder, predictor = models()
    encoder.requires_grad_(False)
    before = {k: v.clone() for k, v in predictor.state_dict().items()}
    config = finetune.FinetuneConfig(TrainingConfig(steps=80, batch=32), (2,))
    expert, losses = finetune.finetune(
        predictor, encoder, sampler, config, generator(), label="fine-tune"
    )
    assert all(torch.equal(before[k], v) for k, v in predictor.state_dict().items())
    assert torch.equal(expert.embed.weight, predictor.embed.weight)
    assert not torch.equal(expert.head[1].weight, predictor.head[1].weight)
    assert np.mean(losses[-20:]) < 0.8 * np.mean(losses[:20])


def expert_after(sampler, steps: int, averaging: float) -> torch.Tensor:
    """The head of an expert; θ₀ is the same, and so is what it is trained on."""
    encoder, predictor = models()
    encoder.requires_grad_(False)
    config = finetune.FinetuneConfig(
        TrainingConfig(steps=steps, batch=4, warmup=1), (1,), averaging=averaging
    )
    expert, _ = finetune.finetune(
        predictor, encoder, sampler, config, generator(), label="fine-tune"
    )
    return expert.head[1].weight


def test_the_average_of_weights_follows_its_formula(sampler):
    _, base = models()
    last = expert_after(sampler, 1, averaging=0.0)
    average = expert_after(sampler, 1, averaging=0.9)
    torch.testing.assert_close(average, 0.9 * base.head[1].weight + 0.1 * last)
    assert not torch.equal(last, base.head[1].weight)


def test_unrolls_share_the_steps_equally():
    config = finetune.FinetuneConfig(TrainingConfig(steps=8), unrolls=(1, 3, 6, 10))
    assert [config.unroll_at(i) for i in range(8)] == [1, 1, 3, 3, 6, 6, 10, 10]


def test_the_probe_inverts_an_isometric_encoder(sampler, fields):
    encoder, _ = models()
    encoder.requires_grad_(False)
    training = TrainingConfig(steps=20, batch=32, learning_rate=1e-4)
    fitted = probe.Probe(ENCODER.latent, ENCODER.patch)
    losses = probe.fit(fitted, encoder, sampler, training, generator())
    with torch.no_grad():
        error = fitted(encoder(fields[:, :3])) - fields[:, 2]
    assert error.square().mean().sqrt() < 2e-3 * fields[:, 2].std()
    assert len(losses) == 20


def test_rankme_counts_equal_directions():
    rows = torch.eye(6).repeat(10, 1)[None]
    assert collapse.rankme(rows, centred=False) == pytest.approx(6, abs=1e-6)
    line = torch.arange(12.0)[None, :, None] * torch.ones(1, 1, 5)
    assert collapse.rankme(line, centred=True) == pytest.approx(1, abs=1e-6)
    assert collapse.smallest_std(torch.cat([line, 0 * line], -1)) == 0


def test_linear_probe_reads_a_linear_code_and_not_noise():
    x = torch.randn(400, 5, generator=generator())
    y = x @ torch.tensor([1.0, -2.0, 0.5, 0.0, 3.0]) + 4
    noise = torch.randn(400, generator=generator(1))
    parts = (x[:200], y[:200]), (x[200:], y[200:])
    assert collapse.linear_probe_r2(*parts) > 0.999
    nothing = (x[:200], noise[:200]), (x[200:], noise[200:])
    assert collapse.linear_probe_r2(*nothing) < 0.1
