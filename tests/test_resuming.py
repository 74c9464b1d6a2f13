"""A training killed after any save and started again ends with the same bytes."""

from dataclasses import replace

import pytest
import torch
from mortal import Killed, MortalJournal

from evophys_lib.errors import ArtifactError
from evophys_lib.worldmodel import adapters, finetune, jepa, pretraining, probe
from evophys_lib.worldmodel.anchors import Anchor
from evophys_lib.worldmodel.encoder import Encoder, EncoderConfig
from evophys_lib.worldmodel.predictor import Predictor, PredictorConfig
from evophys_lib.worldmodel.training import TrainingConfig, minimise
from evophys_lib.worldmodel.windows import WindowSampler

STEPS = 12
TRAINING = TrainingConfig(steps=STEPS, batch=8, learning_rate=2e-2, warmup=4)


@pytest.fixture(scope="module")
def sampler() -> WindowSampler:
    """A random walk of every cell: nothing repeats by accident."""
    noise = torch.randn(20, 30, 32, generator=torch.Generator().manual_seed(0))
    return WindowSampler([noise.cumsum(1)], context=3, stride=3)


def models() -> tuple[Encoder, Predictor]:
    torch.manual_seed(0)
    encoder = EncoderConfig(grid=32, context=3, patch=4, latent=12, width=16, blocks=1)
    predictor = PredictorConfig(tokens=8, latent=12, width=16, blocks=1, stride=3)
    return Encoder(encoder), Predictor(predictor)


def content(*parts: torch.nn.Module) -> bytes:
    return b"".join(
        t.numpy().tobytes() for part in parts for t in part.state_dict().values()
    )


def pretrained(config: jepa.JEPAConfig):
    def train(sampler, kept):
        generator = torch.Generator().manual_seed(1)
        encoder, predictor = models()
        made = pretraining.pretrain(
            encoder, predictor, sampler, config, generator, kept
        )
        return content(encoder, predictor), made.losses, repr(made.rankme)

    return train


def finetuned(sampler, kept):
    encoder, predictor = models()
    encoder.requires_grad_(False)
    expert, losses = finetune.finetune(
        predictor,
        encoder,
        sampler,
        finetune.FinetuneConfig(TRAINING, unrolls=(1, 3), averaging=0.8),
        torch.Generator().manual_seed(1),
        label="fine-tune",
        journal=kept,
    )
    return content(expert), losses


def adapted(adapt):
    def train(sampler, kept):
        encoder, predictor = models()
        encoder.requires_grad_(False)
        network, losses = finetune.tune(
            adapt(predictor),
            encoder,
            sampler,
            finetune.FinetuneConfig(TRAINING, unrolls=(1, 3)),
            torch.Generator().manual_seed(1),
            label="tune",
            journal=kept,
        )
        return content(network), losses

    return train


def probed(sampler, kept):
    encoder, _ = models()
    encoder.requires_grad_(False)
    torch.manual_seed(2)
    fitted = probe.Probe(12, 4)
    generator = torch.Generator().manual_seed(1)
    losses = probe.fit(fitted, encoder, sampler, TRAINING, generator, kept)
    return content(fitted), losses


JEPA = jepa.JEPAConfig(TRAINING)
TRAININGS = {
    "jepa": pretrained(JEPA),
    "random projections": pretrained(replace(JEPA, anchor=Anchor.SIGREG)),
    "autoencoder": pretrained(replace(JEPA, objective=jepa.Objective.AUTOENCODER)),
    "random encoder": pretrained(replace(JEPA, objective=jepa.Objective.RANDOM)),
    "fine-tuning": finetuned,
    "low rank": adapted(
        lambda p: adapters.low_rank(p, 1, torch.Generator().manual_seed(2))
    ),
    "told": adapted(lambda p: adapters.Told(p, torch.linspace(-1, 1, TRAINING.batch))),
    "probe": probed,
}


@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_killed_again_and_again_ends_with_the_same_bytes(
    name, sampler, tmp_path
):
    train = TRAININGS[name]
    whole = train(sampler, None)
    for saves in (3, 1, 6):
        with pytest.raises(Killed):
            train(sampler, MortalJournal(tmp_path, saves=saves))
    assert train(sampler, MortalJournal(tmp_path, saves=None)) == whole


def test_a_journal_changes_no_byte(sampler, tmp_path):
    kept = MortalJournal(tmp_path, saves=None)
    assert finetuned(sampler, kept) == finetuned(sampler, None)
    assert len(kept.load()["losses"]) == STEPS


def quadratic(kept, state):
    weight = torch.nn.Parameter(torch.ones(3))
    seen = []

    def loss_at(step):
        seen.append(step)
        return (weight - step).square().sum()

    minimise([weight], TRAINING, loss_at, label="bowl", state=state, journal=kept)
    return seen


def test_steps_that_were_journaled_are_not_taken_again(tmp_path):
    with pytest.raises(Killed):
        quadratic(MortalJournal(tmp_path, saves=5), {})
    assert quadratic(MortalJournal(tmp_path, saves=None), {}) == list(range(5, STEPS))


@pytest.mark.parametrize(
    ("state", "named"),
    [
        ({}, "generator.draws"),
        ({"draws": torch.Generator(), "more": torch.zeros(1)}, "state.more"),
        ({"draws": torch.zeros(2)}, "generator.draws"),
    ],
)
def test_a_journal_of_other_state_is_refused_by_what_differs(tmp_path, state, named):
    with pytest.raises(Killed):
        quadratic(MortalJournal(tmp_path, saves=2), {"draws": torch.Generator()})
    with pytest.raises(ArtifactError, match=f"{named} is missing, surplus") as caught:
        quadratic(MortalJournal(tmp_path, saves=None), state)
    assert str(tmp_path / "thing.safetensors.journal") in str(caught.value)


def test_state_that_is_not_named_shows_in_the_bytes(sampler, tmp_path):
    """The comparison above can fail: here the generator is forgotten."""

    def train(kept):
        weight = torch.nn.Parameter(torch.ones(3))
        generator = torch.Generator().manual_seed(0)

        def loss_at(step):
            wanted = torch.randn(3, generator=generator)
            return (weight - wanted).square().sum()

        minimise([weight], TRAINING, loss_at, label="bowl", journal=kept)
        return weight.detach().numpy().tobytes()

    with pytest.raises(Killed):
        train(MortalJournal(tmp_path, saves=5))
    assert train(MortalJournal(tmp_path, saves=None)) != train(None)
