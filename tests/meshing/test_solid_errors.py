"""What cannot be built is named in one line, before Gmsh fails at it or when it does, and Gmsh is left as it was."""

from dataclasses import replace

import gmsh
import numpy as np
import pytest
from printed import STRAIGHT, THIN, bar, frame

from femnn.errors import ConfigError, MeshError
from femnn.geometry.strips import Shape
from femnn.meshing.solid_meshes import build_solid
from femnn.network import lattices

pytestmark = pytest.mark.serial
WIDE = replace(STRAIGHT, width=np.array(10e-3), width_upper=np.array(10e-3))
OCTET = lattices.octet(1, 1, 1, 16e-3 * np.sqrt(2))

BAD = {
    "crossing": (
        frame([[0, 0], [1, 1], [1, 0], [0, 1]], [[0, 1], [1, 2], [2, 3]]),
        Shape(),
        "bond 1–2 and bond 3–4 lie over each other",
    ),
    "through a node": (
        frame([[0, 0], [1, 0], [2, 0], [1, 1]], [[0, 2], [2, 3], [3, 1]], width=1e-3),
        Shape(pad_radius=0.5e-3),
        "bond 1–3 and node 2 lie over each other",
    ),
    "along another": (
        frame([[0, 0], [1, 0], [2, 0]], [[0, 1], [0, 2]]),
        Shape(),
        "bond 1–2 and bond 1–3 lie over each other",
    ),
    "pads of neighbours": (bar(), Shape(pad_radius=9e-3), "leaves nothing of bond 1–2"),
    "pads of others": (
        frame([[0, 0], [1, 0], [1, 1], [0, 0.2]], [[0, 1], [1, 2], [2, 3]], width=1e-3),
        Shape(pad_radius=1.65e-3),
        "node 1 and node 4 lie over each other",
    ),
    "pad over a bond": (
        frame([[0, 0], [1, 0], [1, 0.5], [0.5, 0.1]], [[0, 1], [1, 2], [2, 3]], width=1e-3),
        Shape(pad_radius=1.5e-3),
        "bond 1–2 and node 4 lie over each other",
    ),
    "wide": (lattices.li2024(WIDE), Shape(), "width 0.01 m leaves nothing of bond 1–2 (length 0.016 m)"),
    "acute": (
        frame([[0, 0], [1, 0], [np.cos(0.128), np.sin(0.128)]], [[0, 1], [0, 2]]),
        Shape(),
        "leaves nothing of bond 1–2",
    ),
    "all but parallel": (
        frame([[0, 0], [1, 0], [np.cos(0.02), np.sin(0.02)]], [[0, 1], [0, 2]]),
        Shape(),
        "bond 1–2 and bond 1–3 lie over each other",
    ),
    "touching bars": (
        frame([[0, 0], [1, 0], [np.cos(0.9), np.sin(0.9)]], [[0, 1], [0, 2]], THIN),
        Shape(),
        "bond 1–2 and bond 1–3 lie over each other",
    ),
    "pads smaller than bonds": (
        bar(),
        Shape(pad_radius=0.9e-3),
        "stick out of the pad of node 1; make pad_radius at least 0.001 m",
    ),
    "long taper": (bar(THIN), Shape(taper=7), "the taper of bond 1–2 is longer than there is room for"),
    "fillets in space": (OCTET, Shape(fillet_radius=1e-4), "fillets are for planar networks"),
    "touching in space": (
        frame([[0, 0, 0], [1, 0, 0], [0.5, 1, 0], [0.5, 0, 0.05]], [[0, 1], [1, 2], [2, 3]]),
        Shape(),
        "lie over each other",
    ),
    "balls of neighbours": (frame([[0, 0, 0], [1, 0, 0]], [[0, 1]]), Shape(pad_radius=9e-3), "leaves nothing"),
    "small balls": (
        frame([[0, 0, 0], [1, 0, 0]], [[0, 1]]),
        Shape(pad_radius=1.2e-3),
        "stick out of the pad of node 1",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_built_is_named_in_one_line(name, capfd):
    """The message names what is in the way; Gmsh is left as it was, says nothing, and builds the next solid."""
    network, shape, message = BAD[name]
    with pytest.raises(MeshError) as caught:
        build_solid(network, shape, network.dimension == 3)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{network.name}: ")
    assert "\n" not in str(caught.value)
    assert not gmsh.isInitialized()
    assert len(build_solid(bar(), Shape(), False).cells) > 10
    assert capfd.readouterr() == ("", "")


def test_a_network_in_space_is_not_meshed_in_the_plane():
    with pytest.raises(MeshError, match="a network in space cannot be meshed in the plane; use continuum-3d"):
        build_solid(OCTET, Shape(), False)


def test_errors_of_gmsh_are_named(monkeypatch):
    """Gmsh raises plain Exception, of more than one line; it is finalised after that."""

    def fail(dimension):
        raise Exception("Invalid boundary mesh\n(overlapping facets)")

    monkeypatch.setattr(gmsh.model.mesh, "generate", fail)
    with pytest.raises(MeshError) as caught:
        build_solid(bar(), Shape(), False)
    assert str(caught.value) == "frame: Gmsh cannot mesh the solid: Invalid boundary mesh (overlapping facets)."
    assert not gmsh.isInitialized()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pad_radius", -1e-3),
        ("pad_radius", 0.0),
        ("fillet_radius", -1e-3),
        ("fillet_radius", np.nan),
        ("taper", -1.0),
        ("cells_across", 0.0),
        ("layers", 0),
        ("layers", 1.5),
    ],
)
def test_a_shape_checks_its_values(name, value):
    with pytest.raises(ConfigError, match=f"shape: {name} is {value}( m)?, must be"):
        Shape(**{name: value})
