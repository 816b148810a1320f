"""Names from files in figures and pages: neither formulas nor markup."""

from dataclasses import replace

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from femnn.network.lattices import li2024
from femnn.report.figure import Axis, Figure, Panel
from femnn.report.literal_texts import literal, with_literal_texts
from femnn.report.marks import Confusion, Curve, Label, Reference
from femnn.report.printed import printed

pytestmark = pytest.mark.serial

HOSTILE = r"$\frac{a}$ <b>$x_$"
"""What matplotlib would try to set as a formula, and cannot."""


def figure(text: str) -> Figure:
    """A figure with a text in every place that takes one."""
    curve = Curve(x=[0, 1, 2], y=[1, 2, 3], name=text)
    marks = [curve, Label(text=text, x=1, y=1), Reference(at=1.5, text=text)]
    axis = Axis(text, ticks=[(0, text), (1, "b")])
    ends = Panel(marks, text, x=axis, y=axis, legend="ends")
    confusion = Panel([Confusion(counts=[[3, 1], [0, 2]], classes=[text, "other"])], text)
    return Figure("name", text, text, [[ends, replace(ends, legend="best", legend_title=text)], [confusion]], (8, 6))


def shown(text: str) -> list[str]:
    from matplotlib.text import Text

    drawn = printed(figure(text))
    FigureCanvasAgg(drawn).draw()
    return [each.get_text() for each in drawn.findobj(Text) if each.get_text() != "other"]


def test_texts_between_dollars_are_drawn_as_they_stand() -> None:
    """As often as another text of the figure, escaped for matplotlib."""
    assert shown(HOSTILE).count(literal(HOSTILE)) == shown("plain").count("plain") >= 9


def test_literal_texts_are_literal_once() -> None:
    assert literal(literal("a $5")) == literal("a $5") == r"a \$5"
    plain = figure("plain")
    assert with_literal_texts(plain) is plain
    network = li2024()
    assert with_literal_texts([network, "$a$"]) == [network, r"\$a\$"]
