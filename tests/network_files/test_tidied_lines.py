"""Networks from mesh files as other programs write them: planes, noise, coincident points, lines of second order."""

import re
from pathlib import Path

import meshio
import numpy as np
import pytest

from femnn.errors import ConfigError, MechanismError, NetworkError
from femnn.network.network import Network
from femnn.network_files.mesh_formats import read_lines
from femnn.network_files.specification import load_network

pytestmark = pytest.mark.serial

CORNERS = np.array([[0.0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]])
BRACED = np.array([[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]])
TOML = """file = "lattice.vtu"
unit = "mm"
[[supports]]
nodes = [4]
[[supports]]
nodes = [1]
fixed = "{fixed}"
[inputs]
load = {{ node = {load}, direction = "{direction}" }}
"""


def written(folder: Path, points, lines=BRACED, kind: str = "line") -> Path:
    path = folder / "lattice.vtu"
    meshio.Mesh(np.asarray(points), [(kind, np.asarray(lines))]).write(path)
    return path


def network(folder: Path, points, lines=BRACED, *, more: str = "", load: int = 2, direction="-y", fixed="x") -> Network:
    written(folder, points, lines)
    text = TOML.format(load=load, direction=direction, fixed=fixed)
    (folder / "own.toml").write_text(more + text)
    return load_network(str(folder / "own.toml"))


@pytest.mark.parametrize("share", [1e-8, 1e-7, 5e-7])
def test_noise_out_of_the_plane_is_rounding_and_said(tmp_path, share):
    noise = 20 * share * np.random.default_rng(0).uniform(-1, 1, 4) / 2
    found = network(tmp_path, CORNERS + np.outer(noise, [0, 0, 1]))
    np.testing.assert_array_equal(found.nodes, 1e-3 * CORNERS[:, :2])
    assert any("the file's z varies by" in note and "taken as rounding" in note for note in found.notes)


def test_a_lattice_at_a_height_in_single_precision_is_planar(tmp_path):
    """Rounding is a share of the coordinates, which can be larger than the lattice."""
    far = (CORNERS + np.outer([1e4, 1e4 + 6e-4, 1e4, 1e4 + 6e-4], [0, 0, 1])).astype(np.float32)
    assert np.ptp(far[:, 2]) > 1e-6 * 20
    assert read_lines(written(tmp_path, far)).nodes.shape == (4, 2)
    assert read_lines(written(tmp_path, far.astype(np.float64))).nodes.shape == (4, 3)


@pytest.mark.parametrize("height", [1e-4, 1e-2])
def test_a_low_lattice_in_space_is_not_flattened(tmp_path, height):
    lines = read_lines(written(tmp_path, CORNERS + np.outer([0, 20 * height, 0, 0], [0, 0, 1])))
    assert lines.nodes.shape == (4, 3)
    (note,) = lines.notes
    assert "the network is in space" in note


@pytest.mark.parametrize(("axes", "across"), [("xz", "y"), ("yz", "x")])
def test_other_planes_keep_the_meaning_of_directions(tmp_path, axes, across):
    """The file's z is the network's y; a support across the plane holds nothing that could move."""
    points = np.full((4, 3), 7.0)
    points[:, ["xyz".index(axis) for axis in axes]] = CORNERS[:, :2]
    found = network(tmp_path, points, direction="-z", fixed=f"{axes[0]}{across}")
    np.testing.assert_allclose(found.nodes, 1e-3 * CORNERS[:, :2])
    assert found.inputs["load"].direction == (0.0, -1.0)
    assert found.fixed.tolist() == [[True, False], [False, False], [False, False], [True, True]]
    assert any(f"the plane {'–'.join(axes)} of the file is the network's x–y" in note for note in found.notes)
    with pytest.raises(NetworkError, match=f"port 'load' points out of the plane {'–'.join(axes)} of the file"):
        network(tmp_path, points, direction=across, fixed=axes[0])


def test_a_tilted_plane_is_said_and_named_where_it_makes_a_mechanism(tmp_path):
    turned = CORNERS @ np.array([[1, 0, 0], [0, 0.6, 0.8], [0, -0.8, 0.6]])
    note = "the points lie in a tilted plane, of the normal (0, 0.8, -0.6), and are read in space; turn it into x–y"
    assert read_lines(written(tmp_path, turned)).notes == (note,)
    with pytest.raises(MechanismError, match=re.escape("lie in a tilted plane, of the normal (0, 0.8, -0.6): turn it")):
        network(tmp_path, turned, fixed="xyz")


