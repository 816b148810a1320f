"""Figures on paper: every mark is drawn, names stand where curves end, and what cannot be read is refused."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as Drawing
from matplotlib.quiver import Quiver
from matplotlib.text import Annotation

from femnn.network import lattices
from femnn.network.port import Port
from femnn.report import lattice_marks, marks
from femnn.report.colours import INK
from femnn.report.figure import Axis, Figure, Panel, grid
from femnn.report.lattice_marks import Cells, DeformedShape, LatticeField, LatticeStiffness
from femnn.report.marks import (
    Area,
    Arrow,
    Band,
    Bars,
    Blank,
    Confusion,
    Curve,
    Dots,
    Label,
    Mark,
    Reference,
    Segments,
)
from femnn.report.printed import printed
from femnn.report.trained_lattice import FLOPPY, MUST_STAY

pytestmark = pytest.mark.serial

NETWORK = lattices.li2024()
BONDS, NODES = len(NETWORK.bonds), len(NETWORK.nodes)
FORCE = NETWORK.point_force(13, (0, -0.05))
X = np.array([1.0, 2.0, 3.0])

MARKS: dict[str, Mark] = {
    "curve": Curve(x=X, y=[1.0, np.nan, 3.0], name="a curve", dashes="--", marker="o"),
    "dots": Dots(x=X, y=X, name="dots", hollow=True),
    "dots with errors": Dots(x=X, y=X, x_errors=0.1 * X, y_errors=0.2 * X, outlined=True, edge=0.5),
    "bars": Bars(places=X, values=X, errors=0.1 * X, name="bars"),
    "lying bars": Bars(places=X, values=X, start=0.5 * X, lying=True, colours=["#ff0000", "#00ff00", "#0000ff"]),
    "area": Area(x=X, low=X - 1, high=X + 1, opacity=0.2),
    "band": Band(low=1, high=2, along="y", opacity=0.2),
    "reference": Reference(at=2.0, text="published", text_side="below", text_from="center"),
    "upright reference": Reference(at=2.0, along="x", text="limit", text_side="on"),
    "segments": Segments(starts=[(1, 1), (np.nan, 2)], ends=[(2, 2), (3, 3)]),
    "label": Label(text="here", x=0.5, y=2.0, in_panel="x", bold=True, turned=True, boxed=True),
    "arrow": Arrow(start=(1, 1), end=(2, 2)),
    "confusion": Confusion(counts=[[5, 1], [0, 4]], classes=["a", "b"]),
    "blank": Blank(),
    "field": LatticeField(network=NETWORK, values=np.linspace(-1, 1, BONDS), forces=FORCE, label="k",
                          displacements=np.full((NODES, 2), 1e-3), magnification=2.0),
    "network": LatticeField(network=NETWORK),
    "shape of lines": DeformedShape(network=NETWORK, rest=NETWORK.nodes[NETWORK.bonds], values=np.full(BONDS, np.nan),
                                    moved=np.full((BONDS, 2, 2), 1e-3)),
    "shape of triangles": DeformedShape(network=NETWORK, rest=1e-2 * np.array([[[0, 0], [1, 0], [0, 1.0]]]),
                                        moved=np.zeros((1, 3, 2)), values=np.ones(1), forces=FORCE, label="strain"),
    "cells": Cells(corners=np.array([[[1, 1], [3, 1], [2, 3.0]], [[2, 3], [3, 1], [4, 3.0]]]), values=np.arange(2.0),
                   label="displacement"),
    "stiffness": LatticeStiffness(network=NETWORK, values=NETWORK.stiffness, label="k (N/m)"),
}  # fmt: skip
"""Each kind of mark, with all that changes how it is drawn."""


def figure(*panels: Panel, **how: object) -> Figure:
    return Figure("name", "title", "caption", [list(panels)], (4.0 * len(panels), 3.0), **how)  # type: ignore[arg-type]


def drawn(*given: Mark, **panel: object) -> Axes:
    """The axes of a figure of one panel, as they come to paper."""
    drawing = printed(figure(Panel(given, **panel)))  # type: ignore[arg-type]
    drawing.draw_without_rendering()
    return drawing.axes[0]


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts if text.get_text()]


def picture(*given: Mark, **panel: object) -> bytes:
    drawing = printed(figure(Panel(given, **panel)))  # type: ignore[arg-type]
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(drawing)
    canvas.draw()
    return bytes(canvas.buffer_rgba())


def test_every_kind_of_mark_is_tried() -> None:
    kinds = {
        kind
        for module in (marks, lattice_marks)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Mark) and kind is not Mark
    }
    assert {type(mark) for mark in MARKS.values()} == kinds


@pytest.mark.parametrize("name", MARKS)
def test_every_mark_is_drawn(name: str) -> None:
    """It leaves something on the paper that an empty panel has not; an empty one leaves less."""
    axes = Axis(limits=(0, 4))
    assert picture(MARKS[name], x=axes, y=axes) != picture(x=axes, y=axes)


def test_all_marks_come_into_one_figure() -> None:
    panels = [Panel([mark], name) for name, mark in MARKS.items()]
    whole = Figure(
        "all", "All", "Every mark.", grid(panels, 5), (20, 16), [MARKS["curve"], MARKS["dots"], MARKS["bars"]]
    )
    assert not whole.too_large
    drawing = printed(whole)
    titles = {axes.get_title(loc="left") for axes in drawing.axes}
    assert {name for name, mark in MARKS.items() if not isinstance(mark, Blank)} <= titles
    assert [text.get_text() for text in drawing.legends[0].get_texts()] == ["a curve", "dots", "bars"]


class Unknown(Mark):
    """A mark that nobody draws."""


def test_a_mark_that_nobody_draws_is_named() -> None:
    with pytest.raises(TypeError, match="no way to draw Unknown"):
        printed(figure(Panel([Unknown()])))


def test_a_figure_without_panels_is_refused() -> None:
    with pytest.raises(ValueError, match="'name' has no panel"):
        Figure("name", "", "", [[]], (1, 1))


LARGE = {
    "bars": (Bars(places=np.arange(601.0), values=np.ones(601)), "601 bars are more than the 600"),
    "points": (Curve(x=np.arange(200_001.0), y=np.ones(200_001)), "200001 points are more than the 200000"),
    "cells": (Confusion(counts=np.ones((31, 31)), classes=[*map(str, range(31))]), "961 cells are more than the 900"),
    "bonds": (LatticeField(network=lattices.triangular(50, 40, 1e-2)), " bonds are more than the 5000"),
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_what_cannot_be_read_says_why(name: str) -> None:
    """Whatever panel it is in."""
    mark, message = LARGE[name]
    large = figure(Panel([Curve(x=X, y=X)]), Panel([Reference(), mark]))
    assert large.too_large.startswith("Figure name is left out: ")
    assert message in large.too_large
    assert not figure(Panel([Curve(x=X, y=X)])).too_large


def leaders(axes: Axes) -> np.ndarray:
    """Where the lines from curves to their names begin, as shares of the panel."""
    (found,) = [each for each in axes.collections if isinstance(each, LineCollection)]
    return np.array([line[0] for line in found.get_segments()])


def places(axes: Axes, points: Sequence[tuple[float, float]]) -> np.ndarray:
    return np.asarray(axes.transAxes.inverted().transform(axes.transData.transform(points)))


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_names_follow_limits_that_panels_share(scale: str) -> None:
    """The second panel sets the scale of both, and the names of the first stand where its curves end on that."""
    y = Axis("error", scale)  # type: ignore[arg-type]
    small = Panel([Curve(x=X, y=0.1 * X, name="small", colour="#ff0000"), Curve(x=X, y=X)], y=y, legend="ends")
    large = Panel([Curve(x=X, y=[10.0, 50, np.nan], name="large")], y=y, legend="ends")
    drawing = printed(figure(small, large, share_y=True))
    drawing.draw_without_rendering()
    first, second = drawing.axes
    assert first.get_ylim() == second.get_ylim()
    np.testing.assert_allclose(leaders(first), places(first, [(3.0, 0.3)]), atol=1e-9)
    # The last value that can be drawn
    np.testing.assert_allclose(leaders(second), places(second, [(2.0, 50.0)]), atol=1e-9)
    assert (texts(first), texts(second)) == (["small"], ["large"])
    assert to_hex(first.texts[0].get_color()) == "#ff0000"


def test_limits_ticks_and_labels_are_those_of_the_axes() -> None:
    x = Axis("number", limits=(0, None), ticks=[(1, "one"), (3, "three")], vertical_ticks=True, grid=True)
    axes = drawn(Curve(x=X, y=X), x=x, y=Axis("error (%)", limits=(-1, 5), downwards=True), square=True, title="Errors")
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title(loc="left")) == ("number", "error (%)", "Errors")
    assert axes.get_xlim()[0] == 0
    assert axes.get_ylim() == (5, -1)
    assert [(t.get_text(), t.get_rotation()) for t in axes.get_xticklabels()] == [("one", 90), ("three", 90)]
    assert axes.get_aspect() == 1


def test_a_legend_has_marks_with_names_alone() -> None:
    axes = drawn(Curve(x=X, y=X, name="a"), Curve(x=X, y=X), Bars(places=X, values=X, name="b"), legend="upper left",
                 legend_title="kinds")  # fmt: skip
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]
    assert legend.get_title().get_text() == "kinds"


def test_bars_begin_where_they_are_said_to() -> None:
    axes = drawn(MARKS["lying bars"])
    (bars,) = [each for each in axes.collections if isinstance(each, PolyCollection)]
    corners = [path.vertices for path in bars.get_paths()]
    assert [(c[:, 0].min(), c[:, 0].max()) for c in corners] == [(0.5, 1.5), (1.0, 3.0), (1.5, 4.5)]
    assert [to_hex(colour) for colour in bars.get_facecolor()] == ["#ff0000", "#00ff00", "#0000ff"]


def test_pieces_of_line_with_a_gap_are_not_drawn() -> None:
    (pieces,) = [each for each in drawn(MARKS["segments"]).collections if isinstance(each, LineCollection)]
    assert [piece.tolist() for piece in pieces.get_segments()] == [[[1, 1], [2, 2]]]


def test_layers_are_as_they_are_asked_for() -> None:
    """A curve is above a reference line unless it is told to be behind."""
    axes = drawn(Curve(x=X, y=X), Reference(at=1.0), Curve(x=X, y=X, layer=-1))
    assert [line.get_zorder() for line in axes.lines] == [2, 1, -1]


def test_rows_of_their_own_heights_have_as_many_panels_as_they_need() -> None:
    panels = [[Panel([Curve(x=X, y=X)])], [Panel([Curve(x=X, y=X)]), Panel([Blank()]), Panel([Curve(x=X, y=X)])]]
    drawing: Drawing = printed(Figure("rows", "", "", panels, (8, 6), heights=[2, 1]))
    drawing.draw_without_rendering()
    assert [len(part.axes) for part in drawing.subfigs] == [1, 3]
    wide, narrow = drawing.axes[0].get_window_extent(), drawing.axes[1].get_window_extent()
    assert wide.width > 2 * narrow.width


# Lattices


def lattice(**how: object) -> Axes:
    return drawn(dataclasses.replace(MARKS["stiffness"], **{"label": "", **how}))  # type: ignore[arg-type]


def dashed(axes: Axes) -> list[tuple[str, int]]:
    """Colour and number of dashed lines."""
    found = [each for each in axes.collections if isinstance(each, LineCollection)]
    return [(to_hex(each.get_color()[0]), len(each.get_segments())) for each in found if each.get_linestyle()[0][1]]


def test_bonds_that_must_stay_are_dashed_in_red() -> None:
    """They are not drawn by their stiffness, and the key says what they are."""
    axes = lattice(must_stay=[3, 5])
    assert dashed(axes) == [(MUST_STAY, 2)]
    coloured = next(each for each in axes.collections if each.get_array() is not None)
    assert len(coloured.get_array()) == BONDS - 2
    assert "╌ must stay" in texts(axes)
    assert "╌ must stay" not in texts(lattice())


def test_bonds_that_are_cut_are_dashed() -> None:
    axes = lattice(removed=[0, tuple(NETWORK.labels[NETWORK.bonds[1]].tolist())])
    assert [count for _, count in dashed(axes)] == [2]
    assert "╌ cut" in texts(axes)


def test_texts_stand_in_the_middle_of_bonds() -> None:
    """That of the bond which was removed last is red, as the bond is."""
    axes = lattice(bond_texts={2: "1", 7: "2"}, last=7)
    written = {text.get_text(): text for text in axes.texts if isinstance(text, Annotation)}
    for bond, text in ((2, "1"), (7, "2")):
        middle = 1e3 * NETWORK.nodes[NETWORK.bonds[bond]].mean(axis=0)
        np.testing.assert_allclose(written[text].xy, middle)
    assert [to_hex(written[text].get_color()) for text in "12"] == [INK, MUST_STAY]
    (red,) = [line for line in axes.lines if to_hex(line.get_color()) == MUST_STAY]
    np.testing.assert_allclose(np.asarray(red.get_xydata()), 1e3 * NETWORK.nodes[NETWORK.bonds[7]])


def test_modes_are_arrows_at_the_nodes_that_move() -> None:
    """All modes at one length, whatever their size."""
    mode = np.zeros((NODES, 2))
    mode[4], mode[9] = (1e-6, 0), (0, -5e-7)
    arrows = [each for each in lattice(modes=[mode, 1e9 * mode]).collections if isinstance(each, Quiver)]
    assert [(each.N, to_hex(each.get_facecolor()[0])) for each in arrows] == [(2, FLOPPY)] * 2
    np.testing.assert_allclose(arrows[0].U, arrows[1].U)
    np.testing.assert_allclose(arrows[0].V, [0, -0.5 * arrows[0].U[0]])
    np.testing.assert_allclose(arrows[0].XY, 1e3 * NETWORK.nodes[[4, 9]])


def test_ports_are_named() -> None:
    axes = lattice(inputs={"petal": Port(13, (0.0, -1.0))}, outputs={"setosa": Port(2, (1.0, 0.0))})
    assert {"petal", "setosa", "→ pushed", "↔ answers"} <= set(texts(axes))


@pytest.mark.parametrize("shared", [False, True])
def test_lattices_have_a_scale_each_or_one_together(shared: bool) -> None:
    """One scale needs one pair of bounds, and stands beside the last."""
    one = LatticeStiffness(network=NETWORK, values=NETWORK.stiffness, label="" if shared else "k (N/m)")
    drawing = printed(figure(Panel([one], "first"), Panel([one], "second"), shared_scale="k (N/m)" if shared else ""))
    drawing.draw_without_rendering()
    scales = [axes for axes in drawing.axes if axes.get_ylabel() == "k (N/m)"]
    assert len(scales) == (1 if shared else 2)
    right = scales[-1].get_window_extent().x0
    assert all(axes.get_window_extent().x1 <= right for axes in drawing.axes if axes.get_title(loc="left"))
