"""The tables of speed say what was measured, and judge it by the declared targets."""

import pytest
from plain import plain

from rendering.speed import compiling, roofline, scaling, search

MACHINE = {"machine": "a processor", "device": "cpu", "profile": "laptop"}


def generation(together, one_by_one, on_disk):
    names = ("together", "one_by_one", "on_disk")
    return dict(zip(names, (together, one_by_one, on_disk), strict=True))


def test_ratios_are_taken_where_each_way_is_fastest():
    """At once on one thread, the others in processes: 0.2 s, 0.5 s, 0.32 s."""
    measured = MACHINE | {
        "trajectories": 16,
        "steps": 10,
        "generation": {
            label: {
                "candidates": 12,
                "difference_one_by_one": 1e-9,
                "difference_on_disk": 3e-7,
                "seconds": {
                    "1 thread": generation(0.2, 0.9, 0.8),
                    "2 processes": generation(0.25, 0.5, 0.32),
                },
            }
            for label in ("PS, task arithmetic", "DFS")
        },
        "engine_overhead_s_per_search": {"PS, cmaes in memory": 0.04},
    }
    text = search(measured)
    assert "at most 3e-07" in text
    assert "| PS, task arithmetic | 12 | 1 thread | 200 | 900 | 4.50 | 800 |" in text
    # 1.5 is enough for paths, not for PS
    assert "| PS, task arithmetic | 2.50 | 1.60 | ≥ 2 | **missed** |" in text
    assert "| DFS | 2.50 | 1.60 | ≥ 1.5 | met |" in text


@pytest.mark.parametrize("profiled", [False, True])
def test_a_low_share_of_the_machine_is_bold(profiled):
    row = {"flop": 2e9, "seconds": 0.1, "flop_per_s": 2e10, "products_seconds": 0.04}
    shares = {"shares": {"products": 0.6, "copies": 0.4}} if profiled else {}
    measured = MACHINE | {
        "threads": 1,
        "product_flop_per_s": {"256": 4e10, "512": 8e10},
        "stream_bytes_per_s": 1e10,
        "workloads": {
            "a step": row | {"fraction": 0.25} | shares,
            "a rollout": row | {"fraction": 0.35} | shares,
        },
    }
    text = plain(roofline(measured))
    assert "up to 80 GFLOP/s (40 at 256 × 256, 80 at 512 × 512)" in text
    assert "| a step | 2 | 100.0 | 20.0 | **25 %** | 40.0 | 40 % |" in text
    assert "| a rollout | 2 | 100.0 | 20.0 | 35 % | 40.0 | 40 % |" in text
    assert ("| a step | 60 % | 40 % |" in text) == profiled


def test_exponents_come_with_their_intervals():
    measured = MACHINE | {
        "threads": 1,
        "at": {"cells": 128},
        "axes": {
            "cells": {
                "values": [64, 128, 256, 512],
                "seconds": [1.0, 2.0, 4.0, 8.0],
                "exponent": 1.234,
                "interval": [1.1, 1.3],
                "factor": 1.0,
                "from": 256,
            }
        },
    }
    row = "| cells | 64 to 512 | 128 | 1.23 | 1.10 to 1.30 | 256 |"
    assert row in scaling(measured)


def test_compiling_tells_its_gain_and_its_price():
    measured = MACHINE | {
        "workloads": {
            "rollout": {
                "seconds": {"eager": 0.05, "compiled": 0.04},
                "ratio": 1.25,
                "first_call_s": 33.3,
                "difference": 2e-6,
            }
        }
    }
    text = compiling(measured)
    assert "| rollout | 50.0 | 40.0 | 1.25 | 33 |" in text
    assert "at most 2e-06" in text
