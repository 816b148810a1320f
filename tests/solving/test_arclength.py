"""Equilibrium paths through limit points and snap-backs: on the closed form, in balance, at a factorisation a point."""

import numpy as np
import pytest
from factorisations import factorisations
from mpi4py import MPI
from petsc4py import PETSc
from reference import NETWORKS, load

from femnn.errors import ConfigError, ConvergenceError
from femnn.mechanics.bar import Bar
from femnn.mechanics.structure import Structure
from femnn.solving.options import SolverOptions, solver_options
from femnn.solving.path import ArcStepping, PathError, trace
from femnn.verification.stability import LOADED, lee_structure, truss_load
from femnn.verification.truss_checks import truss_limit_load, two_bar_truss

COMM = MPI.COMM_WORLD
TRUSS = two_bar_truss()
LIMIT = truss_limit_load(TRUSS)
DOWN = TRUSS.point_force(2, [0.0, -LIMIT])
BEYOND = ArcStepping(highest=2.0)


@pytest.fixture(scope="module")
def truss():
    return Structure(Bar(), TRUSS, COMM)


@pytest.fixture(scope="module")
def lee():
    """Lee's frame with its path, load factors up to 3."""
    structure = lee_structure(COMM)
    force = structure.network.point_force(LOADED + 1, [0.0, -1.0])
    return structure, trace(structure, force, ArcStepping(highest=3.0))


def heights(displacements: np.ndarray) -> np.ndarray:
    return TRUSS.nodes[1, 1] + displacements[..., 1, 1]


def limit_height() -> float:
    b, L0 = TRUSS.nodes[2, 0], TRUSS.lengths[0]
    return float(np.sqrt((L0 * b**2) ** (2 / 3) - b**2))


def test_the_truss_is_followed_through_both_limit_points(truss):
    """Every point is on the closed form, from rest to beyond the limit load with the apex below its supports."""
    path = trace(truss, DOWN, BEYOND)
    y = heights(path.displacements)
    np.testing.assert_allclose(path.load_factors, truss_load(TRUSS, y) / LIMIT, rtol=0, atol=1e-10)
    assert path.load_factors[0] == 0
    assert path.load_factors[-1] > 2
    assert y[-1] < -TRUSS.nodes[1, 1]
    assert 0.9 < path.load_factors[np.abs(y) < TRUSS.nodes[1, 1]].max() <= 1


def test_eigenvalues_are_negative_between_the_limit_points_alone(truss):
    path = trace(truss, DOWN, BEYOND)
    between = np.abs(heights(path.displacements)) < limit_height()
    np.testing.assert_array_equal(path.negative_eigenvalues, between.astype(int))
    assert between.any()
    assert [state.stable for state in path.states] == (~between).tolist()


def test_the_path_of_lees_frame_snaps_back(lee):
    """Load and deflection turn twice each; the last branch is stable again, and lies beyond the first limit load."""
    _, path = lee
    for values in (path.load_factors, path.displacements[:, LOADED, 1]):
        assert np.count_nonzero(np.diff(np.sign(np.diff(values)))) == 2
    top = np.argmax(path.negative_eigenvalues)
    assert path.load_factors[: top + 1].max() == pytest.approx(1.855, rel=5e-3)
    assert path.load_factors.min() == pytest.approx(-0.94, abs=0.01)
    assert path.negative_eigenvalues[-1] == 0
    assert path.load_factors[-1] > 3


def test_every_point_is_in_balance(lee):
    structure, path = lee
    vector = structure.vector()
    for factor, state in zip(path.load_factors, path.states, strict=True):
        np.testing.assert_array_equal(state.force, factor * path.force)
        structure.set_values(state.values)
        structure.assemble_internal_force(vector)
        np.testing.assert_allclose(structure.measure(vector)[LOADED], state.force[LOADED], rtol=0, atol=1e-8)


def test_the_second_limit_load_does_not_depend_on_the_mesh(lee):
    finer = trace(lee_structure(COMM, cells_per_bond=16), lee[1].force, ArcStepping(highest=3.0))
    assert finer.load_factors.min() == pytest.approx(lee[1].load_factors.min(), rel=5e-3)


