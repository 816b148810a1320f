"""Tracked positions: found again in any frame, and refused by name where they cannot be right."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy_springs import NumpyNetwork

from femnn.cli import main
from femnn.errors import ConfigError
from femnn.measured.measured_gradient import read_gradients
from femnn.measured.tracked import read_tracked
from femnn.network.lattices import cubic_with_diagonals, li2024
from femnn.network.network import Network

pytestmark = pytest.mark.serial

NETWORK = li2024()
NOISE = 5e-6

type Change = Callable[[pd.DataFrame], pd.DataFrame]


def fields(network: Network = NETWORK) -> dict[str, np.ndarray]:
    """Displacements of bars at rest, under the load of the case "separate" and under its adjoint force (m)."""
    bars = NumpyNetwork(network.nodes, network.bonds, network.fixed, "bar")
    loads = {"forward": (13, 10), "adjoint": (14, 5)}
    states = {"rest": np.zeros_like(network.nodes)}
    for state, (node, grams) in loads.items():
        states[state] = bars.solve(network.stiffness, network.point_force(node, [0.0, -grams * 9.8e-3]))
    return states


FIELDS = fields()


def table(
    repeats: int = 1,
    noise: float = 0.0,
    network: Network = NETWORK,
    states: dict[str, np.ndarray] = FIELDS,
    view: Callable[[np.ndarray], np.ndarray] = lambda x: x,
) -> pd.DataFrame:
    """What a camera writes down."""
    generator = np.random.default_rng(1)
    rows = []
    for repeat in range(1, repeats + 1):
        for state, U in states.items():
            seen = view(network.nodes + U + generator.normal(0, noise, U.shape))
            columns = dict(zip("xyz", seen.T, strict=False))
            rows.append(pd.DataFrame({"node": network.labels, **columns, "state": state, "repeat": repeat}))
    return pd.concat(rows, ignore_index=True)


@pytest.fixture
def positions(tmp_path: Path) -> Callable[[pd.DataFrame], Path]:
    """Write a table to a file."""

    def write(rows: pd.DataFrame) -> Path:
        rows.to_csv(tmp_path / "positions.csv", index=False)
        return tmp_path / "positions.csv"

    return write


def turned(x: np.ndarray) -> np.ndarray:
    """Turned by 40°, shifted, and with y downwards."""
    c, s = np.cos(0.7), np.sin(0.7)
    return x @ np.array([[c, s], [-s, c]]) * [1, -1] + [0.3, 0.2]


VIEWS = {
    "m": (lambda x: x, "m"),
    "mm": (lambda x: 1e3 * x, "mm"),
    "turned": (turned, "m"),
    "px": (lambda x: 41.7e3 * turned(x), "px"),
}


@pytest.mark.parametrize("view", VIEWS)
def test_displacements_are_found_in_any_frame(positions, view: str) -> None:
    """Turned, shifted, mirrored and scaled: the displacements are those in the network's frame."""
    see, unit = VIEWS[view]
    tracked = read_tracked(positions(table(view=see)), NETWORK, unit)
    for state in ("forward", "adjoint"):
        mean, deviation = tracked.displacement(state)
        np.testing.assert_allclose(mean, FIELDS[state], atol=1e-12)
        assert np.isnan(deviation).all()
    assert tracked.residual < 1e-12
    assert any("mirror image" in note for note in tracked.notes) == (view in ("turned", "px"))


def test_a_lattice_in_space(positions) -> None:
    network = cubic_with_diagonals(1, 1, 1, 10e-3)
    states = {"rest": np.zeros_like(network.nodes), "pulled": 1e-3 * np.sin(np.arange(24.0)).reshape(8, 3)}
    states["pulled"][network.fixed] = 0
    tracked = read_tracked(positions(table(network=network, states=states)), network)
    np.testing.assert_allclose(tracked.displacement("pulled")[0], states["pulled"], atol=1e-12)


def test_the_gradient_is_the_product_of_the_elongations(positions) -> None:
    gradient = read_tracked(positions(table(view=turned)), NETWORK).gradient()
    bars = NumpyNetwork(NETWORK.nodes, NETWORK.bonds, NETWORK.fixed, "bar")
    product = bars.elongations(FIELDS["forward"]) * bars.elongations(FIELDS["adjoint"])
    np.testing.assert_allclose(gradient.value, product, rtol=1e-6, atol=1e-15)


def test_scatter_of_the_gradient_is_that_of_the_camera(positions) -> None:
    """To first order the product of two elongations, each of four readings, scatters by 2σ·√(e² + a²)."""
    tracked = read_tracked(positions(table(repeats=200, noise=NOISE)), NETWORK)
    gradient = tracked.gradient()
    e, a = (tracked.elongation(state)[0] for state in ("forward", "adjoint"))
    # Both elongations are against the same rest, whose scatter they share
    expected = NOISE * np.sqrt(4 * e**2 + 4 * a**2 + 4 * e * a)
    strong = np.abs(e) > 20 * NOISE
    np.testing.assert_allclose(gradient.deviation[strong], expected[strong], rtol=0.25)
    assert gradient.trials is not None
    assert gradient.trials.shape == (200, 28)


