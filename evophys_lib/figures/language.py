"""How a language model learnt to write equations."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from evophys_lib.figures.style import FONT, describe, legend_beside, panels, styles

Curve = Mapping[str, Sequence[float]]
"""Values by name, one for each of `step`."""


def learning_to_write(
    warm_start: Curve,
    grpo: Curve,
    *,
    rewards: Sequence[str],
    title: str = "A language model learns to write equations",
) -> Figure:
    """Loss of the warm start, loss of GRPO, and its rewards, against optimiser step.

    warm_start: step, loss (nats per token). grpo: step, loss, and every one of
    rewards, a mean over the answers of a step, from 0 to 1.
    """
    figure, axes = panels(1, 3, height=2.8)
    supervised, reinforced, rewarded = axes[0]
    supervised.plot(warm_start["step"], warm_start["loss"], label="warm start")
    describe(supervised, x="step", y="loss (nats per token)", title="warm start")
    reinforced.plot(grpo["step"], grpo["loss"], label="GRPO")
    describe(reinforced, x="step", y="loss", title="GRPO")
    for name, style in styles(rewards).items():
        looks = style.line() | {"marker": "", "linewidth": 1.2}
        looks["label"] = name.replace("_", " ")
        rewarded.plot(grpo["step"], grpo[name], **looks)
    rewarded.set_ylim(-0.02, 1.02)
    describe(rewarded, x="step", y="mean reward", title="GRPO, rewards")
    legend_beside(figure, rewarded)
    figure.suptitle(title, fontsize=FONT + 1)
    return figure
