"""The book's figures: data in, a matplotlib Figure out, no global state.

One file per chapter: `data`, `fields`, `training`, `merging`, `searching`,
`directions`, `equations`, `language`, `evidence`;
`style` takes one label, colour, line and marker per model from the registry.
"""

from evophys_lib.figures.data import coverage, peclet_path
from evophys_lib.figures.directions import (
    against_peclet,
    against_peclet_by_count,
    coefficients_of_peclet,
    ladder,
    spectra_of_vectors,
)
from evophys_lib.figures.equations import places, term_stability
from evophys_lib.figures.evidence import effective_peclet, gap_closed
from evophys_lib.figures.fields import (
    error_against_horizon,
    profiles,
    space_time,
    spectra,
    triptych,
)
from evophys_lib.figures.language import learning_to_write
from evophys_lib.figures.merging import (
    lambda_against_peclet,
    lambda_by_layer,
    loss_barrier,
    peclet_curves,
    task_vectors,
)
from evophys_lib.figures.searching import dfs_route, hard_paths, search_history
from evophys_lib.figures.style import label as label
from evophys_lib.figures.training import (
    latent_map,
    singular_values,
    training_curves,
)

__all__ = [
    "against_peclet",
    "against_peclet_by_count",
    "coefficients_of_peclet",
    "coverage",
    "dfs_route",
    "effective_peclet",
    "error_against_horizon",
    "gap_closed",
    "hard_paths",
    "ladder",
    "lambda_against_peclet",
    "lambda_by_layer",
    "latent_map",
    "learning_to_write",
    "loss_barrier",
    "peclet_curves",
    "peclet_path",
    "places",
    "profiles",
    "search_history",
    "singular_values",
    "space_time",
    "spectra",
    "spectra_of_vectors",
    "task_vectors",
    "term_stability",
    "training_curves",
    "triptych",
]
