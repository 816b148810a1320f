"""A workbook of which nothing is known but what was published: gradients are found by content, or not at all.

The workbooks are written here from made-up trials that have the published means and deviations.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from femnn.cli import main
from femnn.errors import ConfigError, NetworkError
from femnn.measured.bond_order import assigned, exchangeable, last_places, may_be
from femnn.measured.published import published_gradients
from femnn.measured.sources import measured_gradients
from femnn.measured.workbook import read_workbook
from femnn.network.lattices import li2024, triangular

pytestmark = pytest.mark.serial

NETWORK = li2024()
PUBLISHED = published_gradients(NETWORK)


def made_up(case: str) -> np.ndarray:
    """Three trials with the published mean and deviation (n − 1), with more digits, shape (3, 28)."""
    gradient = PUBLISHED[case]
    mean = gradient.value * (1 + 1e-4 * np.sin(np.arange(28)))
    return mean + gradient.deviation * np.array([[-1.0], [0.0], [1.0]])


@pytest.fixture
def workbook(tmp_path: Path):
    """Write sheets, without headers of pandas' own."""

    def write(sheets: dict[str, pd.DataFrame]) -> Path:
        path = tmp_path / "data.xlsx"
        with pd.ExcelWriter(path, engine="openpyxl") as file:
            for name, cells in sheets.items():
                cells.to_excel(file, sheet_name=name, header=False, index=False)
        return path

    return write


def sheet(*columns: object, title: str = "bond") -> pd.DataFrame:
    """Columns below a line of text, right of a column of bonds."""
    names = [NETWORK.bond_name(bond) for bond in range(28)]
    cells = pd.DataFrame([names, *columns], dtype=object).T
    return pd.concat([pd.DataFrame([[title] * cells.shape[1]]), cells], ignore_index=True)


OTHER = pd.DataFrame(np.arange(120.0).reshape(40, 3))


def test_trials_are_found_by_their_mean(workbook) -> None:
    """On any sheet, wherever they stand on it, with all digits."""
    trials = {case: made_up(case) for case in PUBLISHED}
    path = workbook({"Fig. 9": OTHER, "Fig. 1": sheet(range(28), *trials["same"], *trials["separate"])})
    found = read_workbook(path, NETWORK)
    assert sorted(found) == ["same", "separate"]
    for case, match in found.items():
        np.testing.assert_allclose(match.gradient.trials, trials[case], rtol=1e-14)
        np.testing.assert_allclose(match.gradient.value, trials[case].mean(axis=0), rtol=1e-14)
        np.testing.assert_allclose(match.gradient.deviation, PUBLISHED[case].deviation, rtol=1e-9)
        np.testing.assert_array_equal(match.gradient.simulated, PUBLISHED[case].simulated)
    assert found["same"].where == (
        "sheet 'Fig. 1', rows 2 to 29: trials in C, D, E; deviation of the trials with n − 1, as published; "
        "simulated as published"
    )


def test_means_and_deviations_are_found_in_columns_and_rows(workbook) -> None:
    same = PUBLISHED["same"]
    simulated = same.simulated * 1.0001
    cells = sheet(simulated, same.value * 0.9999, same.deviation)
    for table, kind in ((cells, "rows 2 to 29: measured in C; deviation in D; simulated in B"), (cells.T, "columns B")):
        found = read_workbook(workbook({"data": table}), NETWORK)
        assert list(found) == ["same"]
        assert kind in found["same"].where
        np.testing.assert_allclose(found["same"].gradient.simulated, simulated, rtol=1e-14)
        np.testing.assert_allclose(found["same"].gradient.value, same.value * 0.9999, rtol=1e-14)
        assert found["same"].gradient.trials is None


def test_only_the_columns_that_are_named_are_searched(workbook) -> None:
    trials, same = made_up("same"), PUBLISHED["same"]
    path = workbook({"a": sheet(same.value, *trials), "b": sheet(same.value)})
    found = read_workbook(path, NETWORK, "a", {"measured": "B"})
    assert found["same"].gradient.trials is None
    np.testing.assert_array_equal(found["same"].gradient.value, same.value)
    np.testing.assert_allclose(
        read_workbook(path, NETWORK, "a", {"trials": "C:E"})["same"].gradient.trials, trials, rtol=1e-14
    )
    with pytest.raises(ConfigError, match="no sheet of b has 28 consecutive numbers"):
        read_workbook(path, NETWORK, "b", {"trials": "C:E"})


def test_figures_that_differ_in_a_printed_digit_are_not_taken(workbook) -> None:
    values = PUBLISHED["same"].value.copy()
    values[13] *= 1.02
    path = workbook({"Fig. 1": sheet(values, PUBLISHED["same"].deviation), "Fig. 2": OTHER})
    with pytest.raises(ConfigError, match=r"no sheet of Fig. 1, Fig. 2 has 28 consecutive numbers that agree"):
        read_workbook(path, NETWORK)


def test_copies_of_the_mean_are_no_trials(workbook) -> None:
    path = workbook({"Fig. 1": sheet(*[PUBLISHED["same"].value] * 3)})
    assert read_workbook(path, NETWORK)["same"].gradient.trials is None


ORDER = np.random.default_rng(5).permutation(28)


