"""Models that are made while nobody can read the test split."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tiny import PECLET, study_in

from evophys_lib.models.model import Model
from evophys_lib.store import artifacts as store
from evophys_lib.study.study import Study


def make_blind(folder: Path, group: Callable[[Study], Mapping[str, Model]]) -> None:
    """Make models of the study in a folder while its test data cannot be read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(store.OUTPUTS_VARIABLE, "")
        study = study_in(folder)
        data = study.data_folder / "test"
        hidden = data.rename(data.with_name("hidden"))
        for model in group(study).values():
            model.make(study, PECLET)
        assert not data.exists()
        hidden.rename(data)
