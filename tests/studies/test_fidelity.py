"""The study that holds models against the published measurements."""

import json
from pathlib import Path

import pandas as pd
import pytest
from mpi4py import MPI

from femnn.errors import ConfigError, NetworkError
from femnn.measured.measured_gradient import write_gradients
from femnn.measured.published import published_gradients
from femnn.network_files.specification import load_network
from femnn.study.runner import rewrite_report, run

COMM = MPI.COMM_WORLD
STUDY = Path(__file__).parents[2] / "studies" / "fidelity"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of lines and of the effects that need no solid."""
    folder = COMM.bcast(tmp_path_factory.mktemp("fidelity")) / "run"
    finished = run("fidelity", ["models=spring,bar,beam", "effects=", "draws=2000"], folder, False, COMM)
    assert not finished.failures
    return folder


def test_agreement_is_that_of_expected(folder: Path) -> None:
    """expected.json; of straight springs, the published 0.0070 and 0.0205, 0.134 and 0.180."""
    table = pd.read_csv(folder / "table.csv").set_index(["case", "model", "geometry"])
    for row in json.loads((STUDY / "expected.json").read_text())["agreement"]:
        if row["model"] not in ("spring", "bar", "beam"):
            continue
        found = table.loc[(row["case"], row["model"], row["geometry"])]
        for name in ("one_minus_pearson", "relative_l2"):
            assert found[name] == pytest.approx(row[name], rel=2e-3)
    assert round(table.loc[("separate", "spring", "straight"), "one_minus_pearson"], 4) == 0.0070
    assert round(table.loc[("same", "spring", "straight"), "one_minus_pearson"], 4) == 0.0205


def test_bars_and_beams_are_clearly_nearer_in_one_case_only(folder: Path) -> None:
    """That bonds turn shows in "same" by more than two standard errors, and in "separate" does not."""
    table = pd.read_csv(folder / "table.csv").set_index(["case", "model", "geometry"])
    for model in ("bar", "beam"):
        same, separate = table.loc[("same", model, "thinned")], table.loc[("separate", model, "thinned")]
        assert same["change"] < -2 * same["change_error"]
        assert abs(separate["change"]) < 2 * separate["change_error"]
        assert same["one_minus_pearson"] < 0.0185


@pytest.mark.serial
def test_a_measurement_of_ones_own_takes_the_place_of_the_published(
    folder: Path, comm_tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table as femnn measured writes it: the same figures from the same values, and nothing on displacements."""
    network = load_network("li2024")
    own = comm_tmp_path / "own.csv"
    write_gradients(own, network, published_gradients(network).values())
    settings = ["models=spring", "geometries=straight", "effects=", "draws=200", "measured=own.csv"]
    monkeypatch.chdir(comm_tmp_path)
    run("fidelity", settings, comm_tmp_path / "run", False, COMM)
    # The report is made again from anywhere
    monkeypatch.chdir(comm_tmp_path / "run")
    rewrite_report(comm_tmp_path / "run")
    found, published = (
        pd.read_csv(path / "table.csv").set_index(["case", "model", "geometry"])["one_minus_pearson"]
        for path in (comm_tmp_path / "run", folder)
    )
    assert found.to_dict() == published.loc[found.index].to_dict()
    assert pd.read_csv(comm_tmp_path / "run" / "displacements.csv").empty


def test_displacements_before_and_after_training(folder: Path) -> None:
    """Springs move by the published −0.524293, −0.625333 and −0.479973 mm; thinned ends make them a fifth softer."""
    table = pd.read_csv(folder / "displacements.csv").set_index(["model", "geometry", "experiment", "node"])[
        "predicted"
    ]
    assert table[("spring", "straight", "initial", 13)] == pytest.approx(-0.524292929e-3, rel=1e-8)
    assert table[("spring", "straight", "trained", 13)] == pytest.approx(-0.625333e-3, rel=1e-5)
    assert table[("spring", "straight", "mirror", 13)] == pytest.approx(-0.479973e-3, rel=1e-5)
    assert table[("spring", "thinned", "trained", 13)] == pytest.approx(1.2 * -0.625333e-3, rel=1e-5)


@pytest.mark.serial
def test_effects_alone_that_can_be_told_beforehand(comm_tmp_path: Path) -> None:
    """Thinned ends multiply products of springs by 1.2² and leave their pattern; bars are what turning is."""
    effects = "effects=finite rotation,thinned ends,self-weight"
    finished = run(
        "fidelity",
        ["models=spring", "geometries=straight", effects, "continuum-2d.cells_across=1", "draws=200"],
        comm_tmp_path / "run",
        False,
        COMM,
    )
    assert not finished.failures
    table = pd.read_csv(comm_tmp_path / "run" / "effects.csv").set_index(["effect", "where", "case"])
    ends = table.loc[("thinned ends", "alone", "same")]
    assert ends["factor"] == pytest.approx(1.44)
    assert ends["turned"] < 1e-12
    assert 0.01 < table.loc[("finite rotation", "alone", "same"), "turned"] < 0.02
    assert 1e-4 < table.loc[("self-weight", "alone", "same"), "moved"] < 0.03
    assert table.loc[("thinned ends", "whole", "same"), "factor"] > 1.3


@pytest.mark.parametrize(
    ("assignments", "error", "words"),
    [
        (["network=triangular-patch"], NetworkError, "were made on another network"),
        (["case.other={loads=[{node=13, direction='-y', force=0.1}], targets=[{node=13, component='y', "
          "displacement=-0.01}]}", "cases=other"], ConfigError, "Nothing was measured of case 'other'"),
        (["effects=bendng"], ConfigError, "bending"),
        (["switched.pad_radius=0"], ConfigError, "pad_radius"),
        (["models=spring", "effects=[]", "beam.cells_per_bond=4"], ConfigError, r"^\[beam\] has no effect"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    comm_tmp_path: Path, assignments: list[str], error: type[Exception], words: str
) -> None:
    """Data of another network, a case of which nothing was measured, an unknown effect, a pad of no size, and more."""
    with pytest.raises(error, match=words):
        run("fidelity", assignments, comm_tmp_path / "run", False, COMM)
