"""What stands in a viewer's place on paper and without scripts: a picture each."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from evophys_lib import figures
from evophys_lib.figures.style import FONT, describe, panels, styles
from viewers.packing import unpack

PECLET = 10.0
"""At which one picture shows what sliders show at all."""


def forecasts(data: dict[str, Any]) -> Figure:
    """Fields over space and time: truth and models, the first trajectory."""
    at = data["peclet"].index(PECLET)
    fields = unpack(data["fields"])[:, at, 0]  # (M, H + 1, N)
    labels = [look["label"].replace(", ", ",\n") for look in data["models"].values()]
    return figures.space_time(
        dict(zip(labels, fields, strict=True)),
        t=np.array(data["frames"]) * data["time_step"],
        title=f"A test trajectory at Pe = {PECLET:g}",
    )


def landscape(data: dict[str, Any]) -> Figure:
    """Fitness over the λ of both experts, with the experts and where PS ended."""
    figure, axes = panels(1, len(data["peclet"]), height=2.7, sharey=True)
    fitness = np.log10(data["fitness"])  # (P, B, H)
    extremes = {"vmin": fitness.min(), "vmax": fitness.max()}
    looks = styles(("heat", "burgers", "ps"))
    for ax, peclet, map_, ps in zip(
        axes[0], data["peclet"], fitness, data["ps"], strict=True
    ):
        grid = data["lambda"], data["lambda"], map_
        image = ax.pcolormesh(*grid, cmap="cividis_r", shading="nearest", **extremes)
        means = [np.mean(ps["lambda"][family]) for family in ("heat", "burgers")]
        places = {"heat": (1, 0), "burgers": (0, 1), "ps": means}
        for name, (x, y) in places.items():
            line = looks[name].line() | {"linestyle": "", "markeredgecolor": "white"}
            ax.plot([x], [y], **line | {"markersize": 7})
        ax.grid(visible=False)
        ax.set_aspect("equal")
        describe(ax, x="λ of heat", y="", title=f"Pe = {peclet:g}")
    axes[0, 0].set_ylabel("λ of Burgers", fontsize=FONT)
    bar = figure.colorbar(image, ax=list(axes[0]), pad=0.02, shrink=0.7)
    bar.set_label("log₁₀ fitness", fontsize=FONT)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=3, fontsize=FONT - 1,
        frameon=False,
    )  # fmt: skip
    return figure


def routes(data: dict[str, Any]) -> Figure:
    """Fitness of every path that keeps depths, the soft one's and DFS' beside them."""
    at, paths = data["peclet"].index(PECLET), np.array(data["paths"])
    fitness = data["fitness"][at]
    second = paths.sum(axis=1)
    return figures.hard_paths(
        fitness,
        exchanged=np.minimum(second, paths.shape[1] - second),
        parents=dict(zip(data["experts"], (fitness[0], fitness[-1]), strict=True)),
        references={
            "soft_paths": data["soft"][at]["fitness"],
            "dfs": data["dfs"][at]["fitness"],
        },
        title=f"Every path that keeps layers at their depth, Pe = {PECLET:g}",
    )
