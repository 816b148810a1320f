"""Solids: derivatives, frame invariance, stability, supports, files, thin solids, cells that are turned inside out."""

from dataclasses import replace
from pathlib import Path

import basix
import gmsh
import numpy as np
import pytest
import ufl
from dolfinx import fem
from lattice_solids import COARSE, SOLIDS, SPACES, solid
from mpi4py import MPI
from small_networks import PULL, strip

from femnn.errors import ConfigError, ConvergenceError, MeshError
from femnn.geometry.strips import Shape
from femnn.losses import squared_error
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.materials import NeoHookean
from femnn.mechanics.structure import Structure
from femnn.meshing.regions import Regions
from femnn.meshing.solid_meshes import build_solid
from femnn.network.network import Network
from femnn.network.sections import AGILUS_SECTION
from femnn.solving.continuation import LoadStepping
from femnn.solving.equilibrium import equilibrium
from femnn.solving.options import solver_options

pytestmark = pytest.mark.serial
COMM = MPI.COMM_WORLD
each_space = pytest.mark.parametrize("name", SPACES)


def state_of(structure: Structure, values: np.ndarray) -> Structure:
    structure.set_values(values)
    return structure


def random_state(structure: Structure, seed: int = 0) -> np.ndarray:
    """A strain of 20 % with noise in every component on top, small against the cells; supports are left aside."""
    part = structure.displacement.sub(0) if structure.space.dofmap.index_map_bs == 1 else structure.displacement
    structure.displacement.x.array[:] = 0.0
    part.interpolate(lambda x: np.vstack([0.2 * x[0] + 0.1 * x[1], -0.1 * x[1], -0.1 * x[2]][: part.ufl_shape[0]]))
    values = np.array(structure.displacement.x.array)
    return values + 5e-6 * np.random.default_rng(seed).uniform(-1, 1, len(values))


def internal_force(structure: Structure, values: np.ndarray) -> np.ndarray:
    vector = structure.vector()
    state_of(structure, values).assemble_internal_force(vector)
    return np.array(vector.array_r)


@each_space
def test_force_and_tangent_are_derivatives_of_the_energy(name: str) -> None:
    """∂Π/∂u and ∂²Π/∂u² along a random direction equal central differences; K is symmetric."""
    structure, random = solid(name), np.random.default_rng(1)
    u, h = random_state(structure), 1e-5
    direction, other = 1e-3 * random.uniform(-1, 1, (2, len(u)))
    direction[structure.fixed] = other[structure.fixed] = 0.0
    ahead, behind = u + h * direction, u - h * direction
    slope = (state_of(structure, ahead).energy() - state_of(structure, behind).energy()) / (2 * h)
    assert internal_force(structure, u) @ direction == pytest.approx(slope, rel=1e-6)
    change = (internal_force(structure, ahead) - internal_force(structure, behind)) / (2 * h)
    matrix, given, product = structure.matrix(), structure.vector(), structure.vector()
    state_of(structure, u).assemble_tangent(matrix)
    given.array_w[:] = direction
    matrix.mult(given, product)
    np.testing.assert_allclose(product.array_r, change, rtol=0, atol=1e-6 * np.abs(change).max())
    forth = product.array_r @ other
    given.array_w[:] = other
    matrix.mult(given, product)
    assert product.array_r @ direction == pytest.approx(forth, abs=1e-12 * np.abs(product.array_r) @ np.abs(direction))


