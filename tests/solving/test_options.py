"""PETSc options: a file, then the study's own, then what is in PETSc's database, which is left as it was found."""

import numpy as np
import pytest
from mpi4py import MPI
from petsc4py import PETSc
from reference import NETWORKS, load, solver

from femnn.errors import ConfigError, ConvergenceError
from femnn.mechanics.bar import Bar
from femnn.mechanics.spring import Spring
from femnn.mechanics.structure import Structure
from femnn.solving.continuation import LoadStepping
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.solving.options import SolverOptions, solver_options

MOST_ITERATIONS = "femnn_forward_snes_max_it"


@pytest.fixture
def database():
    """PETSc's database with an option of the user's in it; cleared of it at the end."""
    options = PETSc.Options()
    options.setValue("femnn_forward_users_own", "1")
    yield options
    options.delValue("femnn_forward_users_own")


def options_file(folder, content: bytes) -> str:
    """A file of options written by rank 0, for all ranks."""
    path = folder / "mine.petsc"
    if MPI.COMM_WORLD.rank == 0:
        path.write_bytes(content)
    MPI.COMM_WORLD.barrier()
    return str(path)


def bars(options: SolverOptions, stepping: LoadStepping | None = None) -> Equilibrium:
    return equilibrium(Structure(Bar(), NETWORKS["2D"], MPI.COMM_WORLD), options, stepping)


def test_a_file_is_in_the_format_of_petsc(comm_tmp_path):
    """Comments, prefixes pushed and popped, and options without a value."""
    content = (
        b"# all of it\n-femnn_forward_pc_type lu # a comment\n"
        b"-prefix_push femnn_adjoint_\n-ksp_view\n-ksp_rtol 1e-9\n-prefix_pop\n-femnn_forward_ksp_type gmres\n"
    )
    values = solver_options(options_file(comm_tmp_path, content)).values
    assert values["femnn_forward_pc_type"] == "lu"
    assert values["femnn_forward_ksp_type"] == "gmres"
    assert values["femnn_adjoint_ksp_rtol"] == "1e-9"
    assert "femnn_adjoint_ksp_view" in values


def test_the_study_comes_before_the_file():
    assert solver_options("direct").values[MOST_ITERATIONS] != "9"
    assert solver_options("direct", {MOST_ITERATIONS: 9}).values[MOST_ITERATIONS] == "9"
    assert solver_options("direct", {"femnn_forward_ksp_view": True}).values["femnn_forward_ksp_view"] == "true"


def test_the_database_comes_before_the_study(database):
    """What the user gives by PETSC_OPTIONS wins, and stays when the solver has been set up."""
    database.setValue(MOST_ITERATIONS, "4")
    try:
        with solver_options("direct", {MOST_ITERATIONS: 9}).in_force("femnn_forward_"):
            assert database.getInt(MOST_ITERATIONS) == 4
            assert database.getString("femnn_forward_pc_type") == "cholesky"
        assert database.getAll()[MOST_ITERATIONS] == "4"
    finally:
        database.delValue(MOST_ITERATIONS)


def test_options_reach_the_solver():
    """Newton's method ends where its options say, and the error carries PETSc's reason by name."""
    once = bars(solver_options("direct", {MOST_ITERATIONS: 1}), LoadStepping(minimum=0.5))
    with pytest.raises(ConvergenceError) as failure:
        once.forward(load("2D", 20))
    assert failure.value.reason == "DIVERGED_MAX_IT"


def test_the_database_is_left_as_it_was_found(database):
    """After a solver has been set up, and after an exception inside."""
    before = database.getAll()
    bars(solver_options())
    assert database.getAll() == before
    with pytest.raises(ZeroDivisionError), solver_options().in_force("femnn_forward_"):
        raise ZeroDivisionError
    assert database.getAll() == before