def test_one_rest_state_serves_all_repeats(positions) -> None:
    rows = table(repeats=3)
    tracked = read_tracked(positions(rows[(rows["state"] != "rest") | (rows["repeat"] == 1)]), NETWORK)
    np.testing.assert_allclose(tracked.displacement("forward")[0], FIELDS["forward"], atol=1e-12)
    np.testing.assert_allclose(tracked.displacement("forward")[1], 0, atol=1e-12)


@pytest.mark.parametrize(("factor", "unit"), [(1e3, "m"), (1e-3, "mm"), (1e6, "m")])
def test_a_unit_off_by_a_thousand_is_noted_and_corrected(positions, factor: float, unit: str) -> None:
    right = {"m": 1.0, "mm": 1e3}[unit]
    tracked = read_tracked(positions(table(view=lambda x: right * factor * x)), NETWORK, unit)
    assert f"lattice is {factor:.4g} times as large as the network" in tracked.notes[0]
    np.testing.assert_allclose(tracked.displacement("forward")[0], FIELDS["forward"], atol=1e-12)


def test_a_frame_that_moves_is_noted_and_its_motion_taken_out(positions) -> None:
    """The whole lattice is shifted and turned after it was loaded, supports and all."""
    rows = table()
    loaded = rows["state"] == "forward"
    turn = np.array([[np.cos(0.01), -np.sin(0.01)], [np.sin(0.01), np.cos(0.01)]])
    rows.loc[loaded, ["x", "y"]] = rows.loc[loaded, ["x", "y"]].to_numpy() @ turn.T + 1e-3
    path = positions(rows)
    left = read_tracked(path, NETWORK)
    assert "state 'forward', repeat 1: supports move by up to" in left.notes[0]
    held = read_tracked(path, NETWORK, hold_supports=True)
    assert not held.notes
    np.testing.assert_allclose(held.displacement("forward")[0], FIELDS["forward"], atol=1e-12)
    # Elongations do not mind
    np.testing.assert_allclose(left.elongations("forward"), held.elongations("forward"), atol=1e-12)


def swapped(state: str, one: int, other: int) -> Change:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        rows = rows.copy()
        here = rows["state"] == state
        rows.loc[here, "node"] = rows.loc[here, "node"].replace({one: other, other: one})
        return rows

    return change


