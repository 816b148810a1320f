"""Solids in STL and STEP files, read back by others: closed, of the finite elements' volume, with all bonds."""

from dataclasses import replace
from pathlib import Path

import gmsh
import numpy as np
import pytest
import trimesh
from exported_networks import trained_widths
from small_networks import strip

from femnn.errors import ConfigError, MeshError
from femnn.exporting import cad, step, surface_files, surfaces
from femnn.geometry.strips import Shape, pad_radii
from femnn.meshing.solid_meshes import build_solid, session
from femnn.network import lattices
from femnn.network.network import Network

pytestmark = pytest.mark.serial

SHAPE = Shape(taper=2.0)
"""On which the widest neighbours in the printed lattice do not touch."""


def layered(network: Network) -> Network:
    """The network with bonds of several thicknesses."""
    thickness = np.linspace(1.5e-3, 2.5e-3, len(network.bonds))
    return replace(network, sections=replace(network.sections, thickness=thickness))


def corner() -> Network:
    """Three bonds in space that leave a node so near to each other that they overlap beside its ball."""
    nodes = 15e-3 * np.array([[0, 0, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1.0]])
    fixed = np.zeros(nodes.shape, dtype=bool)
    fixed[1:] = True
    return Network(nodes, [[0, 1], [0, 2], [3, 0]], fixed, name="corner")


SOLIDS = {
    "printed": (lambda: trained_widths(lattices.li2024()), SHAPE),
    "straight": (lambda: trained_widths(strip()), Shape(fillet_radius=0.3e-3)),
    "of several thicknesses": (lambda: layered(strip()), Shape()),
    "in space": (lambda: trained_widths(corner()), Shape()),
}


@pytest.fixture(params=SOLIDS, scope="module")
def files(request, tmp_path_factory):
    """A network and its shape, with the files of its solid."""
    make, shape = SOLIDS[request.param]
    network, folder = make(), tmp_path_factory.mktemp("solid")
    with cad.regions(network, shape) as solid:
        volume = solid.volume
        made = surfaces.surface(solid)
        surface_files.write_stl(made, folder / "solid.stl")
        surface_files.write_3mf(made, network.name, folder / "solid.3mf")
        written = step.write_step(solid, folder / "solid.step")
    assert sum(written.values()) == pytest.approx(volume, rel=1e-6)
    return network, shape, folder


def test_the_stl_is_closed_and_has_the_volume_of_the_finite_elements(files):
    network, shape, folder = files
    read = trimesh.load(folder / "solid.stl")
    assert read.is_watertight
    assert read.is_winding_consistent
    assert read.body_count == 1
    # Balls are coarse in the plane's size of cells
    cells = 4.0 if network.dimension == 3 else 2.0
    solid = build_solid(network, replace(shape, cells_across=cells), True)
    corners = solid.points[solid.cells]
    volume = np.linalg.det(corners[:, 1:] - corners[:, :1]).sum() / 6
    assert read.volume * 1e-9 == pytest.approx(volume, rel=5e-3)


def solids_in(path: Path) -> dict[str, int]:
    """Reads a STEP file into the current session: the volumes by their names."""
    gmsh.merge(str(path))
    tags = [tag for _, tag in gmsh.model.getEntities(3)]
    names = [gmsh.model.getEntityName(3, tag).split("/")[-1] for tag in tags]
    assert len(set(names)) == len(names)
    return dict(zip(names, tags, strict=True))


