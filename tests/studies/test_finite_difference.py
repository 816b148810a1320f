"""The study of finite-difference steps."""

import json
from pathlib import Path

import pandas as pd
import pytest
from mpi4py import MPI

from femnn.study.runner import run


@pytest.mark.serial
def test_the_best_step_is_where_curvature_meets_rounding(comm_tmp_path: Path) -> None:
    """Springs: the smallest 1 − Pearson is below 1e-14 near a step of 7e-7 N, and grows to both sides."""
    sweep = 'steps={from="1e-9 N", to="1e-3 N", count=25}'
    folder = comm_tmp_path / "run"
    finished = run("finite-difference", [sweep, "models=spring", "cases=separate"], folder, False, MPI.COMM_WORLD)
    assert not finished.failures
    table = pd.read_csv(folder / "table.csv")
    one_sided = table[table["estimator"] == "finite-difference"].set_index("step")["one_minus_pearson"]
    assert one_sided.min() < 1e-14
    assert 1e-7 < one_sided.idxmin() < 1e-5
    assert one_sided.iloc[0] > 1e3 * one_sided.min()
    assert one_sided.iloc[-1] > 1e3 * one_sided.min()
    central = table[table["estimator"] == "central-difference"].set_index("step")["one_minus_pearson"]
    assert central.min() < 1e-2 * one_sided.min()
    best = json.loads((folder / "summary.json").read_text())["best"]
    assert {b["estimator"]: b["one_minus_pearson"] for b in best}["finite-difference"] == one_sided.min()
