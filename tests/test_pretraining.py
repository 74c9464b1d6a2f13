"""JEPA and the other ways of getting an encoder: who learns from what."""

import copy
import math
from dataclasses import replace

import pytest
import torch
from waves import ENCODER, generator, models, wave_sampler, waves

from evophys_lib.worldmodel import collapse, pretraining
from evophys_lib.worldmodel.anchors import Anchor
from evophys_lib.worldmodel.encoder import Encoder
from evophys_lib.worldmodel.jepa import JEPA, JEPAConfig, Objective
from evophys_lib.worldmodel.pretraining import Autoencoder, mirrored, pretrain
from evophys_lib.worldmodel.training import TrainingConfig
from evophys_lib.worldmodel.unrolling import unrolled_error

SHORT = JEPAConfig(TrainingConfig(steps=40, batch=8, learning_rate=2e-3, warmup=5))


def batch(steps: int = 2) -> torch.Tensor:
    return wave_sampler().draw(8, steps, generator(5))


def awake(module: torch.nn.Module) -> torch.nn.Module:
    """With weights where it would start at zero, so that gradients flow."""
    g = generator(1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=g)
    return module


def gradients(loss: torch.Tensor, module: torch.nn.Module) -> list[torch.Tensor]:
    found = torch.autograd.grad(loss, list(module.parameters()), allow_unused=True)
    pairs = zip(found, module.parameters(), strict=True)
    return [torch.zeros_like(p) if g is None else g for g, p in pairs]


def test_pretraining_beats_persistence_and_keeps_the_field():
    encoder, predictor = models()
    config = JEPAConfig(TrainingConfig(steps=120, batch=16, learning_rate=3e-3))
    pretrain(encoder, predictor, wave_sampler(), config, generator())
    z, future = encoder.windows(waves(), [0, 3])
    with torch.no_grad():
        error = (predictor(z) - future).square().mean()
    assert error < 0.3 * (z - future).square().mean()
    assert collapse.rankme(z, centred=True) > 2
    assert not any(p.requires_grad for p in encoder.parameters())


def test_pretraining_repeats_by_seed():
    runs = [pretrain(*models(), wave_sampler(), SHORT, generator()) for _ in range(2)]
    assert runs[0] == runs[1]


def test_the_loss_is_the_formula():
    encoder, predictor = (awake(module) for module in models())
    config = replace(SHORT, anchor=Anchor.NONE, prediction_weight=3.0)
    loss = JEPA(encoder, predictor, config, generator())
    windows = batch()
    z = [encoder(w) for w in windows]
    first, second = predictor(z[0]), predictor(predictor(z[0]))
    error = ((first - z[1]) ** 2).mean() + ((second - z[2]) ** 2).mean()
    r = encoder.patches(windows[0]) @ encoder.skip.weight.mT
    variance = (r - r.mean(1, keepdim=True)).square().mean()
    torch.testing.assert_close(loss(windows), 3.0 * error / 2 / variance)
    assert loss(batch(1) * 5).isfinite()
    torch.testing.assert_close(loss.variance, variance)  # of the first batch


def test_without_ema_the_target_is_the_encoder_under_a_stopped_gradient():
    encoder, predictor = (awake(module) for module in models())
    config = replace(SHORT, ema=False, anchor=Anchor.NONE)
    assert {config.decay_at(step) for step in (0, 17, 39)} == {0.0}
    loss, windows = JEPA(encoder, predictor, config, generator()), batch(1)
    found = gradients(loss(windows), encoder)
    future = encoder(windows[1]).detach()
    error = (predictor(encoder(windows[0])) - future).square().mean()
    expected = gradients(config.prediction_weight * error / loss.variance, encoder)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)
    awake(encoder)
    loss.after_step(30)
    for average, weight in zip(
        loss.target.parameters(), encoder.parameters(), strict=True
    ):
        assert torch.equal(average, weight)


