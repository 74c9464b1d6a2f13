"""What leaving out, lengthening and hurrying did, on the pages that tell of it."""

from collections.abc import Iterable

import numpy as np

from evophys_lib.diagnosis import variants
from evophys_lib.profiles import LAPTOP
from evophys_lib.worldmodel.anchors import Anchor
from rendering import ablations
from rendering.ablations import DEFAULT, HORIZONS, Pick, Row, expert, model
from rendering.labels import PARENTS
from rendering.paired import Ratio
from rendering.said.facts import Facts, rounded, sure
from rendering.said.sentence import Paragraph, Sentence, alone

UNIT = ("vicreg", "sigreg")
"""Anchors that ask for unit variances."""
HIGH_RANK = {"no-skip", *UNIT}
UNTRAINED = ("random-isometry", "autoencoder")
LONGER, FASTER = "steps-four", "rate-3"
MERGED_AT = ("1", "10")
"""Péclet numbers at which ablations merge."""


def _length(family: str) -> Pick:
    return lambda row: row["material"]["overall"]["relative_norms"][family]


def _gain(peclet: str) -> Pick:
    """Squared error of PS over that of the better of its own parents."""
    return lambda row: row["merges"][peclet]["advantage"]["field"]


def _rank(row: Row) -> float:
    return row["world_model"]["rankme_fluctuation"]


def _cosine(row: Row) -> float:
    return row["material"]["overall"]["cosine"]


AT_HOME = [expert(f, h) for h in HORIZONS for f in PARENTS]
MERGED = [model("ps", pe) for pe in MERGED_AT]


def _values(said: Facts, variant: str, pick: Pick) -> dict[int, float]:
    """By seed."""
    return ablations.values(said.document("ablations"), {"name": variant}, pick)


def over(said: Facts, variant: str, picks: Iterable[Pick]) -> list[Ratio]:
    """A variant over the default, a ratio for each number that is picked."""
    run, which = said.document("ablations"), {"name": variant}
    return [sure(ablations.over_default(run, which, pick)) for pick in picks]


def _gains(said: Facts, variant: str) -> list[Ratio]:
    run, which = said.document("ablations"), {"name": variant}
    return [sure(ablations.over_parents(run, which, _gain(pe))) for pe in MERGED_AT]


def ingredients(said: Facts) -> set[str]:
    """All but the default."""
    known = ablations.in_group(said.document("ablations"), "ingredients")
    return {variant["name"] for variant in known} - {DEFAULT}


def _mean_cosine(said: Facts, variant: str) -> float:
    return float(np.mean([*_values(said, variant, _cosine).values()]))


def _unrolled(name: str) -> float:
    """Predictor steps of a rollout, on average over the stages of fine-tuning."""
    profile = variants.profile_of(variants.BY_NAME[name], LAPTOP)
    return float(np.mean(profile.finetune.unrolls))


def _highest(told: dict[str, float], count: int) -> set[str]:
    return set(sorted(told, key=told.__getitem__)[-count:])


