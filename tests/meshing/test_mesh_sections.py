"""A solid mesh and its network agree on k = E·w·t/L, or the bond is named, or what the mesh has is taken."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI
from printed import STRAIGHT, THIN, bar, frame

from femnn.errors import ConfigError, MeshError
from femnn.geometry.strips import Shape
from femnn.mechanics.continuum import Continuum
from femnn.meshing.cuts import BondCells
from femnn.meshing.mesh_sections import agreed
from femnn.meshing.regions import Regions
from femnn.meshing.solid_files import read_solid, write_solid
from femnn.meshing.solid_meshes import build_solid
from femnn.network import lattices
from femnn.network.network import Network
from femnn.study.model_settings import ModelSettings

COMM = MPI.COMM_WORLD
serial = pytest.mark.serial

TRIANGLE = ([[0, 0], [1.2, 0], [0.4, 0.9]], [[0, 1], [1, 2], [0, 2]])
WIDTHS = [1.5e-3, 2.5e-3, 1.8e-3]
PYRAMID = ([[0, 0, 0], [1.2, 0, 0], [0.4, 0.9, 0.2], [0.3, 0.4, 1]], [[0, 1], [1, 2], [0, 2], [0, 3], [1, 3], [2, 3]])
SHAPES: dict[str, tuple[Network, Shape, bool]] = {
    "straight": (frame(*TRIANGLE, width=WIDTHS), Shape(), False),
    "large pads": (frame(*TRIANGLE, width=WIDTHS), Shape(pad_radius=3e-3), False),
    "fillets": (frame(*TRIANGLE, width=WIDTHS), Shape(fillet_radius=1e-3), False),
    "thinned": (frame(*TRIANGLE, THIN, width=WIDTHS), Shape(), False),
    "thinned with fillets": (frame(*TRIANGLE, THIN, width=WIDTHS), Shape(fillet_radius=1e-4, pad_radius=1.3e-3), False),
    "thinned by a step": (
        frame(*TRIANGLE, THIN, width=WIDTHS, end_share=0.2),
        Shape(taper=0, fillet_radius=1e-4, pad_radius=1.3e-3),
        False,
    ),
    "thinned slowly": (frame(*TRIANGLE, THIN, width=WIDTHS, end_share=0.22, end_width=0.6), Shape(taper=4), False),
    "thick ends": (frame(*TRIANGLE, THIN, width=WIDTHS, end_width=1.3), Shape(), False),
    "a lone bond": (bar(THIN), Shape(fillet_radius=2e-4), False),
    "in line": (frame([[0, 0], [1, 0], [2, 0]], [[0, 1], [1, 2]], width=[2e-3, 1.6e-3]), Shape(), False),
    "printed": (lattices.li2024(), Shape(fillet_radius=0.2e-3), False),
    "extruded": (frame(*TRIANGLE, THIN, width=WIDTHS), Shape(cells_across=1, layers=1), True),
    "of several thicknesses": (
        frame(*TRIANGLE, width=WIDTHS, thickness=[1e-3, 2e-3, 1.5e-3]),
        Shape(cells_across=1),
        True,
    ),
    "struts": (
        frame(*PYRAMID, width=[1.5e-3, 2e-3, 2.5e-3] * 2, thickness=[2e-3, 1.5e-3] * 3),
        Shape(cells_across=1),
        True,
    ),
    "thinned struts": (frame(*PYRAMID, THIN, end_share=0.2), Shape(cells_across=1), True),
}
"""Whatever femnn builds, with widths from 1.5 to 2.5 mm."""


@cache
def built(name: str) -> tuple[Network, Regions]:
    network, shape, solid = SHAPES[name]
    return network, build_solid(network, shape, solid)


def check(network: Network, regions: Regions) -> Network:
    return agreed(network, regions, "lattice.msh", "continuum-2d", "check")


def take(network: Network, regions: Regions) -> Network:
    return agreed(network, regions, "lattice.msh", "continuum-2d", "mesh")


def with_sections(network: Network, **changes) -> Network:
    sections = replace(network.sections, **{name: np.array(value) for name, value in changes.items()})
    return replace(network, sections=sections)


@serial
@pytest.mark.parametrize("name", SHAPES)
def test_what_femnn_builds_agrees_with_its_network(name: str, tmp_path: Path) -> None:
    """Written to a file and read back it is found to be the network, bit for bit, whether checked or taken."""
    network, regions = built(name)
    write_solid(network, regions, tmp_path / "solid.msh")
    again = read_solid(network, str(tmp_path / "solid.msh"), regions.points.shape[1], "continuum")
    assert check(network, again) is network
    assert take(network, again) is network


@serial
@pytest.mark.parametrize("name", SHAPES)
def test_sections_are_taken_from_the_mesh(name: str) -> None:
    """A network that states other widths and thicknesses gets those of the mesh to 1e-9, and is refused else."""
    network, regions = built(name)
    s, solid = network.sections, regions.points.shape[1] == 3
    factors = np.linspace(0.7, 1.4, len(network.bonds))
    other = with_sections(network, width=factors * s.width, width_lower=s.width / 2, width_upper=2 * s.width)
    if solid:
        other = with_sections(other, thickness=factors[::-1] * s.thickness)
    taken = take(other, regions).sections
    np.testing.assert_allclose(taken.width, s.width, rtol=1e-9)
    np.testing.assert_allclose(taken.thickness, s.thickness, rtol=1e-9)
    bond, w = 0, s.width[0]
    with pytest.raises(MeshError) as refused:
        check(other, regions)
    assert f"bond {network.bond_name(bond)} has a width of {1e3 * w:.4g} mm in the mesh" in str(refused.value)
    assert f"of {1e3 * factors[bond] * w:.4g} mm in the network" in str(refused.value)
    assert 'mesh_sections = "mesh" in [continuum-2d]' in str(refused.value)
    if solid:
        with pytest.raises(MeshError, match=rf"bond {network.bond_name(bond)} has a thickness of"):
            check(with_sections(network, thickness=np.append(0.9 * s.thickness[0], s.thickness[1:])), regions)


@serial
@pytest.mark.parametrize("name", ["straight", "extruded", "struts"])
@pytest.mark.parametrize("share", [0.5, 0.97, 1.03])
def test_one_width_that_differs_is_found(name: str, share: float) -> None:
    """3 % of one bond are refused, and the bond is named."""
    network, regions = built(name)
    width = network.sections.width.copy()
    width[1] *= share
    with pytest.raises(MeshError, match=rf"bond {network.bond_name(1)} has a width of"):
        check(with_sections(network, width=width), regions)
    width[1] *= 1.01 / share
    assert np.array_equal(check(with_sections(network, width=width), regions).sections.width, width)


@serial
@pytest.mark.parametrize("name", ["straight", "thinned", "a lone bond", "extruded", "struts"])
def test_another_lattice_or_unit_is_found(name: str) -> None:
    """Lengths of 5 % more, a turn and a shift are refused; taken, the nodes are where the axes of the mesh meet."""
    network, regions = built(name)
    lone = len(network.bonds) == 1
    with pytest.raises(MeshError, match=r"has a length of .* mm in the mesh, and of .* mm in the network"):
        check(replace(network, nodes=network.nodes * (1.2 if lone else 1.05)), regions)
    turn = np.eye(network.dimension)
    turn[:2, :2] = [[np.cos(0.06), -np.sin(0.06)], [np.sin(0.06), np.cos(0.06)]]
    for nodes in (network.nodes @ turn.T, network.nodes + 0.04 * network.lengths.min() * np.eye(network.dimension)[1]):
        with pytest.raises(MeshError, match=r"node \d is at .* mm in the mesh, .* mm in the network"):
            check(replace(network, nodes=nodes), regions)
        if not lone:
            found = take(replace(network, nodes=nodes), regions)
            np.testing.assert_allclose(found.nodes, network.nodes, rtol=0, atol=1e-9 * network.lengths.max())
            np.testing.assert_allclose(found.sections.width, network.sections.width, rtol=1e-9)


@serial
def test_thinned_ends_are_looked_for() -> None:
    """Straight bonds where the network states thinned ends, and the other way round, or half as thin; also if taken."""
    straight, regions = built("straight")
    thin, thin_regions = built("thinned")
    for how in (check, take):
        with pytest.raises(MeshError, match=r"the end of bond 1–2 at node 1 is 1.5 mm wide in the mesh, the network"):
            how(with_sections(straight, end_share=0.25, end_width=0.5), regions)
        with pytest.raises(MeshError, match=r"in the mesh, the network states that it is as wide as its bar, 1.5 mm"):
            how(with_sections(thin, end_share=0.0), thin_regions)
        with pytest.raises(MeshError, match=r"correct the mesh, or the network's end_share and end_width"):
            how(with_sections(thin, end_width=0.75), thin_regions)


def bent(change) -> tuple[Network, Regions]:
    """The straight triangle, its points moved."""
    network, regions = built("straight")
    points = regions.points.copy()
    return network, replace(regions, points=change(points))


@serial
def test_curved_and_uneven_bonds_are_found() -> None:
    """A bow of a fifth of the width is no straight bond; a bar with a waist has no width, and is taken by its mean."""

    def bow(points):
        x, y = points.T
        return np.column_stack([x, y + np.where(y < 1e-3, 0.5e-3 * np.sin(np.pi * x / 19.2e-3) ** 4, 0.0)])

    with pytest.raises(MeshError, match="bond 1–2 is not straight"):
        check(*bent(bow))

    def waist(points):
        x, y = points.T
        low = np.abs(y) < 0.7501e-3
        return np.column_stack([x, np.where(low, y * (1 - 0.2 * np.exp(-(((x - 9.6e-3) / 1e-3) ** 2))), y)])

    with pytest.raises(MeshError, match=r"bond 1–2 has a width of 1\.\d+ mm in the mesh at .* mm from node 1"):
        check(*bent(waist))
    network, regions = bent(waist)
    wide = with_sections(network, width_lower=1e-3, width_upper=3e-3)
    assert 0.8 * 1.5e-3 < take(wide, regions).sections.width[0] < 0.99 * 1.5e-3


@serial
def test_cross_sections_of_other_forms_count_by_their_area() -> None:
    """A square strut turned about its axis is the same; a round one is as wide as the square of its area."""
    network = bar(STRAIGHT)
    regions = build_solid(network, Shape(cells_across=4, layers=4), True)
    x, y, z = regions.points.T
    c, s = np.cos(0.5), np.sin(0.5)
    check(network, replace(regions, points=np.column_stack([x, c * y - s * z, s * y + c * z])))
    r = 1e-3
    u, v = y * np.sqrt(1 - (z / r) ** 2 / 2), z * np.sqrt(np.maximum(1 - (y / r) ** 2 / 2, 0))
    round_ = replace(regions, points=np.column_stack([x, u, v]))
    cuts = BondCells(network, round_).cut(0, np.array([6e-3, 10e-3]))
    assert cuts.thickness is not None
    np.testing.assert_allclose([cuts.width, cuts.thickness], np.sqrt(np.pi) * r, rtol=0.02)
    with pytest.raises(MeshError, match=r"bond 1–2 has a width of 1\.7\d+ mm in the mesh, and of 2 mm"):
        check(network, round_)
    square = {"width": cuts.width.mean(), "thickness": cuts.thickness.mean()}
    check(with_sections(network, **square), round_)


@serial
def test_widths_outside_of_their_bounds_are_not_taken() -> None:
    network, regions = built("straight")
    s = network.sections
    narrow = with_sections(network, width=0.5 * s.width, width_lower=0.4 * s.width, width_upper=0.6 * s.width)
    with pytest.raises(ConfigError, match=r"bond 1–2 is 1.5 mm wide in lattice.msh, outside .*, 0.6 mm to 0.9 mm"):
        take(narrow, regions)


def test_every_rank_has_the_network_of_the_mesh(comm_tmp_path: Path) -> None:
    """Rank 0 reads; all have its widths, or its error."""
    network, path = bar(STRAIGHT, width=1.6e-3), str(comm_tmp_path / "bar.msh")
    if COMM.rank == 0:
        write_solid(network, build_solid(network, Shape(cells_across=1), False), Path(path))
    stated = with_sections(network, width=2e-3)
    mesh = Continuum(mesh_file=path, mesh_sections="mesh").mesh(stated, COMM)
    assert mesh.network.sections.width == pytest.approx(1.6e-3, rel=1e-9)
    with pytest.raises(MeshError, match=r"bond 1–2 has a width of 1.6 mm"):
        Continuum(mesh_file=path).mesh(stated, COMM)


@serial
def test_all_models_of_a_run_are_of_the_lattice_of_the_mesh(tmp_path: Path) -> None:
    """Springs too get the widths of the mesh; two meshes of different widths are refused."""
    network, other = bar(STRAIGHT, width=1.6e-3), bar(STRAIGHT, width=1.8e-3)
    for lattice, solid, name in ((network, False, "plane"), (network, True, "solid"), (other, True, "other")):
        write_solid(lattice, build_solid(lattice, Shape(cells_across=1, layers=1), solid), tmp_path / f"{name}.msh")

    def settings(**files: str) -> ModelSettings:
        tables = {model: {"mesh_file": str(tmp_path / f), "mesh_sections": "mesh"} for model, f in files.items()}
        return ModelSettings.model_validate({name.replace("_", "-"): table for name, table in tables.items()})

    stated = bar(STRAIGHT)
    assert settings().as_meshed(stated) is stated
    for files in ({"continuum_2d": "plane.msh"}, {"continuum_2d": "plane.msh", "continuum_3d": "solid.msh"}):
        assert settings(**files).as_meshed(stated).sections.width == pytest.approx(1.6e-3, rel=1e-9)
    with pytest.raises(ConfigError, match=r"bond 1–2 has a width of 1.6 mm in the mesh of continuum-2d, and of 1.8 mm"):
        settings(continuum_2d="plane.msh", continuum_3d="other.msh").as_meshed(stated)
