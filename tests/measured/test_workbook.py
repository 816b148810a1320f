"""A workbook of which nothing is known but what was published: gradients are found by content, or not at all.

The workbooks are written here from made-up trials that have the published means and deviations.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from femnn.cli import main
from femnn.errors import ConfigError, NetworkError
from femnn.measured.published import published_gradients
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
