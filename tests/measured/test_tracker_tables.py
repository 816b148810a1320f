"""Tables of the usual trackers: in pixels, with y downwards, particles in any order, several frames of a state."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy_springs import NumpyNetwork

from femnn.cli import main
from femnn.errors import ConfigError
from femnn.measured.tracked import Tracked, read_tracked
from femnn.measured.tracker_columns import parsed_columns
from femnn.network.lattices import li2024
from femnn.network.network import Network
from femnn.network.sections import Sections

pytestmark = pytest.mark.serial

NETWORK = li2024()
PARTICLES = np.random.default_rng(2).permutation(14) + 20
NODES = ",".join(f"{label}={particle}" for label, particle in zip(NETWORK.labels, PARTICLES, strict=True))
FRAMES = {0: "rest", 1: "rest", 7: "forward", 12: "adjoint"}
STATES = ("rest=0:1", "forward=7", "adjoint=12")


def image(x: np.ndarray) -> np.ndarray:
    """In pixels of a view whose y points down."""
    return 41.7e3 * x * [1, -1] + [900, 120]


def fields() -> dict[str, np.ndarray]:
    bars = NumpyNetwork(NETWORK.nodes, NETWORK.bonds, NETWORK.fixed, "bar")
    loads = {"forward": (13, 10), "adjoint": (14, 5)}
    found = {"rest": np.zeros_like(NETWORK.nodes)}
    return found | {
        state: bars.solve(NETWORK.stiffness, NETWORK.point_force(node, [0.0, -grams * 9.8e-3]))
        for state, (node, grams) in loads.items()
    }


FIELDS = fields()


def _named(positions: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip("xy", positions.T, strict=True))


def long(particles: np.ndarray = PARTICLES, view: Callable[[np.ndarray], np.ndarray] = image) -> pd.DataFrame:
    """A row for each particle of each frame, in no order."""
    parts = [
        pd.DataFrame({"frame": frame, "particle": particles} | _named(view(NETWORK.nodes + FIELDS[s])))
        for frame, s in FRAMES.items()
    ]  # fmt: skip
    return pd.concat(parts).sample(frac=1, random_state=1)


def wide(name: str, mark: str = ",") -> list[str]:
    """Rows of all particles, and a line of names."""
    by_frame = long().pivot(index="frame", columns="particle", values=["x", "y"])
    rows = [mark.join(name.format(p, axis) for p in sorted(PARTICLES) for axis in "xy")]
    for frame in FRAMES:
        rows.append(mark.join(repr(float(by_frame[axis][p][frame])) for p in sorted(PARTICLES) for axis in "xy"))
    return rows


def trackpy() -> str:
    return long().assign(mass=7.5).to_csv()


def trackmate() -> str:
    """Four rows of header; points without a track have none."""
    names = {"frame": "FRAME", "particle": "TRACK_ID", "x": "POSITION_X", "y": "POSITION_Y"}
    head, *rows = long().rename(columns=names).to_csv(index=False).split()
    texts = ["Frame,Track ID,X,Y", "Frame,Track ID,X,Y", ",,(pixel),(pixel)"]
    return "\n".join([head, *texts, *rows, "0,,5,5", "0,None,9,5"])


def deeplabcut() -> str:
    names, *rows = wide("p{0}")
    points = names.split(",")
    head = ["scorer" + ",net" * 28, "bodyparts," + ",".join(points), "coords" + ",x,y" * 14]
    return "\n".join([*head, *(f"{frame},{row}" for frame, row in zip(FRAMES, rows, strict=True))])


def dltdv() -> str:
    return "\n".join(wide("pt{0}_cam1_{1}")).replace("_x", "_X").replace("_y", "_Y")


def imagej() -> str:
    """With tabs, decimal commas, and a column of frames."""
    names, *rows = wide("{1}{0}", "\t")
    return "\n".join(
        [f"Slice\t{names}", *(f"{f}\t{row}".replace(".", ",") for f, row in zip(FRAMES, rows, strict=True))]
    )


def tracker() -> str:
    """Names of points in a row above, once for their columns."""
    names, *rows = wide("{1}")
    above = ",".join(f"mass {p}," for p in sorted(PARTICLES))
    return "\n".join([f"time,{above}", f"t,{names}", *(f"{f},{row}" for f, row in zip(FRAMES, rows, strict=True))])


COUNTED = ("rest=1:2", "forward=3", "adjoint=4")
LAYOUTS: dict[str, tuple[Callable[[], str], list[str], tuple[str, ...]]] = {
    "trackpy": (trackpy, ["node=particle", "state=frame"], STATES),
    "TrackMate": (trackmate, ["node=TRACK_ID", "x=POSITION_X", "y=POSITION_Y", "state=FRAME"], STATES),
    "DeepLabCut": (deeplabcut, ["x=p{node}_x", "y=p{node}_y", "state=frame"], STATES),
    "DLTdv": (dltdv, ["x=pt{node}_cam1_X", "y=pt{node}_cam1_Y"], COUNTED),
    "ImageJ": (imagej, ["x=x{node}", "y=y{node}", "state=Slice"], STATES),
    "Tracker": (tracker, ["x=mass {node}_x", "y=mass {node}_y", "state=time_t"], STATES),
}


@pytest.fixture
def tracked(tmp_path: Path) -> Callable[..., Tracked]:
    """Read a text as positions."""

    def read(
        text: str, columns: list[str], states: tuple[str, ...] = STATES, nodes: str = NODES, unit: str | None = "px",
        network: Network = NETWORK,
    ) -> Tracked:  # fmt: skip
        (tmp_path / "points.csv").write_text(text, encoding="utf-8")
        return read_tracked(tmp_path / "points.csv", network, unit, columns=parsed_columns(columns, states, [nodes]))

    return read


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_displacements(tracked, layout: str) -> None:
    write, columns, states = LAYOUTS[layout]
    found = tracked(write(), columns, states)
    for state in ("forward", "adjoint"):
        np.testing.assert_allclose(found.displacement(state)[0], FIELDS[state], atol=1e-9)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_table_without_a_mapping_is_refused_with_the_options_that_it_needs(tracked, layout: str) -> None:
    write, columns, _ = LAYOUTS[layout]
    with pytest.raises(ConfigError) as caught:
        tracked(write(), [], (), "1=1")
    for column in columns:
        if "state=" not in column:
            assert f"--columns {column}" in str(caught.value).replace("'", "")


def test_a_unit_of_the_file_is_taken_and_another_one_refused(tracked) -> None:
    columns = LAYOUTS["TrackMate"][1]
    assert "px/mm" in tracked(trackmate(), columns, unit=None).camera
    with pytest.raises(ConfigError, match="its positions are in px, as it says, and not in mm"):
        tracked(trackmate(), columns, unit="mm")
    millimetres = long(view=lambda x: 1e3 * x).rename(columns={"x": "x (mm)", "y": "y [mm]"}).to_csv(index=False)
    found = tracked(millimetres, ["node=particle", "state=frame"], unit=None)
    np.testing.assert_allclose(found.displacement("forward")[0], FIELDS["forward"], atol=1e-9)
    assert found.scale == pytest.approx(1e-3)


def test_frames_are_repeats_where_commas_part_them(tracked) -> None:
    found = tracked(trackpy(), ["node=particle", "state=frame"], ("rest=0,1", "forward=7,7", "adjoint=12,12"))
    assert found.repeats == {"forward": ("1", "2"), "adjoint": ("1", "2")}


def test_particles_are_found_by_where_they_are(tracked) -> None:
    """The published lattice is its own mirror image: the view must be known to be upright."""
    columns = ["node=particle", "state=frame"]
    with pytest.raises(ConfigError, match="in 2 ways, as a turned or mirrored view shows them; say nearest:y-down"):
        tracked(trackpy(), columns, nodes="nearest")
    found = tracked(trackpy(), columns, nodes="nearest:y-down")
    np.testing.assert_allclose(found.displacement("forward")[0], FIELDS["forward"], atol=1e-9)
    with pytest.raises(ConfigError, match="do not lie as the nodes of li2024 do"):
        tracked(trackpy(), columns, nodes="nearest:y-up")


@pytest.mark.parametrize("angle", [0.0, 1.0, 2.6, 4.4])
def test_a_lattice_without_symmetry_is_found_in_any_view(tracked, angle: float) -> None:
    keep = np.array([0, 1, 2, 3, 5, 6, 7, 9])
    index = {int(node): i for i, node in enumerate(keep)}
    bonds = np.array([[index[int(p)], index[int(q)]] for p, q in NETWORK.bonds if {int(p), int(q)} <= set(index)])
    sections = Sections(**{name: values[: len(bonds)] for name, values in vars(NETWORK.sections).items()})
    fixed = np.zeros((8, 2), dtype=bool)
    fixed[:2] = True
    network = Network(NETWORK.nodes[keep], bonds, fixed, sections)
    c, s = np.cos(angle), np.sin(angle)
    rows = pd.DataFrame(image(network.nodes) @ np.array([[c, s], [-s, c]]), columns=["x", "y"])
    text = rows.assign(frame=0, particle=[7, 3, 9, 1, 0, 2, 8, 5]).to_csv()
    found = tracked(text, ["node=particle", "state=frame"], ("rest=0",), "nearest", network=network)
    assert found.residual < 1e-9


def changed(**changes: object) -> str:
    """The table with the cells of particle 20 in frame 7, or those at rest, changed."""
    rows = long().reset_index(drop=True)
    frames = [0, 1] if changes.pop("rest", False) else [7]
    where = (rows["particle"] == 20) & rows["frame"].isin(frames)
    return rows.drop(rows[where].index).to_csv() if not changes else rows.assign(
        **{name: rows[name].mask(where, value) for name, value in changes.items()}).to_csv()  # fmt: skip


def exchanged() -> str:
    rows = long().reset_index(drop=True)
    late = rows["frame"] == 7
    rows.loc[late, "particle"] = rows.loc[late, "particle"].replace({22: 32, 32: 22})
    return rows.to_csv()


WRONG = {
    "missing point": (changed(), STATES, NODES, "state 'forward', repeat 1: node is missing: 3; li2024 has 14 nodes"),
    "empty point": (changed(x=np.nan), STATES, NODES, "node is missing: 3; .* positions of 3 are empty"),
    "jump": (changed(x=9000.0), STATES, NODES, "state 'forward', repeat 1: node 3 moves by .* more than the lattice"),
    "exchanged": (exchanged(), STATES, NODES, "state 'forward', repeat 1: nodes 1 and 2 look swapped"),
    "particle of no node": (trackpy(), STATES, "1=99", "there is no particle '99' for node 1"),
    "two particles for a node": (trackpy(), STATES, "1=20,1=21", "node 1 or particle '21' is given twice"),
    "no such node": (trackpy(), STATES, NODES.replace("14=", "99="), "there is no node 99 in li2024"),
    "no frame": (trackpy(), ("rest=0", "forward=99"), NODES, "there is no frame 99 for state 'forward'; frames are 0"),
    "no frames": (trackpy(), ("rest=0:1:2",), NODES, "'0:1:2' are no frames"),
    "no rest": (trackpy(), ("forward=7",), NODES, "there is no state 'rest', only forward"),
    "frames without states": (trackpy(), (), NODES, "say by --states which frames are which, as in rest=0"),
    "fewer particles": (changed(rest=True), STATES, "nearest:y-down", "13 particles and li2024 has 14 nodes"),
    "point lost in a mean": (changed(rest=False), ("rest=0:1", "forward=7:12"), NODES, "20 is missing in frame 7"),
    "two at one place": (
        changed(**dict(zip("xy", image(NETWORK.nodes + FIELDS["forward"])[7], strict=True))), STATES, NODES,
        "nodes 3 and 8 are at one place; the tracker took two for one",
    ),
    "two on one node": (
        changed(rest=True, **dict(zip("xy", image(NETWORK.nodes)[7] + 3, strict=True))), STATES, "nearest:y-down",
        "particles .* are both nearest to node 8",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_a_tracker_did_wrong_is_named(tracked, name: str) -> None:
    text, states, nodes, message = WRONG[name]
    with pytest.raises(ConfigError, match=message) as caught:
        tracked(text, ["node=particle", "state=frame"], states, nodes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["particle"], "'particle' is no pair; give it as node=particle"),
        (["nodes=particle"], "hold no 'nodes'; did you mean 'node'"),
        (["node=a", "node=b"], "node is given twice"),
        (["x={node}_x"], "x and y both hold {node}"),
        (["node=track", "state=frame"], "there is no column 'track'"),
        (["x=q{node}x", "y=q{node}y"], "no column is called 'q{node}x'"),
    ],
)
def test_options_that_cannot_be_are_named(tracked, columns: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        tracked(trackpy(), columns)


def test_the_command_takes_the_mapping(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "points.csv").write_text(trackpy())
    states = [word for state in STATES for word in ("--states", state)]
    options = ["--unit", "px", "--columns", "node=particle", "--columns", "state=frame", *states]
    with pytest.raises(SystemExit) as end:
        main(["measured", str(tmp_path / "points.csv"), *options, "--nodes", "nearest:y-down"])
    assert end.value.code == 0
    assert "note: nodes by nearest position at rest, repeat 1: 1=22" in capfd.readouterr().out