@pytest.mark.parametrize("model", [Bar(), Spring()], ids=["bar", "spring"])
def test_options_that_petsc_refuses_are_named(model, database):
    """The message says what PETSc does not know; nothing stays behind, and another solver can be set up at once."""
    before = database.getAll()
    structure = Structure(model, NETWORKS["2D"], MPI.COMM_WORLD)
    with pytest.raises(ConfigError, match=r"solver 'direct': .*nonsense"):
        equilibrium(structure, solver_options("direct", {"femnn_forward_pc_type": "nonsense"}))
    assert database.getAll() == before
    found = equilibrium(structure).forward(load("2D", 1)).displacements
    assert abs(found - solver(model.name, "2D").forward(load("2D", 1)).displacements).max() < 1e-3


def test_a_refused_option_of_the_adjoint_solver_is_named():
    with pytest.raises(ConfigError, match="nonsense"):
        bars(solver_options("direct", {"femnn_adjoint_ksp_type": "nonsense"}))


@pytest.mark.parametrize("option", ["ksp_type", "femnn_ksp_type", "forward_snes_max_it", "femnn_forwards_ksp_type"])
def test_an_option_without_a_prefix_of_the_solvers_is_refused(option):
    with pytest.raises(ConfigError, match=f"{option}.*must start with 'femnn_forward_', 'femnn_adjoint_', .* or "):
        solver_options("direct", {option: "x"})


def test_an_unknown_solver_lists_those_there_are():
    with pytest.raises(ConfigError, match=r"no 'no-such-solver' in solvers/ .* there are: .*direct"):
        solver_options("no-such-solver")


def test_a_folder_is_no_solver(comm_tmp_path):
    with pytest.raises(ConfigError, match=r"in solvers/|Cannot read the PETSc options"):
        solver_options(str(comm_tmp_path))


@pytest.mark.parametrize(
    "content",
    [b"-femnn_forward_pc_type \xff\xfe", b'[options]\nksp_type = "cg"\n', b"hello -femnn_forward_pc_type lu\n"],
    ids=["binary", "toml", "prose"],
)
def test_a_file_that_is_not_in_the_format_of_petsc_is_refused(comm_tmp_path, content):
    """PETSc itself passes over what it cannot read, and would solve with other options than the user thinks."""
    with pytest.raises(ConfigError, match=r"mine\.petsc"):
        solver_options(options_file(comm_tmp_path, content))


@pytest.mark.parametrize("option", ["femnn_forward_snes_typo", "femnn_adjoint_ksp_typo"])
def test_an_option_that_petsc_does_not_know_is_refused(option):
    """A mistyped option of a study would else be passed over in silence."""
    with pytest.raises(ConfigError, match=f"does not know the option '{option}'"):
        bars(solver_options("direct", {option: 1}))


def test_an_option_for_nonlinear_models_does_not_disturb_springs():
    """One set of options serves all models of a study; springs have no use for those of Newton's method."""
    options = solver_options("direct", {MOST_ITERATIONS: 9})
    equilibrium(Structure(Spring(), NETWORKS["2D"], MPI.COMM_WORLD), options)


@pytest.mark.parametrize("model", [Bar(), Spring()], ids=["bar", "spring"])
@pytest.mark.parametrize("prefix", ["femnn_forward_", "femnn_adjoint_"])
def test_a_linear_solver_that_fails_is_named(model, prefix):
    """No gradient comes of a linear solve that did not converge."""
    starved = {f"{prefix}ksp_type": "cg", f"{prefix}pc_type": "none", f"{prefix}ksp_max_it": 2}
    solver = equilibrium(Structure(model, NETWORKS["2D"], MPI.COMM_WORLD), solver_options("direct", starved))
    force = load("2D", 5)
    if model.linear and prefix == "femnn_adjoint_":
        assert np.isfinite(solver.gradient(solver.forward(force), force)).all()
        return
    with pytest.raises(ConvergenceError, match=f"linear solver {prefix[:-1]} failed"):
        solver.gradient(solver.forward(force), force)
