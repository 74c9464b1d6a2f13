"""What was found of each point that was proposed."""

from rendering.said import failed, front, in_short
from rendering.said.facts import better, better_parent, open_at
from rendering.said.sentence import Paragraph, Sentence

WORLD_MODEL = Paragraph(
    (
        Sentence(
            """Met, by an anchor and a linear skip that the usual recipe does not have:
            in each of five seeds the probe's floor is below a fiftieth of the initial
            field on either source, and both experts err less than a twentieth of it at
            home after fifty frames.""",
            lambda said: all(
                row["world_model"]["probe_floor_nrmse"][family] < 0.02
                and row["world_model"][family]["nrmse_t50"] < 0.05
                for row in said.document("world_models")["rows"]
                for family in ("heat", "burgers")
            ),
        ),
    ),
    point=False,
)
PRIMARY = Paragraph(
    (
        in_short.FINDING[0],
        in_short.FINDING[1],
        in_short.FINDING[4],
    ),
    point=False,
)
SECONDARY = Paragraph(
    in_short.MORE[3].sentences,
    point=False,
)
TERTIARY = Paragraph(in_short.MORE[4].sentences, point=False)
SEARCHED = Paragraph(
    (
        Sentence(
            """What a merge gains is owed to what the experts have learnt: the same
            search along random task vectors is better than the better parent
            nowhere.""",
            lambda said: not better(said.over("random_vectors", better_parent)),
        ),
        Sentence(
            """Dropping entries, as was proposed, does not help networks of this size:
            DARE-TIES is better than the plain sum nowhere.""",
            lambda said: not better(said.over("dare_ties", "ps")),
        ),
    ),
    point=False,
)
BOTH = Paragraph(failed.IN_PATHS[1].sentences, point=False)
UNTRAINED = Paragraph(
    (
        Sentence(
            """It holds against both parents. It does not hold against training:
            fine-tuning on the trajectories that the search looks at does far better,
            for as many passes.""",
            lambda said: (
                front.TRAINS.holds(said)
                and len(better(said.over("ps", better_parent))) > 0
            ),
        ),
        Sentence(
            """Nor against both sources at Pe = 3, 5 and 10, where one predictor trained
            on both is not told apart from the merge.""",
            lambda said: open_at(said.over("ps", "joint")) == {3.0, 5.0, 10.0},
        ),
    ),
    point=False,
)
