"""What a model forecasts can be asked about like any other system."""

import numpy as np
import pytest
from tiny import PECLET

from evophys_lib.discovery.environment import Environment
from evophys_lib.discovery.rollouts import model_system
from evophys_lib.errors import ParameterError
from evophys_lib.models import registry
from evophys_lib.scoring.forecasts import forecast


def test_its_trajectories_are_the_model_s_forecasts(copied):
    system = model_system(copied, PECLET, "ps")
    told = forecast(copied, PECLET, registry.of(copied.profile)["ps"]).fields.numpy()
    data = system.observe(0)
    assert data.states.shape == (2, len(told), 1, told.shape[-1])
    for one in data.states[:, :, 0]:
        assert any(np.allclose(one, told[:, i]) for i in range(told.shape[1]))
    assert data.interval == pytest.approx(0.002 * copied.profile.stride)
    assert system.truth(0) is None

    environment = Environment({system.name: system})
    environment.reset(0, system.name)
    seen = environment.step("u_t = -U*u_x + alpha*u_xx", {"U": 0.03, "alpha": 0.3})
    assert 0.0 < seen.reward <= 1.0
    assert seen.mismatch
    with pytest.raises(ParameterError):
        model_system(copied, PECLET, "nobody")
