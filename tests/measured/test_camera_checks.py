"""Cameras whose map is no similarity, or changes between states: refused by name, or fitted on request."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy_springs import NumpyNetwork
from scipy.spatial.transform import Rotation

from femnn.cli import main
from femnn.errors import ConfigError
from femnn.measured.affine import seen
from femnn.measured.camera_checks import Allowed, parsed_allowed
from femnn.measured.rigid import fitted
from femnn.measured.tracked import read_tracked
from femnn.network.lattices import cubic_with_diagonals, li2024
from femnn.network.network import Network

pytestmark = pytest.mark.serial

NETWORK = li2024()
LOADS = {"forward": (13, 10), "adjoint": (14, 5)}
SCALE = 12.3e3
"""Pixels of a metre."""

type View = Callable[[np.ndarray, str], np.ndarray]
"""Of positions (m) in a state, in the unit of the file."""


def displacements() -> dict[str, np.ndarray]:
    bars = NumpyNetwork(NETWORK.nodes, NETWORK.bonds, NETWORK.fixed, "bar")
    force = {state: NETWORK.point_force(node, [0.0, -grams * 9.8e-3]) for state, (node, grams) in LOADS.items()}
    return {"rest": 0 * NETWORK.nodes} | {state: bars.solve(NETWORK.stiffness, f) for state, f in force.items()}


FIELDS = displacements()


def product() -> np.ndarray:
    bars = NumpyNetwork(NETWORK.nodes, NETWORK.bonds, NETWORK.fixed, "bar")
    return np.asarray(bars.elongations(FIELDS["forward"]) * bars.elongations(FIELDS["adjoint"]))


def turned(x: np.ndarray, angle: float = 0.5) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(x @ np.array([[c, s], [-s, c]]))


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """What a camera writes down, with noise of its own and departures of the lattice from its network (m)."""

    def write(
        view: View,
        noise: float = 0.0,
        departures: float = 0.0,
        repeats: int = 1,
        network: Network = NETWORK,
        fields: dict[str, np.ndarray] = FIELDS,
        seed: int = 1,
    ) -> Path:
        generator = np.random.default_rng(seed)
        made = network.nodes + generator.normal(0, departures, network.nodes.shape)
        rows = []
        for repeat in range(repeats):
            for state, U in fields.items():
                x = view(made + U + generator.normal(0, noise, U.shape), state)
                columns = dict(zip("xyz", x.T, strict=False))
                rows.append(pd.DataFrame({"node": network.labels, **columns, "state": state, "repeat": repeat}))
        pd.concat(rows).to_csv(tmp_path / "seen.csv", index=False)
        return tmp_path / "seen.csv"

    return write


def stretched(x_: float = 1.0, y_: float = 1.0, angle: float = 0.0, scale: float = SCALE) -> View:
    """A camera that is turned, whose pixels are not square, y downwards."""
    return lambda x, state: scale * turned(x, angle) * [x_, -y_] + 300


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (stretched(x_=1.06), r"x is stretched by 6\.0 % against y: scales 13\.04 and 12\.30 px/mm"),
        (stretched(y_=1.06), r"y is stretched by 6\.0 % against x: scales 13\.04 and 12\.30 px/mm"),
        (stretched(x_=1.01), r"x is stretched by 1\.0 % against y: scales 12\.42 and 12\.30 px/mm"),
        (stretched(x_=1.06, angle=0.5), r"x is stretched by 6\.0 % against y: scales 13\.04 and 12\.30 px/mm"),
        (stretched(x_=16 / 9 / (4 / 3)), r"x is stretched by 33 % against y: scales 16\.40 and 12\.30 px/mm"),
        (
            lambda x, state: SCALE * x @ [[1.0, 0.0], [0.02, 1.0]],
            r"direction \(0\.71, 0\.70\) is stretched by 2\.0 %",
        ),
    ],
)
def test_a_scale_that_differs_by_direction_is_refused_with_both_scales(file, view: View, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_tracked(file(view), NETWORK, "px")


SKEW = np.array([[1e3, 50], [0, 900]])


@pytest.mark.parametrize("view", [stretched(x_=1.06), stretched(y_=1.3, angle=0.5), lambda x, s: x @ SKEW])
def test_scales_by_direction_are_fitted_on_request(file, view: View) -> None:
    """Displacements and gradient are then those of the lattice."""
    tracked = read_tracked(file(view), NETWORK, "px", fit=["anisotropic"])
    for state in LOADS:
        np.testing.assert_allclose(tracked.displacement(state)[0], FIELDS[state], atol=1e-12)
    np.testing.assert_allclose(tracked.gradient().value, product(), rtol=1e-6, atol=1e-15)
    assert tracked.residual < 1e-12
    assert "fitted" in tracked.camera


def test_the_gradient_under_a_stretch_that_is_allowed_is_wrong(file) -> None:
    """Why it is refused: 6 % of stretch cost more than 5 % of the gradient."""
    tracked = read_tracked(file(stretched(x_=1.06)), NETWORK, "px", allowed=Allowed(scale=0.07))
    error = np.linalg.norm(tracked.gradient().value - product()) / np.linalg.norm(product())
    assert error > 0.05


@pytest.mark.parametrize("unit", ["px", "mm"])
@pytest.mark.parametrize("seed", range(5))
def test_noise_of_a_camera_is_no_stretch_and_no_zoom(file, unit: str, seed: int) -> None:
    view = stretched(scale=SCALE if unit == "px" else 1e3)
    tracked = read_tracked(file(view, noise=20e-6, repeats=2, seed=seed), NETWORK, unit)
    assert 10e-6 < tracked.residual < 50e-6
    assert set(tracked.zooms) == set(LOADS)


@pytest.mark.parametrize("seed", range(5))
def test_one_percent_of_stretch_is_refused_in_noise(file, seed: int) -> None:
    with pytest.raises(ConfigError, match=r"x is stretched by .* ± 0\.0\d %|x is stretched by .* ± 0\.1 %"):
        read_tracked(file(stretched(x_=1.01), noise=20e-6, seed=seed), NETWORK, "px")


def test_errors_of_scales_are_those_of_many_cameras() -> None:
    """The standard error of the stretch against its scatter."""
    generator, noise = np.random.default_rng(0), 100e-6
    images = [
        seen(turned(NETWORK.nodes * [1.05, 1.0]) + generator.normal(0, noise, NETWORK.nodes.shape), NETWORK.nodes)
        for _ in range(400)
    ]
    stretches = np.array([image.stretch for image in images if image is not None])
    errors, noises = np.array([(image.stretch_error, image.noise) for image in images if image is not None]).T
    assert np.std(stretches) == pytest.approx(np.sqrt(np.mean(errors**2)), rel=0.1)
    assert np.sqrt(np.mean(noises**2)) == pytest.approx(noise, rel=0.03)


@pytest.mark.parametrize("scale", [1.01, 0.9, 1.2])
def test_a_wrong_scale_of_a_calibrated_camera_is_refused(file, scale: float) -> None:
    path = file(stretched(scale=1e3 * scale))
    with pytest.raises(ConfigError, match=rf"in mm the lattice at rest is {scale:#.4g} times as large as the network"):
        read_tracked(path, NETWORK, "mm")
    mean, _ = read_tracked(path, NETWORK, "px").displacement("forward")
    np.testing.assert_allclose(mean, FIELDS["forward"], atol=1e-12)
    read_tracked(path, NETWORK, "mm", allowed=Allowed(scale=0.25))


def test_a_rest_state_that_does_not_fit_is_refused(file) -> None:
    """Every node within a fifth of a bond from its place, and yet not the lattice that was tracked."""
    path = file(stretched(), departures=0.7e-3)
    with pytest.raises(ConfigError, match=r"nodes at rest are .* mm .root mean square. from .*node \d+ most"):
        read_tracked(path, NETWORK, "px")
    assert read_tracked(path, NETWORK, "px", allowed=Allowed(misfit=0.1, zoom=1.0)).residual > 0.5e-3


def zoomed(change: float, state: str = "forward", scale: float = SCALE) -> View:
    """A camera that comes nearer before one state, and is shifted and turned by 6° too."""
    return lambda x, s: scale * (turned((1 + change) * x, 0.1) + 0.01 if s == state else x)


@pytest.mark.parametrize("change", [0.005, -0.005, 0.002])
@pytest.mark.parametrize("unit", ["px", "mm"])
def test_a_change_of_zoom_is_seen_at_the_supports(file, change: float, unit: str) -> None:
    path = file(zoomed(change, scale=SCALE if unit == "px" else 1e3), noise=5e-6)
    where = "farther apart" if change > 0 else "nearer"
    with pytest.raises(ConfigError, match=f"state 'forward', repeat 0: supports are .* {where} than at .*1, 5"):
        read_tracked(path, NETWORK, unit)


@pytest.mark.parametrize("seed", range(4))
def test_half_a_percent_of_zoom_is_refused_in_noise(file, seed: int) -> None:
    with pytest.raises(ConfigError, match=r"state 'adjoint', repeat 0: supports are"):
        read_tracked(file(zoomed(0.005, "adjoint"), noise=20e-6, seed=seed), NETWORK, "px")


def test_a_zoom_is_taken_out_on_request(file) -> None:
    tracked = read_tracked(file(zoomed(0.02)), NETWORK, "px", fit=["zoom"], hold_supports=True)
    np.testing.assert_allclose(tracked.displacement("forward")[0], FIELDS["forward"], atol=1e-12)
    np.testing.assert_allclose(tracked.gradient().value, product(), rtol=1e-6, atol=1e-15)
    assert tracked.zooms["forward"][0] == pytest.approx(0.02)
    assert tracked.zooms["adjoint"][0] == pytest.approx(0.0, abs=1e-12)


def test_a_camera_that_turns_and_shifts_has_the_same_zoom(file) -> None:
    tracked = read_tracked(file(zoomed(0.0)), NETWORK, "px", hold_supports=True)
    np.testing.assert_allclose(tracked.displacement("forward")[0], FIELDS["forward"], atol=1e-12)
    assert not tracked.notes


def test_departures_of_the_lattice_are_no_noise_where_repeats_tell(file) -> None:
    """With one rest state a zoom may be noise and is noted; with three it is known."""
    view = zoomed(0.005)
    once = read_tracked(file(view, noise=2e-6, departures=100e-6), NETWORK, "px")
    assert any("state 'forward', repeat 0: supports are" in note and "It may be noise" in note for note in once.notes)
    with pytest.raises(ConfigError, match=r"state 'forward', repeat 0: supports are 0.50 ± 0.00"):
        read_tracked(file(view, noise=2e-6, departures=100e-6, repeats=3), NETWORK, "px")


def test_one_support_tells_no_zoom(file) -> None:
    fixed = NETWORK.fixed.copy()
    fixed[NETWORK.index(5)] = [False, True]
    network = Network(nodes=NETWORK.nodes, bonds=NETWORK.bonds, fixed=fixed, sections=NETWORK.sections)
    path = file(zoomed(0.005))
    assert any(
        "zoom changed between the states cannot be told" in note for note in read_tracked(path, network, "px").notes
    )
    with pytest.raises(ConfigError, match="1 nodes are held in all directions, and 2 are needed to fit the zoom"):
        read_tracked(path, network, "px", fit=["zoom"])


CUBE = cubic_with_diagonals(1, 1, 1, 10e-3)


def pulled(network: Network) -> dict[str, np.ndarray]:
    field = 1e-4 * np.sin(np.arange(float(network.nodes.size))).reshape(network.nodes.shape)
    return {"rest": 0 * network.nodes, "pulled": np.where(network.fixed, 0.0, field)}


def space(x: np.ndarray) -> np.ndarray:
    """Turned about all axes."""
    turn = np.linalg.qr(np.array([[0.9, 0.2, 0.1], [0.3, 0.8, 0.5], [0.1, 0.4, 0.7]]))[0]
    return np.asarray(x @ (turn * np.linalg.det(turn)).T)


def test_cameras_in_space(file) -> None:
    """Stereo whose depth is wrong, and one that comes nearer."""
    fields = pulled(CUBE)
    depth = file(lambda x, state: 1e3 * space(x) * [1, 1, 1.03], network=CUBE, fields=fields)
    with pytest.raises(ConfigError, match=r"z is stretched by 3\.0 % against"):
        read_tracked(depth, CUBE, "mm")
    tracked = read_tracked(depth, CUBE, "mm", fit=["anisotropic"])
    np.testing.assert_allclose(tracked.displacement("pulled")[0], fields["pulled"], atol=1e-12)
    nearer = file(lambda x, s: space(1e3 * x * (1.005 if s == "pulled" else 1)), network=CUBE, fields=fields)
    with pytest.raises(ConfigError, match=r"state 'pulled', repeat 0: supports are 0.50 % farther apart"):
        read_tracked(nearer, CUBE, "mm")


def test_a_plane_lattice_in_space_keeps_its_upper_side(file) -> None:
    """Its rest state does not say which side is up; a reflection of the frame is not made up."""
    nodes = np.column_stack([NETWORK.nodes, np.zeros(len(NETWORK.nodes))])
    for turn in Rotation.random(7, random_state=0).as_matrix():
        motion = fitted(nodes @ turn.T, nodes)
        np.testing.assert_allclose(motion(np.array([0.0, 0.0, 1.0]) @ turn.T), [0, 0, 1], atol=1e-12)
        image = seen(2 * nodes @ turn.T, nodes)
        assert image is not None
        np.testing.assert_allclose(image.scales, [2, 2])
        np.testing.assert_allclose(image.inverse(2 * np.array([0.0, 0.0, 1.0]) @ turn.T), [0, 0, 1], atol=1e-12)


def test_swapped_labels_are_named_before_a_stretch(file) -> None:
    path = file(stretched(x_=1.06))
    rows = pd.read_csv(path)
    rest = rows["state"] == "rest"
    rows.loc[rest, "node"] = rows.loc[rest, "node"].replace({7: 8, 8: 7})
    rows.to_csv(path, index=False)
    for fit in ([], ["anisotropic"]):
        with pytest.raises(ConfigError, match="nodes 7 and 8 look swapped"):
            read_tracked(path, NETWORK, "px", fit=fit)


def test_what_may_be_off_is_a_name_and_a_share() -> None:
    assert parsed_allowed(["scale=1%", "zoom = 0.2"]) == Allowed(scale=0.01, zoom=0.2)
    for text, message in (("skale=1%", "did you mean 'scale'"), ("zoom", "give a share"), ("misfit=-1", "give a share"),
                          ("misfit=nan", "give a share"), ("scale=7", "up to 1")):  # fmt: skip
        with pytest.raises(ConfigError, match=message):
            parsed_allowed([text])


def test_the_command_refuses_fits_and_allows(file, capfd: pytest.CaptureFixture[str]) -> None:
    path = str(file(stretched(x_=1.06)))
    endings = {}
    for options in (
        (),
        ("--fit", "anisotropic"),
        ("--allow", "scale=7%"),
        ("--fit", "aspect"),
    ):
        with pytest.raises(SystemExit) as end:
            main(["measured", path, "--unit", "px", *options])
        endings[options] = (end.value.code, *capfd.readouterr())
    assert [code for code, _, _ in endings.values()] == [2, 0, 0, 2]
    refused, fitted_, allowed, unknown = endings.values()
    assert "x is stretched by 6.0 % against y" in refused[2]
    assert refused[2].count("\n") == 1
    assert "13.038 px/mm along x and 12.300 along y, fitted" in fitted_[1]
    assert "two directions differ by 6" in allowed[1]
    assert "Nothing called 'aspect' is fitted" in unknown[2]