def test_a_path_goes_on_from_any_of_its_states(truss):
    """With the load falling, from an unstable state, the rest of the same path."""
    path = trace(truss, DOWN, BEYOND)
    middle = int(np.flatnonzero(path.negative_eigenvalues)[0])
    rest = trace(truss, DOWN, BEYOND, start=path.states[middle], direction=-1)
    assert rest.load_factors[0] == pytest.approx(path.load_factors[middle], rel=1e-12)
    assert rest.load_factors[1] < rest.load_factors[0]
    y = heights(rest.displacements)
    np.testing.assert_allclose(rest.load_factors, truss_load(TRUSS, y) / LIMIT, rtol=0, atol=1e-10)
    assert rest.load_factors[-1] > 2


def test_what_a_start_bears_besides_stays_on_it(truss):
    """Under a sideways force kept on the apex, every point carries it."""
    aside = trace(truss, TRUSS.point_force(2, [1e-3, 0.0]), ArcStepping(highest=1.0)).states[-1]
    path = trace(truss, DOWN, ArcStepping(most_steps=4), start=aside)
    sideways = np.array([state.force[1, 0] for state in path.states])
    np.testing.assert_allclose(sideways, aside.force[1, 0], rtol=1e-12)
    assert path.load_factors[0] == 0
    assert len(path.states) == 5


def test_each_newton_iteration_costs_a_factorisation(truss):
    """K at a point, whose eigenvalues are counted, is the first that the next step needs."""
    paths = []
    spent = factorisations(lambda: paths.append(trace(truss, DOWN, ArcStepping(most_steps=10, nonlinearity=10.0))))
    iterations = sum(state.newton_iterations for state in paths[0].states)
    # One more for the last point, one to set up
    assert spent <= iterations + 2


def test_what_is_traced_is_not_lost(lee):
    """A path that cannot be followed ends with an error that says how far it came and carries it."""
    structure, whole = lee
    coarse = ArcStepping(initial=0.2, growth=1.0, minimum=0.9, nonlinearity=0.05)
    with pytest.raises(PathError, match="Lee's frame: the path is traced to load factor") as failure:
        trace(structure, whole.force, coarse)
    assert isinstance(failure.value, ConvergenceError)
    path = failure.value.path
    assert failure.value.load_factor == path.load_factors[-1] < 1.855
    assert len(path.states) == len(path.load_factors) > 1
    assert failure.value.reason


def test_paths_do_not_depend_on_ranks(truss):
    together, alone = (trace(s, DOWN, BEYOND) for s in (truss, Structure(Bar(), TRUSS, MPI.COMM_SELF)))
    np.testing.assert_allclose(together.load_factors, alone.load_factors, rtol=0, atol=1e-10)
    np.testing.assert_allclose(together.displacements, alone.displacements, rtol=0, atol=1e-12)


def test_the_database_is_left_as_it_was_found(truss):
    """The radius, which is set through it, leaves no trace there, nor does it take the user's away."""
    database, radius = PETSc.Options(), "femnn_path_snes_newtonal_step_size"
    database.setValue(radius, "0.5")
    try:
        before = database.getAll()
        trace(truss, DOWN, ArcStepping(most_steps=5))
        assert database.getAll() == before
    finally:
        database.delValue(radius)


def test_a_path_needs_a_load(truss):
    with pytest.raises(ValueError, match="load that is not zero"):
        trace(truss, 0 * DOWN)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"femnn_path_snes_type": "newtonls"}, "snes_type must be newtonal"),
        ({"femnn_path_pc_type": "none", "femnn_path_ksp_type": "cg"}, "paths need the factor"),
        ({"femnn_path_snes_typo": 1}, "does not know the option"),
    ],
)
def test_options_that_cannot_trace_are_refused(truss, overrides, message):
    with pytest.raises(ConfigError, match=message):
        trace(truss, DOWN, options=solver_options("direct", overrides))


def test_a_solver_without_options_for_paths_is_refused(truss):
    values = {key: value for key, value in solver_options().values.items() if "path" not in key}
    with pytest.raises(ConfigError, match="'old' has no options femnn_path_"):
        trace(truss, DOWN, options=SolverOptions(values, "old"))


def test_a_lattice_of_bars_stiffens_along_its_path():
    """A larger structure on all ranks: its path under a sagging load has no limit point, and agrees with loading."""
    structure = Structure(Bar(), NETWORKS["2D"], COMM)
    path = trace(structure, load("2D", 1), ArcStepping(initial=5.0, highest=60.0))
    assert not path.negative_eigenvalues.any()
    assert (np.diff(path.load_factors) > 0).all()
