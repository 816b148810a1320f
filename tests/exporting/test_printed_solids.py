"""Solids in STL and STEP files, read back by others: closed, of the finite elements' volume, with all bonds."""

import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

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


def struts(degrees: float) -> Network:
    """Three struts from node 1, two of which are so near to each other that they overlap far beyond its ball."""
    a = np.radians(degrees)
    nodes = 40e-3 * np.array([[0, 0, 0], [1, 0, 0], [np.cos(a), np.sin(a), 0], [0.5, 0.2, 0.6]])
    fixed = np.zeros(nodes.shape, dtype=bool)
    fixed[:3] = True
    return Network(nodes, [[0, 1], [0, 2], [0, 3], [1, 3], [2, 3]], fixed, name="acute")


def star(count: int) -> Network:
    """Struts from node 1 in that many directions, evenly spread."""
    height = 1 - (2 * np.arange(count) + 1) / count
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    ring = np.sqrt(1 - height**2)
    ends = 25e-3 * np.column_stack([ring * np.cos(turn), ring * np.sin(turn), height])
    fixed = np.ones((count + 1, 3), dtype=bool)
    fixed[0] = False
    return Network(np.vstack([np.zeros(3), ends]), [[0, i + 1] for i in range(count)], fixed, name="star")


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


def test_the_3mf_is_the_same_surface_in_millimetres(files):
    """It says its unit, names the network, and stands on the plate."""
    network, _, folder = files
    with zipfile.ZipFile(folder / "solid.3mf") as archive:
        model = ElementTree.fromstring(archive.read("3D/3dmodel.model"))
        assert archive.read("_rels/.rels").count(b"/3D/3dmodel.model") == 1
        assert b'Extension="model"' in archive.read("[Content_Types].xml")
    assert model.get("unit") == "millimeter"
    assert model.find(".//{*}object").get("name") == network.name
    points = np.array([[float(v.get(axis)) for axis in "xyz"] for v in model.findall(".//{*}vertex")])
    corners = np.array([[int(t.get(v)) for v in ("v1", "v2", "v3")] for t in model.findall(".//{*}triangle")])
    made, stl = trimesh.Trimesh(points, corners), trimesh.load(folder / "solid.stl")
    assert made.is_watertight
    assert made.volume == pytest.approx(stl.volume, rel=1e-6)
    moved = [float(x) for x in model.find(".//{*}item").get("transform").split()][9:]
    np.testing.assert_allclose(made.bounds[0] + moved, 0, atol=1e-5)


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


@pytest.mark.parametrize("network", [struts(9), struts(13), star(14), star(18)], ids=["9°", "13°", "14", "18"])
def test_struts_at_acute_angles_or_in_numbers_are_read_back_whole(tmp_path, network):
    """Pieces that OpenCASCADE cannot unite are solids of their own, so that all of them fill the volume."""
    with cad.regions(network, Shape()) as solid:
        volume = solid.volume
        written = step.write_step(solid, tmp_path / "solid.step")
    assert sum(written.values()) == pytest.approx(volume, rel=1e-6)
    with session("read"):
        found = solids_in(tmp_path / "solid.step")
        assert sorted(found) == sorted(written)
        assert min(gmsh.model.occ.getMass(3, tag) for tag in found.values()) > 0
    names = {name.partition(",")[0] for name in found}
    assert len(names) == len(network.nodes) + len(network.bonds)


def test_a_step_file_that_would_be_wrong_is_not_left_behind(tmp_path, monkeypatch):
    """The refusal names a solid and pad_radius."""
    monkeypatch.setattr(step, "differing", lambda path, written: list(written)[:2])
    with (
        cad.regions(strip(), Shape()) as solid,
        pytest.raises(MeshError, match=r"does not read 'bond 1-2' and 1 more back .* choose another pad_radius"),
    ):
        step.write_step(solid, tmp_path / "solid.step")
    assert not list(tmp_path.iterdir())


def thin(network: Network, width: float) -> Network:
    width = np.full(len(network.bonds), width)
    sections = replace(network.sections, width=width, thickness=width, width_lower=width / 2, width_upper=2 * width)
    return replace(network, sections=sections)


@pytest.mark.parametrize("width", [2e-3, 0.05e-3])
def test_thin_struts_need_no_more_triangles_than_thick_ones(width):
    """Struts of 0.05 mm once took a quarter of a million triangles, those of an octet never ended."""
    with cad.regions(thin(struts(20), width), Shape()) as solid:
        made = surfaces.surface(solid)
    assert len(made.triangles) < 30_000


def test_single_precision_that_is_too_coarse_is_named():
    """Struts of 20 µm, 20 m long: points are rounded to 2 µm, and the volume would be wrong by a tenth."""
    long = replace(struts(60), nodes=500 * struts(60).nodes)
    with cad.regions(thin(long, 20e-6), Shape()) as solid, pytest.raises(MeshError, match="hold single precision"):
        surfaces.surface(solid)


@pytest.mark.parametrize("pad", [None, 2e-3, 6e-3])
def test_the_tolerance_of_the_volume_is_that_of_the_chords(pad):
    """Large balls lose more to their chords than bars; the bound holds and is of the size of the loss."""
    with cad.regions(corner(), Shape(pad_radius=pad)) as solid:
        made = surfaces.surface(solid)
        lost = solid.volume - made.volume
        assert 0 < lost < made.between < 6 * lost
        with pytest.raises(MeshError, match="of the surface hold"):
            surfaces.check_surface(replace(made, points=0.995 * made.points), solid)


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
