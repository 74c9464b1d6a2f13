"""What the book's pages say of the evidence, each sentence with its inequality.

A module per place, a list of paragraphs in each. Words mean the same everywhere; with
95 % intervals over seeds, of a model over its rival at each Péclet number:

    better, worse       the interval lies below 1, above 1
    not told apart      it holds 1
    mostly better       better at more than half of them, worse at none
"""

from rendering.said import (
    ablated,
    beside,
    chances,
    choices,
    claims,
    classical,
    controls,
    elsewhere,
    failed,
    forecasting,
    front,
    in_short,
    ladder,
    paces,
    proposal,
    regimes,
    rivals,
    searches,
    starts,
    surprises,
    terms,
    wrong,
)
from rendering.said.sentence import Paragraph, written

PLACES: dict[str, tuple[Paragraph, ...]] = {
    "in_short": in_short.PARAGRAPHS,
    "more": in_short.MORE,
    "answer": front.ANSWER,
    "front": front.PARAGRAPHS,
    "searches": searches.PARAGRAPHS,
    "surprises": surprises.PARAGRAPHS,
    "ladder": ladder.PARAGRAPHS,
    "choices": choices.PARAGRAPHS,
    "starts": starts.PARAGRAPHS,
    "optimisers": ladder.OPTIMISERS,
    "optimisers_in_all": ladder.OPTIMISERS_IN_ALL,
    "limits": beside.LIMITS,
    "first_step": beside.FIRST_STEP,
    "lacking": beside.LACKING,
    "regimes": (regimes.SEEN_BY_BOTH, regimes.NEAR),
    "outside": (regimes.OUTSIDE,),
    "shifted": (regimes.SHIFTED,),
    "where": (regimes.WHERE,),
    "rivals": rivals.PARAGRAPHS,
    "draws": (rivals.DRAWS,),
    "few": (rivals.FEW,),
    "failed_weights": failed.IN_WEIGHTS,
    "failed_paths": failed.IN_PATHS,
    "failed_outputs": failed.IN_OUTPUTS,
    "failed_directions": failed.DIRECTIONS,
    "failed_controls": (Paragraph((controls.AVERAGING, controls.COMMON), point=False),),
    "failed_world_model": failed.WORLD_MODEL,
    "wrong": wrong.PARAGRAPHS,
    "proposal_world_model": (proposal.WORLD_MODEL,),
    "proposal_searched": (proposal.SEARCHED,),
    "proposal_both": (proposal.BOTH,),
    "proposal_untrained": (proposal.UNTRAINED,),
    "proposal_primary": (proposal.PRIMARY,),
    "proposal_secondary": (proposal.SECONDARY,),
    "proposal_tertiary": (proposal.TERTIARY,),
    "classical": classical.PARAGRAPHS,
    "asking": classical.ASKING,
    "terms": terms.PARAGRAPHS,
    "controls": controls.PARAGRAPHS,
    "fresh": (claims.FRESH,),
    "lacking_more": tuple(
        map(Paragraph, (elsewhere.ELSEWHERE, elsewhere.SEEDS, paces.BUSY))
    ),
    **ablated.PLACES,
    **paces.PLACES,
    **forecasting.PLACES,
    **chances.PLACES,
}
"""By the name of the file that a page includes; the README has `front.README`."""


def render() -> dict[str, str]:
    """The text of every place by file."""
    return {f"said_{place}.md": written(told) for place, told in PLACES.items()}