def cell(column: str, row: int, value: object) -> Change:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        rows = rows.astype({column: object})
        rows.loc[row, column] = value
        return rows

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.drop(index=[4, 7]), r"state 'rest', repeat 1: nodes are missing: 5, 8; li2024 has 14 nodes"),
        (lambda rows: pd.concat([rows, rows.iloc[[20]]]), r"state 'forward', repeat 1: node 7 is given twice"),
        (cell("node", 3, 15), "no node 15 in li2024, which has 14 nodes; these are data of another network"),
        (swapped("rest", 7, 8), r"state 'rest', repeat 1: nodes 7 and 8 look swapped"),
        (swapped("rest", 1, 13), r"nodes 1 and 13 look swapped"),
        (swapped("adjoint", 10, 11), r"state 'adjoint', repeat 1: nodes 10 and 11 look swapped"),
        (lambda rows: swapped("rest", 2, 3)(swapped("rest", 3, 4)(rows)), "nodes 2, 4 and 3 look swapped|2, 3 and 4"),
        (cell("x", 5, "here"), "column 'x' of row 7 is 'here' and no finite number"),
        (cell("y", 5, np.nan), "node is missing: 6; .* positions of 6 are empty"),
        (cell("y", 5, np.inf), "column 'y' of row 7 is 'inf'"),
        (cell("node", 5, "six"), "node 'six' is no label of li2024; say which is which by --nodes"),
        (cell("x", 20, 0.5), "state 'forward', repeat 1: node 7 moves by .* mm, more than the lattice is large"),
        (
            lambda rows: rows.assign(**{c: rows[c].where(rows["state"] != "forward", rows[c] / 1e3) for c in "xy"}),
            r"state 'forward', repeat 1: the lattice is 0.00\d+ times as large as at rest; give all states in one unit",
        ),
        (cell("x", 6, -0.06), "state 'rest', repeat 1: node 7 at rest is .* mm from where li2024 has it"),
        (lambda rows: rows.rename(columns={"x": "u"}), "there is no column 'x'"),
        (lambda rows: rows.assign(z=0.0), "column 'z' is unknown; columns are node, x, y and"),
        (lambda rows: rows[rows["state"] != "rest"], "no state 'rest', only forward, adjoint"),
        (lambda rows: rows.iloc[:0], "has no rows"),
        (lambda rows: rows.assign(y=0.3 * rows["y"]), "another network|times as large"),
        (lambda rows: rows.assign(x=10 * rows["x"], y=10 * rows["y"]), "is 10 times as large as the network"),
        (lambda rows: rows.assign(x=1.0, y=1.0), "all tracked nodes are at one place"),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(positions, change: Change, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_tracked(positions(change(table())), NETWORK)


def test_positions_of_another_network_are_refused(positions) -> None:
    """As many nodes, elsewhere."""
    generator = np.random.default_rng(0)
    places = generator.permutation(14)
    with pytest.raises(ConfigError, match="of 14 nodes at rest are where li2024 has them; these are data of another"):
        read_tracked(positions(table(view=lambda x: x[places])), NETWORK)


def test_repeats_must_belong_together(positions) -> None:
    rows = table(repeats=3)
    with pytest.raises(ConfigError, match=r"repeat 3: there is no rest state of this repeat, only of 1, 2"):
        read_tracked(positions(rows[(rows["state"] != "rest") | (rows["repeat"] < 3)]), NETWORK)
    tracked = read_tracked(positions(rows[(rows["state"] != "adjoint") | (rows["repeat"] < 3)]), NETWORK)
    with pytest.raises(ConfigError, match="tracked in the repeats 1, 2, 3, state 'adjoint' in 1, 2"):
        tracked.gradient()
    with pytest.raises(ConfigError, match="State 'pushed' was not tracked; states under load are: forward, adjoint"):
        tracked.gradient("pushed")


def test_commas_that_end_lines_say_nothing_and_those_of_decimals_are_refused(positions, tmp_path: Path) -> None:
    """A column that is left empty is left out; rows with more values than columns are no table."""
    lines = positions(table()).read_text().splitlines()
    path = tmp_path / "commas.csv"
    path.write_text("\n".join([lines[0], *(f"{line}," for line in lines[1:])]))
    np.testing.assert_allclose(read_tracked(path, NETWORK).displacement("forward")[0], FIELDS["forward"], atol=1e-12)
    path.write_text("\n".join([lines[0], *(line.replace(".", ",") for line in lines[1:])]))
    with pytest.raises(ConfigError, match="more values than the header has names"):
        read_tracked(path, NETWORK)


def test_a_state_that_is_missing_is_told(positions, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["measured", str(positions(table())), "--adjoint", "pull"])
    assert end.value.code == 0
    assert "no gradient: there is no state 'pull'" in capfd.readouterr().out


def test_the_command_writes_the_gradient(positions, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path, out = positions(table(repeats=3, noise=NOISE, view=lambda x: 1e3 * x)), tmp_path / "gradient.csv"
    with pytest.raises(SystemExit) as end:
        main(["measured", str(path), "--network", "li2024", "--case", "same", "--out", str(out)])
    printed = capfd.readouterr().out
    assert end.value.code == 0
    assert "note: read in m the tracked lattice is 1000 times as large" in printed
    assert "taken to be in mm" in printed
    assert "13–14" in printed
    assert list(pd.read_csv(out)) == ["case", "bond", "measured", "deviation", "repeats"]
    assert read_gradients(out, NETWORK)["same"].repeats == 3
    expected = read_tracked(path, NETWORK, "mm").gradient().value
    np.testing.assert_allclose(read_gradients(out, NETWORK)["same"].value, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--unit", "gf"], "There is no unit 'gf' of length"),
        (["--unit", ""], "There is no unit '' of length"),
        (["--adjoint", "pull", "--out", "g.csv"], "State 'pull' was not tracked"),
        (["--network", "octet"], "there is no column 'z'"),
    ],
)
def test_the_command_ends_with_a_line(positions, arguments: list[str], message: str, capfd) -> None:
    with pytest.raises(SystemExit) as end:
        main(["measured", str(positions(table())), *arguments])
    assert end.value.code == 2
    error = capfd.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_state_in_which_nothing_moves_is_refused(positions, capfd: pytest.CaptureFixture[str]) -> None:
    """The same picture twice has a gradient of zeros."""
    path = positions(table(states=FIELDS | {"adjoint": np.zeros_like(NETWORK.nodes)}))
    with pytest.raises(SystemExit) as end:
        main(["measured", str(path), "--network", "li2024", "--unit", "m"])
    assert end.value.code == 2
    assert "no node moves in state 'adjoint': its positions are those at rest" in capfd.readouterr().err


def test_a_deviation_that_is_not_known_is_a_dash(positions, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["measured", str(positions(table())), "--network", "li2024", "--unit", "m"])
    assert "nan" not in capfd.readouterr().out