def turned(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Displacements after a finite rotation and a shift of what has been displaced, shape (n, d)."""
    d = values.shape[1]
    axis = np.array([0.0, 0.0, 1.0]) if d == 2 else np.array([1.0, 2.0, 2.0]) / 3
    cross = np.cross(np.eye(3), axis).T
    R = (np.eye(3) + np.sin(1) * cross.T + (1 - np.cos(1)) * cross @ cross)[:d, :d]
    return (places + values) @ R.T + 0.01 - places


@each_space
def test_finite_rotations_cost_no_energy(name: str) -> None:
    """Turned by 1 rad and moved, a strained solid stores what it did, to 1e-12, and one at rest nothing."""
    structure = solid(name)
    mixed = structure.space.dofmap.index_map_bs == 1
    moved, parent = structure.space.sub(0).collapse() if mixed else (structure.space, None)
    d = moved.dofmap.index_map_bs
    places = moved.tabulate_dof_coordinates()[:, :d]
    where = np.arange(places.size) if parent is None else np.asarray(parent)
    u = random_state(structure)
    strained = state_of(structure, u).energy()
    for values in (u, np.zeros_like(u)):
        before = state_of(structure, values).energy()
        after = values.copy()
        after[where] = turned(values[where].reshape(-1, d), places).ravel()
        assert state_of(structure, after).energy() == pytest.approx(before, rel=1e-12, abs=1e-14 * strained)


@each_space
def test_a_pulled_solid_is_stable(name: str) -> None:
    """K has as many negative eigenvalues as there are free pressures: none without them, and none is null."""
    structure = solid(name)
    state = equilibrium(structure).forward(PULL)
    assert state.unstable == 0


@each_space
def test_a_cell_turned_inside_out_has_no_residual(name: str) -> None:
    """det F < 0 somewhere makes energy, force and tangent not a number, though C is that of a legal state."""
    structure = solid(name)
    part = structure.displacement.sub(0) if structure.space.dofmap.index_map_bs == 1 else structure.displacement
    matrix = structure.matrix()
    for mirrored, finite in ((0.0, True), (-2.0, False)):
        structure.displacement.x.array[:] = 0.0
        part.interpolate(lambda x, s=mirrored: np.vstack([s * x[0], *0.0 * x[1:]])[: part.ufl_shape[0]])
        values = np.array(structure.displacement.x.array)
        structure.assemble_tangent(matrix)
        assert np.isfinite(structure.energy()) == finite
        assert np.isfinite(internal_force(structure, values)).all() == finite
        assert np.isfinite(matrix.norm()) == finite


def test_newton_steps_back_from_cells_turned_inside_out() -> None:
    """A step whose prediction goes through itself is refused for what it is, and smaller ones are taken instead."""
    structure = solid("plane-stress rubber modulus")
    with pytest.raises(ConvergenceError) as refused:
        equilibrium(structure, stepping=LoadStepping(minimum=0.9)).forward(-5 * PULL)
    assert refused.value.reason == "DIVERGED_FUNCTION_NANORINF"
    assert equilibrium(structure).forward(5 * PULL).load_steps > 1


def test_the_stress_across_the_plane_vanishes() -> None:
    """Compressible plane stress: 2 ∂W/∂C₃₃ at every point of integration is below 1e-12 of the modulus."""
    structure = solid("plane-stress foam thickness")
    state = equilibrium(structure).forward(PULL)
    structure.set_values(state.values)
    model, network = SOLIDS["plane-stress foam thickness"], structure.network
    u, phi = ufl.split(structure.displacement)
    F = ufl.Identity(2) + ufl.grad(u)
    C = F.T * F
    out = ufl.variable(ufl.exp(2 * phi / network.lengths.mean()))
    W = model.material.energy(ufl.as_matrix([[C[0, 0], C[0, 1], 0], [C[1, 0], C[1, 1], 0], [0, 0, out]]), 1.0)
    points, _ = basix.make_quadrature(basix.CellType.triangle, 2)
    solid_mesh = structure.space.mesh
    cells = np.arange(solid_mesh.topology.index_map(2).size_local, dtype=np.int32)
    stress, thinning = (
        fem.Expression(quantity, points).eval(solid_mesh, cells) for quantity in (2 * ufl.diff(W, out), out)
    )
    assert np.abs(stress).max() < 1e-12
    assert thinning.min() < 0.9


def test_compressible_plane_stress_tends_to_the_incompressible() -> None:
    """With ν = 0.4999 displacements are within 2e-4 of those at ν = 0.5, with ν = 0.4 they are not."""

    def pulled(structure: Structure) -> np.ndarray:
        return equilibrium(structure).forward(PULL).displacements

    nearly = replace(SOLIDS["plane-stress foam thickness"], material=NeoHookean(poisson_ratio=0.4999))
    expected = pulled(solid("plane-stress rubber modulus"))
    near, far = (
        np.abs(pulled(structure) - expected).max() / np.abs(expected).max()
        for structure in (Structure(nearly, strip(), COMM), solid("plane-stress foam thickness"))
    )
    assert near < 2e-4 < 1e-2 < far


def test_the_mixed_form_tends_to_that_of_displacements_alone() -> None:
    """In compressible plane strain they are one law: finer cells take most of what parts them."""
    moved = [
        [
            equilibrium(Structure(replace(SOLIDS[name], shape=Shape(cells_across=cells)), strip(), COMM)).forward(PULL)
            for name in ("plane-strain foam width", "plane-strain foam mixed width")
        ]
        for cells in (1.0, 4.0)
    ]
    apart = [
        np.abs(one.displacements - other.displacements).max() / np.abs(one.displacements).max() for one, other in moved
    ]
    assert apart[1] < 0.3 * apart[0]
    assert apart[1] < 3e-3


def test_a_thin_solid_is_in_plane_stress() -> None:
    """A quarter of a millimetre thick, it moves within 2 % as the plane-stress solid does, and thins."""
    thin = replace(strip(), sections=replace(AGILUS_SECTION, thickness=np.array(0.25e-3)))
    plane, solid = (
        equilibrium(Structure(SOLIDS[name], thin, COMM)).forward(PULL / 8).displacements
        for name in ("plane-stress rubber modulus", "solid rubber modulus")
    )
    assert np.abs(plane - solid).max() < 0.02 * np.abs(plane).max()


@pytest.mark.parametrize("name", ["plane-stress rubber modulus", "solid rubber modulus"])
def test_supports_hold_what_they_say_all_over_their_regions(name: str) -> None:
    """Node 1 does not move at all; node 2 rolls, and is free out of the plane, as a solid becomes thinner."""
    structure = solid(name)
    state = equilibrium(structure).forward(PULL)
    structure.set_values(state.values)
    u = structure.displacement.sub(0).collapse() if structure.space.dofmap.index_map_bs == 1 else structure.displacement
    d = u.function_space.dofmap.index_map_bs
    values = u.x.array.reshape(-1, d)
    held, rolling = (
        values[np.unique(u.function_space.dofmap.list[structure.mesh.cell_nodes == node])] for node in (0, 1)
    )
    assert not held.any()
    assert not rolling[:, 1].any()
    assert np.abs(rolling[:, 0]).min() > 1e-5
    assert d == 2 or np.abs(rolling[:, 2]).max() > 1e-6


def written(network: Network, regions: Regions, path: Path) -> None:
    """A solid as a file of Gmsh's with a named group for each of its regions."""
    d = regions.points.shape[1]
    gmsh.initialize()
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        points = np.pad(regions.points, ((0, 0), (0, 3 - d)))
        groups = [(f"bond {network.bond_name(b)}", regions.cell_bonds == b) for b in range(len(network.bonds))]
        groups += [(f"node {label}", regions.cell_nodes == n) for n, label in enumerate(network.labels)]
        for tag, (name, inside) in enumerate(groups, start=1):
            gmsh.model.addDiscreteEntity(d, tag)
            if tag == 1:
                gmsh.model.mesh.addNodes(d, tag, np.arange(1, len(points) + 1), points.ravel())
            gmsh.model.mesh.addElementsByType(tag, {2: 2, 3: 4}[d], [], regions.cells[inside].ravel() + 1)
            gmsh.model.addPhysicalGroup(d, [tag], name=name)
        gmsh.write(str(path))
    finally:
        gmsh.finalize()


@pytest.mark.parametrize("name", ["plane-stress rubber modulus", "solid rubber modulus"])
def test_a_solid_from_a_file_is_the_solid(name: str, tmp_path: Path) -> None:
    """Written to a file and read back, the solid moves as the one that is built, to 1e-9."""
    network, model = strip(), SOLIDS[name]
    written(network, build_solid(network, COARSE, model.solid), tmp_path / "solid.msh")
    read = Structure(replace(model, mesh_file=str(tmp_path / "solid.msh")), network, COMM)
    found, expected = (equilibrium(s).forward(PULL).displacements for s in (read, solid(name)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


def test_the_gradient_is_that_of_the_sections_of_the_mesh(tmp_path: Path) -> None:
    """Taken from the mesh, widths give the gradient of the network that states them, which differences confirm."""
    widths = np.array([1.5e-3, 2.4e-3, 1.8e-3, 1.2e-3, 2.0e-3])
    bounds = {"width_lower": np.array(1e-3), "width_upper": np.array(3e-3)}
    stated = replace(strip(), sections=replace(AGILUS_SECTION, **bounds))
    meshed = replace(stated, sections=replace(stated.sections, width=widths))
    written(meshed, build_solid(meshed, COARSE, False), tmp_path / "solid.msh")
    model = Continuum(mesh_file=str(tmp_path / "solid.msh"))
    with pytest.raises(MeshError, match=r"bond 2–4 has a width of 1\.2 mm in the mesh, and of 2 mm in the network"):
        Structure(model, stated, COMM)
    taken = Structure(replace(model, mesh_sections="mesh"), stated, COMM)
    loss = squared_error(stated, [(4, 0, 0.0), (4, 1, 0.0)])
    gradients = []
    for structure in (taken, Structure(model, meshed, COMM)):
        solver = equilibrium(structure, solver_options("direct", {"femnn_forward_snes_rtol": 1e-15}))
        state = solver.forward(PULL / 2)
        gradients.append(solver.gradient(state, loss.derivative(state.displacements)))
    np.testing.assert_allclose(taken.network.sections.width, widths, rtol=1e-9)
    np.testing.assert_allclose(gradients[0], gradients[1], rtol=1e-8)
    solver, k = equilibrium(taken, solver_options("direct", {"femnn_forward_snes_rtol": 1e-15})), taken.stiffness
    for bond in (1, 3):
        step = 1e-4 * k * (np.arange(5) == bond)
        ends = []
        for changed in (k + step, k - step):
            taken.set_stiffness(changed)
            ends.append(loss.value(solver.forward(PULL / 2).displacements))
        assert (ends[0] - ends[1]) / (2 * step[bond]) == pytest.approx(gradients[0][bond], rel=1e-5)


def test_a_file_that_is_not_there_is_named() -> None:
    """The message says which file, and which model asks for it."""
    with pytest.raises(ConfigError, match=r"continuum-2d: cannot read mesh_file nowhere\.msh"):
        Structure(Continuum(mesh_file="nowhere.msh"), strip(), COMM)


@pytest.mark.parametrize(
    ("kinematics", "ratio", "formulation", "advice"),
    [
        ("plane-strain", 0.5, "displacement", 'formulation = "mixed"'),
        ("solid", 0.5, "displacement", 'formulation = "mixed"'),
        ("solid", 0.4999, "displacement", 'formulation = "mixed"'),
        ("plane-stress", 0.5, "mixed", 'formulation = "displacement"'),
        ("plane-stress", 0.4, "mixed", 'formulation = "displacement"'),
    ],
)
def test_formulations_that_lock_or_have_no_meaning_are_refused(
    kinematics: str, ratio: float, formulation: str, advice: str
) -> None:
    """Displacements alone lock near incompressibility, and plane stress has no use for a pressure: told with advice."""
    with pytest.raises(ConfigError, match=advice):
        Continuum(kinematics, material=NeoHookean(poisson_ratio=ratio), formulation=formulation)
