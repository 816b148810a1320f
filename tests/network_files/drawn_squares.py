"""Drawings as users make them, and the networks that they are read as."""

from pathlib import Path

import ezdxf
from ezdxf.document import Drawing

from femnn.network.network import Network
from femnn.network_files.specification import load_network

CORNERS = [(0, 0), (20, 0), (45, 20), (0, 20)]
"""No mirror image of it is itself."""
SUPPORTS = '[[supports]]\ngroup = "clamp"\n'


def square(layer: str = "0") -> Drawing:
    """A braced quadrilateral of lines whose lower nodes are marked, 1 and 2 by their labels."""
    drawing = ezdxf.new("R2010", units=4)
    for p, q in [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]:
        drawing.modelspace().add_line(CORNERS[p], CORNERS[q], dxfattribs={"layer": layer})
    drawing.modelspace().add_point((0, 0), dxfattribs={"layer": "clamp"})
    drawing.modelspace().add_circle((20, 0), 3, dxfattribs={"layer": "clamp"})
    return drawing


def loaded(folder: Path, drawing: Drawing, supports: str = SUPPORTS, more: str = "") -> Network:
    drawing.saveas(folder / "square.dxf")
    (folder / "square.toml").write_text(f'file = "square.dxf"\n{more}{supports}')
    return load_network(str(folder / "square.toml"))
