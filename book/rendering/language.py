"""What a language model learnt: its five rewards before, between and after."""

from typing import Any

from matplotlib.figure import Figure

from evophys_lib import figures
from evophys_lib.discovery.language.judging import WEIGHTS
from rendering.text import reach, table

Document = dict[str, Any]

COMMAND = "python -m evophys_lib discover train --out book/evidence/language.json"
PICTURE = "language.png"
WHEN = ("before", "after the warm start", "after GRPO")
NAMES = tuple(reward.__name__ for reward in WEIGHTS)


def rewards(found: Document) -> str:
    """Means over fresh episodes, each with its interval."""
    scores, plan = found["scores"], found["plan"]
    lines = [[when, *(reach(scores[when][name]) for name in NAMES)] for when in WHEN]
    header = ["reward", *(name.replace("_", " ") for name in NAMES)]
    count = len(scores[WHEN[0]][NAMES[0]])
    return (
        f"A model with {found['model']} and {found['numbers']:,} numbers; "
        f"{plan['warm_steps']} steps of the warm start, then {plan['steps']} of GRPO "
        f"with {plan['prompts']} prompts and {plan['answers']} answers to each. "
        f"Systems: {', '.join(s.replace('_', ' ') for s in found['systems'])}; "
        f"{count} episodes that no training saw.\n\n{table(header, lines)}"
    )


def picture(found: Document) -> Figure:
    """Losses and rewards by step."""
    return figures.learning_to_write(found["warm_start"], found["grpo"], rewards=NAMES)