METRIC = (
    Sentence(
        """**The metric of the latent decides.** An anchor that asks for unit variances,
        as VICReg's and SIGReg's do, makes directions in which fields hardly differ
        count as much as the field itself: latents have 1.6 and 1.7 times as many
        effective directions as the default's, and experts err 3.6 to 7.1 times as much
        at home.""",
        lambda said: (
            {round(over(said, v, [_rank])[0].centre, 1) for v in UNIT} == {1.6, 1.7}
            and all(over(said, v, [_rank])[0].higher for v in UNIT)
            and all(r.higher for v in UNIT for r in over(said, v, AT_HOME))
            and rounded(r.centre for v in UNIT for r in over(said, v, AT_HOME))
            == (3.6, 7.1)
        ),
    ),
    Sentence(
        """The default's anchor asks for the spread of an isometry of the field, and
        without any anchor experts are not told apart from it ([the
        ablations](ablations.md)).""",
        lambda said: (
            variants.profile_of(variants.DEFAULT, LAPTOP).jepa.anchor
            is Anchor.COVARIANCE
            and not any(r.decided for r in over(said, "no-anchor", AT_HOME))
        ),
    ),
)
TRAINING_OF_ENCODERS = (
    Sentence(
        """**Little of it is the encoder's training.** Over an isometry that was never
        trained, and over an autoencoder, neither the experts at home nor their merges
        at Pe = 1 and 10 are told apart from those over the pretrained encoder, on three
        seeds.""",
        lambda said: (
            not any(
                r.decided for v in UNTRAINED for r in over(said, v, [*AT_HOME, *MERGED])
            )
            and len(_values(said, DEFAULT, _rank)) == 3
        ),
    ),
    Sentence(
        """Without the isometry, over a transformer of random weights, merges err three
        times as much and more ([the ablations](ablations.md)).""",
        lambda said: all(
            r.higher and r.centre > 3 for r in over(said, "random-transformer", MERGED)
        ),
    ),
)
RANK = Sentence(
    """The three variants of the highest rank, without the linear skip and with the
    anchors of VICReg and SIGReg, are also the three whose experts err most, on either
    source and at either horizon.""",
    lambda said: all(
        _highest({v: over(said, v, [p])[0].centre for v in _encoding(said)}, 3)
        == HIGH_RANK
        for p in (_rank, *AT_HOME)
    ),
)
UNROLLS = Sentence(
    """Steps are equal here, passes are not: the default's stages unroll five predictor
    steps on average, the longest unroll throughout ten, so what it gains at $t + 50$
    costs twice the passes of fine-tuning.""",
    lambda said: (
        (_unrolled(DEFAULT), _unrolled("longest-unroll")) == (5, 10)
        and all(r.lower for r in over(said, "longest-unroll", AT_HOME[2:]))
    ),
)
ANGLES = Sentence(
    """In the three variants whose experts err most, without the linear skip and with
    the anchors of VICReg and SIGReg, the cosine is 0.7 to 0.9: both vectors hold much
    the same. In all others it lies within a tenth of 0.""",
    lambda said: (
        rounded(_mean_cosine(said, v) for v in HIGH_RANK) == (0.7, 0.9)
        and all(
            abs(_mean_cosine(said, v)) < 0.1
            for v in {DEFAULT, *ingredients(said)} - HIGH_RANK
        )
    ),
)
FARTHER = (
    Sentence(
        """Four times the steps and three times the rate both carry experts two and a
        half times as far and more. With the steps they get better at home at either
        horizon; with the rate they get worse, on Burgers at $t + 50$ without
        certainty.""",
        lambda said: (
            all(
                r.higher and r.centre > 2.45
                for v in (LONGER, FASTER)
                for r in over(said, v, map(_length, PARENTS))
            )
            and all(r.lower for r in over(said, LONGER, AT_HOME))
            and [r.higher for r in over(said, FASTER, AT_HOME)]
            == [True, True, True, False]
            and over(said, FASTER, AT_HOME)[-1].centre > 1
        ),
    ),
    Sentence(
        """The default's merge is better than the better of its parents at Pe = 1 and
        10; that of experts with four times the steps is told apart from the better of
        its own at neither.""",
        lambda said: (
            all(r.lower for r in _gains(said, DEFAULT))
            and not any(r.decided for r in _gains(said, LONGER))
        ),
    ),
    Sentence(
        """No barrier is seen anywhere but with three times the rate, in one seed of
        three, and there it is less than 0.001.""",
        lambda said: (
            [(v, 0 < height < 0.001) for v, height in _barriers(said)]
            == [(FASTER, True)]
        ),
    ),
)


def _encoding(said: Facts) -> set[str]:
    """Ingredients that have an encoder of their own, and so a rank."""
    known = said.document("ablations")["variants"]
    own = {v["name"] for v in known if v["world_model"] == v["name"]}
    return own & ingredients(said)


def _barriers(said: Facts) -> list[tuple[str, float]]:
    """Every barrier above 0, and whose it is."""
    rows = said.document("ablations")["rows"]
    told = [(row["variant"], row["material"]["barrier"]) for row in rows]
    return [(variant, height) for variant, height in told if height > 0]


PLACES = {
    "measured": (Paragraph(METRIC), Paragraph(TRAINING_OF_ENCODERS)),
    "ablation_ranks": alone(RANK),
    "ablation_unrolls": alone(UNROLLS),
    "ablation_angles": alone(ANGLES),
    "ablation_farther": alone(*FARTHER),
}