def test_the_decay_rises_to_one_along_a_half_cosine():
    assert SHORT.decay_at(0) == pytest.approx(0.99)
    assert SHORT.decay_at(20) == pytest.approx(0.995)
    assert SHORT.decay_at(40) == 1.0


def test_without_skip_the_reference_is_an_isometry_of_its_own():
    encoder, predictor = models(skip=False)
    q = JEPA(encoder, predictor, SHORT, generator()).reference
    torch.testing.assert_close(q @ q.mT, torch.eye(12), atol=1e-6, rtol=0)
    made = pretrain(encoder, predictor, wave_sampler(), SHORT, generator())
    assert all(map(math.isfinite, made.losses))


def test_a_random_encoder_stays_as_it_was_and_its_predictor_learns():
    encoder, predictor = models()
    before = copy.deepcopy(encoder.state_dict())
    config = replace(SHORT, objective=Objective.RANDOM)
    made = pretrain(encoder, predictor, wave_sampler(), config, generator())
    assert all(torch.equal(before[k], w) for k, w in encoder.state_dict().items())
    z, future = encoder.windows(waves(), [0, 3])
    with torch.no_grad():
        error = (predictor(z) - future).square().mean()
    assert error < 0.8 * (z - future).square().mean()
    assert len({rank for _, rank in made.rankme}) == 1


def test_only_reconstruction_reaches_the_encoder_of_an_autoencoder():
    encoder, predictor = (awake(module) for module in models())
    windows, slopes = batch(1), []
    for weight in (0.0, 10.0):
        config = replace(SHORT, prediction_weight=weight)
        loss = Autoencoder(encoder, predictor, config, generator())
        awake(loss.decoder)
        slopes.append(
            (gradients(loss(windows), encoder), gradients(loss(windows), predictor))
        )
    (one, silent), (other, heard) = slopes
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    assert max(g.abs().max() for g in one) > 0
    assert max(g.abs().max() for g in silent) == 0 < max(g.abs().max() for g in heard)


def test_an_autoencoder_learns_to_reconstruct():
    encoder, predictor = models(latent=3)
    before = encoder.skip.weight.clone()
    config = replace(SHORT, objective=Objective.AUTOENCODER, prediction_weight=0.0)
    made = pretrain(encoder, predictor, wave_sampler(), config, generator())
    assert made.losses[-1] < 0.5 * made.losses[0]
    assert not torch.equal(encoder.skip.weight, before)


def test_the_decoder_mirrors_the_encoder():
    encoder, decoder = Encoder(ENCODER), Encoder(mirrored(ENCODER))
    u = torch.randn(4, 3, 32)
    assert decoder(encoder(u).mT).shape == encoder.patches(u).shape == (4, 8, 12)


def test_rankme_is_taken_every_twentieth_of_the_way():
    encoder, predictor = models()
    fresh = copy.deepcopy(encoder)
    made = pretrain(encoder, predictor, wave_sampler(), SHORT, generator())
    assert [step for step, _ in made.rankme] == list(range(0, 41, 2))
    watched = wave_sampler().draw(pretraining.TRACE_BATCH, 0, generator())[0]
    ends = [pretraining.fluctuation_rank(model, watched) for model in (fresh, encoder)]
    assert [made.rankme[0][1], made.rankme[-1][1]] == ends


def test_push_forward_trains_only_the_step_that_made_each_error():
    _, predictor = models()
    awake(predictor)
    z, *future = (torch.randn(5, 8, 12, generator=generator(s)) for s in range(4))
    found = gradients(
        unrolled_error(predictor, z, torch.stack(future), push_forward=True), predictor
    )
    expected = [torch.zeros_like(p) for p in predictor.parameters()]
    given = z
    for wanted in future:
        error = (predictor(given) - wanted).square().mean() / 3
        for total, slope in zip(expected, gradients(error, predictor), strict=True):
            total += slope
        with torch.no_grad():
            given = predictor(given)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)
    whole = gradients(unrolled_error(predictor, z, torch.stack(future)), predictor)
    assert any(not torch.allclose(a, b) for a, b in zip(found, whole, strict=True))
