"""The lattice shows its stiffness as width and colour, what is pushed, what answers and what is cut."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.text import Text

from femnn.errors import ConfigError, NetworkError
from femnn.network import lattices
from femnn.network.port import Port
from femnn.report.lattice_marks import LatticeStiffness
from femnn.report.plots import drawing
from femnn.report.port_marks import ANSWERS, PUSHED
from femnn.report.printed import printed
from femnn.report.stiffness_figures import AFTER, BEFORE, stiffness_figure
from femnn.report.trained_lattice import CUT, THICK, THIN, trained_lattice

pytestmark = pytest.mark.serial

DOWN, RIGHT = (0.0, -1.0), (1.0, 0.0)
INPUTS = {"sepal length": Port(10, DOWN), "petal length": Port(13, DOWN), "petal width": Port(14, RIGHT)}
OUTPUTS = {"setosa": Port(8, RIGHT), "versicolor": Port(2, RIGHT), "virginica": Port(3, RIGHT)}
KEY = {"→ pushed", "↔ answers", "▲ held"}


@pytest.fixture
def network():
    return lattices.li2024()


@pytest.fixture
def axes():
    return drawing(1, 1, 6, 4)[1][0, 0]


def drawn(axes, network, values, bounds=None, **more):
    return trained_lattice(LatticeStiffness(network=network, values=values, bounds=bounds, **more), axes)


def texts(axes):
    return {text.get_text() for text in axes.texts if text.get_text()}


def arrows(axes, colour):
    """From tail to tip, in the coordinates of the data."""
    return [np.subtract(t.xy, t.xyann) for t in axes.texts if not t.get_text() and t.arrowprops["color"] == colour]


def test_width_and_colour_rise_with_the_stiffness(axes, network):
    lower, upper = network.stiffness_bounds
    k = np.linspace(lower[0], upper[0], 28)
    lines = drawn(axes, network, k, (lower, upper))
    widths = np.array(lines.get_linewidths())
    np.testing.assert_allclose(widths, np.linspace(THIN, THICK, 28))
    lines.update_scalarmappable()
    lightness = lines.get_colors()[:, :3] @ [0.299, 0.587, 0.114]
    assert (np.diff(lightness) < 0).all()
    assert lines.norm.vmin == lower[0]
    assert lines.norm.vmax == upper[0]


def test_stiffness_outside_the_bounds_is_drawn_as_the_bound(axes, network):
    lines = drawn(axes, network, np.full(28, 1e6), (1.0, 2.0))
    np.testing.assert_allclose(lines.get_linewidths(), THICK)
    assert len(axes.figure.axes) == 1


def test_ports_are_named_and_point_along_their_directions(axes, network):
    drawn(axes, network, network.stiffness, inputs=INPUTS, outputs=OUTPUTS)
    assert texts(axes) == set(INPUTS) | set(OUTPUTS) | KEY
    directions = [step / np.linalg.norm(step) for step in arrows(axes, PUSHED)]
    np.testing.assert_allclose(directions, [port.direction for port in INPUTS.values()], atol=1e-12)
    directions = [step / np.linalg.norm(step) for step in arrows(axes, ANSWERS)]
    np.testing.assert_allclose(directions, [port.direction for port in OUTPUTS.values()], atol=1e-12)


def twice(network, after, inputs, removed):
    stiffness = {BEFORE: network.stiffness, AFTER: after}
    return printed(stiffness_figure("lattice", "", "", network, stiffness, inputs, OUTPUTS, {AFTER: removed}))


CROWDED = {"1": Port(13, DOWN), "2": Port(14, RIGHT), "3": Port(11, DOWN)}


@pytest.mark.parametrize("inputs", [INPUTS, CROWDED])
def test_texts_do_not_overlap_and_are_not_cut_off(network, inputs):
    """Names of the second set go below the axes."""
    figure = twice(network, network.stiffness, inputs, [0])
    figure.draw_without_rendering()
    # The extent of an annotation holds its arrow too
    boxes = [Text.get_window_extent(text) for axes in figure.axes for text in axes.texts if text.get_text()]
    assert len(boxes) == 2 * (len(inputs) + len(OUTPUTS) + len(KEY)) + 1
    boxes += [axes._left_title.get_window_extent() for axes in figure.axes]
    assert all((figure.bbox.min <= box.min).all() and (box.max <= figure.bbox.max).all() for box in boxes)
    assert sum(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i]) == 0


def test_without_ports_only_supports_are_told(axes, network):
    drawn(axes, network, network.stiffness)
    assert texts(axes) == {"▲ held"}
    triangles = [line for line in axes.lines if line.get_marker() == "^"]
    assert len(triangles[0].get_xdata()) == 2


def test_removed_bonds_are_dashed_and_not_drawn_as_stiff(axes, network):
    missing = (1, 14)
    p, q = network.labels[network.bonds[5]].tolist()
    lines = drawn(axes, network, network.stiffness, removed=[0, (q, p), missing])
    assert len(lines.get_segments()) == 26
    dashed = [c for c in axes.collections if isinstance(c, LineCollection) and c is not lines]
    assert [len(c.get_segments()) for c in dashed] == [3]
    assert dashed[0].get_linestyle()[0][1] is not None
    assert "╌ cut" in texts(axes)
    assert {t.get_color() for t in axes.texts if t.get_text() == "╌ cut"} == {CUT}


def test_before_and_after_share_one_scale(network):
    figure = twice(network, 1.1 * network.stiffness, INPUTS, [2])
    assert len(figure.axes) == 3
    first, second = figure.axes[:2]
    assert [ax.get_title(loc="left") for ax in (first, second)] == ["before training", "after training"]
    assert "╌ cut" in texts(second) - texts(first)
    before, after = (next(c for c in ax.collections if c.get_array() is not None) for ax in (first, second))
    assert (before.norm.vmin, before.norm.vmax) == (after.norm.vmin, after.norm.vmax)
    assert before.get_linewidths()[0] < after.get_linewidths()[0]


def test_lattices_in_3d_are_drawn(axes):
    network = lattices.cubic_with_diagonals(1, 1, 1, 0.01)
    drawn(axes, network, network.stiffness, inputs=network.inputs, outputs=network.outputs)
    assert texts(axes) == {"load", "response"} | KEY


@pytest.mark.parametrize("k", [np.ones(27), np.ones((1, 28)), np.full(28, np.nan)])
def test_stiffness_that_does_not_fit_is_refused(axes, network, k):
    with pytest.raises(NetworkError, match="li2024: the stiffness to draw must be 28 finite numbers"):
        drawn(axes, network, k, (1.0, 2.0))


def test_bad_arguments_are_refused(axes, network):
    k, bounds = network.stiffness, network.stiffness_bounds
    with pytest.raises(ConfigError, match="no scale of stiffness goes from 2 to 1"):
        drawn(axes, network, k, (2.0, 1.0))
    with pytest.raises(NetworkError, match="there is no bond 28"):
        drawn(axes, network, k, bounds, removed=[28])
    with pytest.raises(NetworkError, match="there is no node 99"):
        drawn(axes, network, k, bounds, removed=[(1, 99)])
    with pytest.raises(NetworkError, match="there is no node 99"):
        drawn(axes, network, k, bounds, inputs={"load": Port(99, DOWN)})
