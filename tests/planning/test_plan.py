"""Plans: the error that is expected is that of experiments, limits hold, and what is refused says why."""

from pathlib import Path

import pytest
from mpi4py import MPI

from femnn.cli import main
from femnn.config.quantities import GRAM_FORCE
from femnn.errors import ConfigError, InstabilityError, NetworkError
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS, READINGS
from femnn.insitu.metrics import relative_l2
from femnn.planning.plan import Plan, plan, trial
from femnn.planning.plan_settings import plan_settings
from femnn.planning.sheet import bench_sheet, formula
from femnn.planning.text import as_text

# What ranks share is tested with the solvers
pytestmark = pytest.mark.serial

COMM = MPI.COMM_WORLD
CASE = """
[case]
loads = [{ node = 13, direction = "-y", force = "6 gf" }, { node = 11, direction = "x", force = "2 gf" }]
targets = [
    { node = 14, component = "y", displacement = "-20 mm" },
    { node = 14, component = "x", displacement = "9 mm" },
]
"""


def made(*assignments: str, network: str = "li2024") -> Plan:
    return plan(plan_settings(network, list(assignments)), COMM)


@pytest.mark.parametrize("estimator", READINGS)
def test_expected_error_is_that_of_200_experiments(estimator: str) -> None:
    """Bars, through an experiment and its camera, pictures drawn again: within 20 %, and within the statistics."""
    found = made(f"estimators={estimator}", "repeats=4")
    drawn = trial(found, 200)
    assert drawn.error == pytest.approx(found.error, rel=0.2)
    assert abs(drawn.error - found.error) < 4.5 * drawn.uncertainty


@pytest.mark.parametrize("settings", [["model=beam"], ["correlation_length=20 mm"], ["shake=50 µm"], ["case=same"]])
def test_expected_error_holds_in_other_settings(settings: list[str]) -> None:
    found = made(*settings)
    assert trial(found, 200).error == pytest.approx(found.error, rel=0.2)


def test_the_plan_does_what_its_estimator_does() -> None:
    """Without noise, the gradient is that of the estimator in an experiment at the strength that hangs."""
    found = made("estimators=centred-product")
    experiment = found.best.experiment
    clean = ESTIMATORS["centred-product"](EstimatorInputs(experiment, experiment), found.best.strength)
    assert relative_l2(found.best.predicted.clean, clean) < 1e-9
    assert found.error > relative_l2(clean, found.best.scale**2 * found.exact)


def test_it_is_the_best_within_the_limits() -> None:
    """Wider limits give a smaller error, less noise too; nothing hangs that is more than allowed."""
    usual, wider, finer = made(), made("buckling_fraction=1.1"), made("noise=5 µm")
    assert wider.error < usual.error
    assert finer.error < usual.error
    for found, fraction in ((usual, 0.8), (wider, 1.1)):
        assert all(strain.share <= fraction for strain in found.best.strains)
        for strings in found.best.hung:
            pieces = [piece for string in strings for piece in string.pieces]
            assert sum(pieces) <= 20 * GRAM_FORCE * (1 + 1e-9)
            assert all(pieces.count(piece) <= found.settings.weights.count(piece) for piece in pieces)
    assert [c.error(usual.exact, 5) for c in usual.others] == sorted(c.error(usual.exact, 5) for c in usual.others)


def test_fewer_repeats_where_more_gain_little() -> None:
    """Products on beams have a floor; pictures may be limited too."""
    assert made("model=beam", "noise=5 µm", "repeats=20").repeats < 10
    found = made("repeats=20", "readings=7", "estimators=centred-product")
    assert found.repeats * len(found.best.states) <= 7


def test_without_pulleys_all_weights_hang() -> None:
    with_pulleys = made("estimators=centred-energy")
    assert any(not s.down(2) for strings in with_pulleys.best.hung for s in strings)
    assert "pulley" in as_text(bench_sheet(with_pulleys))
    without = made("pulleys=false")
    assert all(s.down(2) for strings in without.best.hung for s in strings)
    assert "pulley" not in as_text(bench_sheet(without))
    # An adjoint force that is reversed at the node of the data's load only takes some of it away
    same = made("pulleys=false", "case=same", "estimators=centred-product", "scales=0.25", "weights=1,2,2,5 gf")
    assert all(s.down(2) for strings in same.best.hung for s in strings)