def test_a_node_on_a_line_that_passes_is_said(tmp_path):
    """It can be meant, as where a bond passes over a node; where it leaves a node loose it is named as well."""
    middle = np.vstack([CORNERS, [10, 0, 0]])
    found = read_lines(written(tmp_path, middle, [*BRACED, [4, 2], [4, 3]]))
    note = "nodes on lines that do not end there, and that they are not joined to: 5 on 1–2"
    assert found.notes == (note,)
    with pytest.raises(MechanismError, match="; node 5 is on bond 1–2, which does not end there: split the bond"):
        network(tmp_path, middle, [*BRACED, [4, 2]])


DOUBLED = np.vstack([CORNERS, CORNERS[0] + [1e-6, 0, 0]])
"""The first corner twice, as a program leaves it that draws each line for itself."""
LOOSE = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 2]])


def test_coincident_points_are_one_node_under_both_labels(tmp_path):
    found = network(tmp_path, DOUBLED, LOOSE)
    assert found.labels.tolist() == [1, 2, 3, 4]
    assert sorted(map(sorted, found.labels[found.bonds].tolist())) == [[1, 2], [1, 3], [1, 4], [2, 3], [3, 4]]
    assert "merged: 1 point at the place of another, 5 into 1" in found.notes
    text = (tmp_path / "own.toml").read_text().replace("nodes = [1]", "nodes = [5]").replace('"x"', '"xy"')
    text += "[[bond_section]]\nbond = [5, 4]\nwidth = '2.1 mm'\n"
    (tmp_path / "own.toml").write_text(text)
    again = load_network(str(tmp_path / "own.toml"))
    assert again.labels[again.fixed.all(axis=1)].tolist() == [1, 4]
    assert again.sections.width[again.bonds.tolist().index([3, 0])] == pytest.approx(2.1e-3)


def test_a_gap_beyond_rounding_is_refused_unless_a_tolerance_says_what_it_is(tmp_path):
    """In a frame whose other bonds hold it a gap would be silent."""
    gap = np.vstack([CORNERS, CORNERS[0] + [0.01, 0, 0]])
    with pytest.raises(ConfigError, match=r"points 1 and 5 are 0\.01 apart in the file's unit and not joined"):
        network(tmp_path, gap, LOOSE)
    assert len(network(tmp_path, gap, LOOSE, more='tolerance = "0.02 mm"\n').nodes) == 4
    apart = network(tmp_path, gap, LOOSE, more='tolerance = "0.001 mm"\nrigid_joints = true\n')
    assert len(apart.nodes) == 5


def test_lines_without_length_and_repeated_lines_are_left_out_and_said(tmp_path):
    lines = [*BRACED.tolist(), [2, 1], [3, 3], [0, 4]]
    found = network(tmp_path, DOUBLED, lines)
    assert len(found.bonds) == 5
    assert "left out: 2 lines without length, 4–4 and 1–5" in found.notes
    assert "left out: 1 repeated line, 3–2" in found.notes
    with pytest.raises(ConfigError, match="none of its lines has a length"):
        read_lines(written(tmp_path, CORNERS, [[0, 0]]))


def second_order(bow: float) -> tuple[np.ndarray, np.ndarray]:
    """The braced square with a node in the middle of each line, of which one is off by ``bow``."""
    middles = (CORNERS[BRACED[:, 0]] + CORNERS[BRACED[:, 1]]) / 2
    middles[2, 1] += bow
    return np.vstack([CORNERS, middles]), np.column_stack([BRACED, np.arange(4, 9)])


def test_straight_lines_of_second_order_are_taken_by_their_ends(tmp_path):
    lines = read_lines(written(tmp_path, *second_order(0.0), "line3"))
    assert lines.labels[lines.bonds].tolist() == (BRACED + 1).tolist()
    assert lines.notes == ("5 lines of higher order, straight, taken by their end nodes",)
    with pytest.raises(ConfigError, match=r"the line from 3 to 4 is curved: its node 7 is 0\.1 off"):
        read_lines(written(tmp_path, *second_order(0.1), "line3"))


def test_a_tolerance_is_refused_where_it_would_change_nothing(tmp_path):
    (tmp_path / "lattice.csv").write_text("node,x,y\n1,0,0\n")
    (tmp_path / "own.toml").write_text('file = "lattice.csv"\ntolerance = "1 mm"\n[[supports]]\nnodes = [1]\n')
    with pytest.raises(ConfigError, match="tolerance is for meshes and drawings, and changes nothing here"):
        load_network(str(tmp_path / "own.toml"))


def test_heights_that_are_more_than_rounding_are_said(tmp_path):
    """A lattice that is nearly flat may be meant so; a tolerance says that it is."""
    low = np.vstack([CORNERS, [10, 10, 0.1]])
    lines = [*BRACED, *([4, i] for i in range(4))]
    note = "the file's z varies by 0.005 of the size, which is more than rounding: the network is in space"
    assert any(note in text for text in read_lines(written(tmp_path, low, lines)).notes)
    assert read_lines(written(tmp_path, low, lines), 0.2).nodes.shape[1] == 2
