"""The three splits, as a type, so that no function confuses them."""

from enum import Enum


class Split(Enum):
    """What a set of trajectories may be used for.

    TRAIN fits weights, VALIDATION chooses (it is all the search sees), TEST is
    read once, for the report.
    """

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