def test_weights_that_miss_the_load_and_errors_that_tell_nothing_are_noted() -> None:
    """10 g of 11 are hung; a camera of half a millimetre sees no gradient."""
    case = "case={loads=[{node=13, direction='-y', force='11 gf'}], targets=[{node=14, component='y', "
    found = as_text(bench_sheet(made(case + "displacement='-25 mm'}]}", "weights=5,5,5 gf", "scales=1")))
    assert "The weights make the data's load to within 9.1%" in found
    assert "tells little of the gradient" not in found
    assert "tells little of the gradient" in as_text(bench_sheet(made("noise=0.5 mm")))


def test_a_plan_file_with_a_case_of_its_own(tmp_path: Path) -> None:
    """Two loads and two targets: adjoint forces along both axes, of weights that share the pieces."""
    path = tmp_path / "bench.toml"
    path.write_text(f'network = "li2024"\nweights = ["1 gf", "1 gf", "2 gf", "2 gf", "5 gf", "5 gf"]\n{CASE}')
    found = plan(plan_settings(str(path), ["noise=10 µm"]), COMM)
    assert trial(found, 200).error == pytest.approx(found.error, rel=0.2)
    assert {(s.node, s.axis) for s in found.best.hung[-1]} >= {(14, 0), (14, 1)}


def test_the_sheet_tells_nodes_weights_and_displacements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As text and as a page; the command ends well."""
    page = tmp_path / "sheet.html"
    with pytest.raises(SystemExit) as ending:
        main(["plan", "li2024", "--noise", "20 µm", "--weights", "1,2,5,10 gf", "--check", "--out", str(page)])
    assert ending.value.code == 0
    text = capsys.readouterr().out
    for words in ("node 13 ↓ 10 g", "node 14 ↓", "Expected displacements (mm)", "in 200 drawn experiments", str(page)):
        assert words in text
    html = page.read_text(encoding="utf-8")
    assert "node 13 ↓ 10 g" in html
    assert "data:image/png;base64," in html
    state = made().best.states[0].displacements
    assert f"{1e3 * state[12, 1]:+.3f}".replace("-", "−") in text


def test_formulas_name_the_steps() -> None:
    assert formula(READINGS["superposed-product"]).startswith("e₁ · (−e₁ + e₂)/s")
    assert formula(READINGS["centred-energy"]).startswith("(½ E₁ − ½ E₂)/s")


@pytest.mark.parametrize(
    ("assignments", "error", "message"),
    [
        (["largest=4 gf"], ConfigError, "weights 4.*the data's load is 5 g, more than 4 g"),
        (["buckling_fraction=0.1"], InstabilityError, "compresses bond 4–9 by 0.826 gf, 29% of the load"),
        (["clearance=20 mm", "buckling_fraction=9"], ConfigError, "brings bonds .* of each other, less than 20 mm"),
        (["pulleys=false", "estimators=centred-energy"], ConfigError, "pulleys .* node 14 does not point down"),
        (["weights=50 gf"], ConfigError, "the weights do not make the data's load"),
        (["case=others"], ConfigError, "There is no case 'others'; known are separate, same"),
        (["noise=0 m"], ConfigError, "noise"),
        (["noise=20"], ConfigError, "noise of 20 m is more than a bond is long"),
        (["scales=3", "largest=40 gf"], ConfigError, "make 3 times the data's load only to within 33%"),
        (["readings=1"], ConfigError, "takes 2 pictures, and 1 are allowed"),
        (["weights=1,2 km"], ConfigError, "wrong unit; N"),
        (["estimators=nudged"], ConfigError, "there is no estimator 'nudged'"),
        (["repeat=3"], ConfigError, "did you mean 'repeats'"),
    ],
)
def test_what_cannot_be_is_refused(assignments: list[str], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        made(*assignments)


def test_a_case_that_does_not_fit_names_the_node() -> None:
    """A case by name is one of the published lattice, so that the network's own ports take its place."""
    case = "case={loads=[{node=13,force=1,direction='x'}],targets=[{node=3,component='y',displacement=1e-3}]}"
    with pytest.raises(NetworkError, match="there is no node 13"):
        made(case, network="two-bar-truss")
    assert made(network="two-bar-truss").case == "ports"


def test_a_sheet_of_an_unknown_kind_is_refused_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["plan", "li2024", "--out", "sheet.docx"])
    assert ending.value.code == 2
    assert capsys.readouterr().err == "femnn: A bench sheet is written as .html or .txt, not as 'sheet.docx'.\n"