def cut_across(tag: int, at: np.ndarray, axis: np.ndarray) -> tuple[float, np.ndarray]:
    """Area and centre of what the plane through a point across an axis cuts out of a volume."""
    u = np.cross(axis, [0.3, 0.5, 0.8])
    v = np.cross(axis, u)
    corners = [gmsh.model.occ.addPoint(*(at + 20 * (a * u + b * v))) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    lines = [gmsh.model.occ.addLine(i, j) for i, j in zip(corners, corners[1:] + corners[:1], strict=True)]
    plane = gmsh.model.occ.addPlaneSurface([gmsh.model.occ.addCurveLoop(lines)])
    made, _ = gmsh.model.occ.intersect([(3, tag)], [(2, plane)], removeObject=False)
    ((_, surface),) = [entity for entity in made if entity[0] == 2]
    return gmsh.model.occ.getMass(2, surface), np.array(gmsh.model.occ.getCenterOfMass(2, surface))


def test_gmsh_reads_the_same_bonds_from_step(files):
    """A solid of its name for every bond and node; across its middle a bond is as wide and thick as it should."""
    network, shape, folder = files
    nodes = 1e3 * np.pad(network.nodes, ((0, 0), (0, 3 - network.dimension)))
    pads = 1e3 * pad_radii(network, shape)
    with session("read"):
        found = solids_in(folder / "solid.step")
        names = [f"bond {network.bond_name(bond)}".replace("–", "-") for bond in range(len(network.bonds))]
        assert sorted(found) == sorted([*names, *(f"node {label}" for label in network.labels)])
        for node, label in enumerate(network.labels):
            centre = np.array(gmsh.model.occ.getCenterOfMass(3, found[f"node {label}"]))
            assert np.linalg.norm(centre - nodes[node]) < pads[node], label
        for bond, name in enumerate(names):
            p, q = network.bonds[bond]
            length = 1e3 * network.lengths[bond]
            middle, axis = (nodes[p] + nodes[q]) / 2, (nodes[q] - nodes[p]) / length
            area, centre = cut_across(found[name], middle, axis)
            width, thickness = (1e3 * getattr(network.sections, field)[bond] for field in ("width", "thickness"))
            assert area == pytest.approx(width * thickness, rel=1e-6), name
            np.testing.assert_allclose(centre, middle, atol=1e-6, err_msg=name)
            # A bond lies between the regions of its nodes, and takes up most of the way
            volume = gmsh.model.occ.getMass(3, found[name])
            assert 0.6 * length < volume / area < length - 0.4 * (pads[p] + pads[q]), name


def test_one_solid_has_the_volume_of_all(tmp_path):
    network = trained_widths(lattices.li2024())
    with cad.regions(network, SHAPE) as solid:
        volume = solid.volume
    with cad.fused(network, SHAPE) as solid:
        written = step.write_step(solid, tmp_path / "one.step")
    assert written == {cad.SOLID: pytest.approx(volume, rel=1e-9)}
    with session("read"):
        assert list(solids_in(tmp_path / "one.step")) == [cad.SOLID]


@pytest.mark.parametrize("network", [corner(), layered(strip())], ids=["in space", "of several thicknesses"])
def test_what_cannot_be_one_solid_is_named(network):
    with (
        pytest.raises(ConfigError, match="only a planar network of one thickness can be one solid"),
        cad.fused(network, Shape()),
    ):
        pass


def test_a_surface_that_is_open_or_too_small_is_refused():
    with cad.regions(strip(), Shape()) as solid:
        made = surfaces.surface(solid)
        surfaces.check_surface(made, solid)
        with pytest.raises(MeshError, match="do not close"):
            surfaces.check_surface(replace(made, triangles=made.triangles[1:]), solid)
        turned = made.triangles.copy()
        turned[0] = turned[0, ::-1]
        with pytest.raises(MeshError, match="do not close"):
            surfaces.check_surface(replace(made, triangles=turned), solid)
        with pytest.raises(MeshError, match="of the surface hold"):
            surfaces.check_surface(replace(made, points=0.999 * made.points), solid)
        with pytest.raises(MeshError, match="of the surface hold"):
            surfaces.check_surface(replace(made, triangles=made.triangles[:, ::-1]), solid)


def test_a_step_file_that_holds_another_solid_is_found_out(tmp_path):
    with cad.regions(strip(), Shape()) as solid:
        written = step.write_step(solid, tmp_path / "solid.step")
        names = list(written)
        assert step.differing(tmp_path / "solid.step", written) == []
        fewer = {name: written[name] for name in names[1:]}
        assert step.differing(tmp_path / "solid.step", fewer) == names[1:]
        larger = written | {names[1]: 1.001 * written[names[1]]}
        assert step.differing(tmp_path / "solid.step", larger) == [names[1]]


def test_names_of_any_language_stand_in_step(tmp_path):
    """They are given by numbers, for STEP files are of plain letters."""
    name = "Größe 'ä'"
    with cad.regions(replace(strip(), name=name), Shape()) as solid:
        step.write_step(solid, tmp_path / "solid.step")
    text = (tmp_path / "solid.step").read_text(encoding="ascii")
    assert "PRODUCT('Gr\\X4\\000000F6\\X0\\" in text
    with session("read"):
        gmsh.merge(str(tmp_path / "solid.step"))
        assert name in gmsh.model.getEntityName(*gmsh.model.getEntities(3)[0])
