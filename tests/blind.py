"""Models that are made while nobody can read the test split."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tiny import PECLET, study_in

from evophys_lib.models.model import Model
from evophys_lib.store import disk
from evophys_lib.study.study import Study


def make_blind(
    finished: Study,
    folders: pytest.TempPathFactory,
    group: Callable[[Study], Mapping[str, Model]],
) -> Path:
    """A copy of a finished study with models made while no test data could be read."""
    folder = folders.mktemp("blind")
    shutil.copytree(finished.folder, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(disk.OUTPUTS_VARIABLE, "")
        study = study_in(folder)
        data = study.data_folder / "test"
        hidden = data.rename(data.with_name("hidden"))
        for model in group(study).values():
            model.make(study, PECLET)
        assert not data.exists()
        hidden.rename(data)
    return folder