def authors(*columns: np.ndarray, order: np.ndarray = ORDER) -> pd.DataFrame:
    """The layout of the paper: rows in an order of their own, most cells as text, beside columns that go on below."""
    rows = [[f"{value:.2E}" if i % 3 else float(f"{value:.2e}") for value in column[order]] for i, column in
            enumerate(columns)]  # fmt: skip
    names = ["step", "index", "grad_exp", "+-", "grad_sim", "grad_exp_SI", "+-", "grad_sim_SI"]
    long = [f"{1.02**i * 1e-12:.2E}" for i in range(100)]
    columns_of = [long, list(range(1, 29)), *rows]
    table = pd.concat([pd.Series(column, dtype=object) for column in columns_of], axis=1, ignore_index=True)
    return pd.concat([pd.DataFrame([names[: table.shape[1]]]), table], ignore_index=True)


def six() -> list[np.ndarray]:
    return [part for case in ("separate", "same") for part in
            (PUBLISHED[case].value, PUBLISHED[case].deviation, PUBLISHED[case].simulated)]  # fmt: skip


def test_rows_in_an_order_of_their_own_are_brought_to_that_of_the_bonds(workbook) -> None:
    """By values, of which no other order agrees; springs' own figures repeat by symmetry and would not do."""
    path = workbook({"Figure2": OTHER, "Figure1": authors(*six())})
    found = read_workbook(path, NETWORK)
    assert sorted(found) == ["same", "separate"]
    for case, match in found.items():
        for part in ("value", "deviation", "simulated"):
            np.testing.assert_array_equal(getattr(match.gradient, part), getattr(PUBLISHED[case], part))
        assert match.where.endswith("rows in an order of their own, the only one that agrees")
    transposed = read_workbook(workbook({"Figure1": authors(*six()).T}), NETWORK)
    np.testing.assert_array_equal(transposed["same"].gradient.value, PUBLISHED["same"].value)


def test_trials_in_an_order_of_their_own_keep_their_bonds(workbook) -> None:
    trials = made_up("same")
    found = read_workbook(workbook({"a": sheet(*trials[:, ORDER])}), NETWORK)["same"].gradient
    np.testing.assert_allclose(found.trials, trials, rtol=1e-14)


def test_columns_whose_orders_differ_are_refused(workbook) -> None:
    """Each column has all figures, but no row has those of one bond."""
    value, deviation, simulated = six()[:3]
    found = read_workbook(workbook({"a": authors(value, deviation[::-1], simulated)}), NETWORK)["separate"]
    # What does not belong to the rows is not taken from them
    assert "deviation as published" in found.where
    np.testing.assert_array_equal(found.gradient.deviation, deviation)
    both = authors(*six()[:3], *(column[ORDER[::-1]] for column in six()[3:]))
    np.testing.assert_array_equal(read_workbook(workbook({"a": both}), NETWORK)["same"].gradient.value, six()[3])


def test_an_order_that_is_not_the_only_one_is_refused(workbook) -> None:
    """Figures of two digits' worth fewer bonds: two rows round to two printed figures alike."""
    places = last_places(PUBLISHED["same"].value, 3)
    assert exchangeable(may_be(PUBLISHED["same"].value, PUBLISHED["same"].value, 3), np.arange(28)) == []
    twice = PUBLISHED["same"].value.copy()
    twice[1] = twice[0] + 0.2 * places[0]
    possible = may_be(twice, np.where(np.arange(28) == 1, PUBLISHED["same"].value[0], PUBLISHED["same"].value), 3)
    rows = assigned(possible)
    assert rows is not None
    assert exchangeable(possible, rows) == [0, 1]
    assert assigned(may_be(np.where(np.arange(28) == 1, 1.0, twice), PUBLISHED["same"].value, 3)) is None


def test_a_study_takes_the_workbook(workbook) -> None:
    path = workbook({"Figure1": authors(*six())})
    for case, gradient in measured_gradients(str(path), NETWORK).items():
        np.testing.assert_array_equal(gradient.value, PUBLISHED[case].value)


def test_what_cannot_be_searched_is_named(workbook, tmp_path: Path) -> None:
    path = workbook({"Fig. 1": OTHER})
    with pytest.raises(ConfigError, match=r"no sheet .Fig\. 2.; there are: Fig\. 1"):
        read_workbook(path, NETWORK, "Fig. 2")
    with pytest.raises(ConfigError, match="'1:3' are no columns; give letters"):
        read_workbook(path, NETWORK, columns={"trials": "1:3"})
    with pytest.raises(NetworkError, match="another network was measured"):
        read_workbook(path, triangular(3, 3, 16e-3))
    (tmp_path / "text.xlsx").write_text("no workbook")
    with pytest.raises(ConfigError, match=r"Cannot read .*text\.xlsx"):
        read_workbook(tmp_path / "text.xlsx", NETWORK)
    with pytest.raises(ConfigError, match=r"Cannot read .*absent\.xlsx"):
        read_workbook(tmp_path / "absent.xlsx", NETWORK)


def test_the_command_says_what_it_took(workbook, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = workbook({"Fig. 1": sheet(*made_up("same"), *made_up("separate"))})
    with pytest.raises(SystemExit) as end:
        main(["measured", str(path), "--columns", "trials=B:D", "--out", str(tmp_path / "gradient.csv")])
    assert end.value.code == 0
    assert "same: sheet 'Fig. 1', rows 2 to 29: trials in B, C, D" in capfd.readouterr().out
    assert set(pd.read_csv(tmp_path / "gradient.csv")["case"]) == {"same"}
    with pytest.raises(SystemExit) as end:
        main(["measured", str(path), "--columns", "trial=B:D"])
    assert end.value.code == 2
    assert "Columns hold no 'trial'; did you mean 'trials'?" in capfd.readouterr().err
