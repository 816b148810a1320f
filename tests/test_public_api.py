"""What scripts and notebooks may rely on: public names, what works without DOLFINx, and how things show themselves."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import femnn as fm
from femnn.mechanics.structure import Structure
from femnn.solving.equilibrium import equilibrium

ROOT = Path(__file__).parent.parent
COMMANDS = ("run", "list", "mesh", "export", "verify", "measured", "plan", "report")
NAMES = [
    "Adam", "ArcStepping", "ArrudaBoyce", "Bar", "Beam", "BehaviourSettings", "BoundedQuasiNewton", "Camera",
    "ClassificationSettings", "ConfigError", "Continuum", "ConvergenceError", "ESTIMATORS", "Experiment",
    "FemnnError", "FemnnWarning", "GRAM_FORCE", "Gent", "History", "InstabilityError", "LimitedMemoryBFGS",
    "LoadStepping", "MILLIMETRE", "MechanismError", "MeshError", "MooneyRivlin", "NeoHookean", "Network",
    "NetworkError", "Ogden", "Path", "Port", "Ports", "Problem", "RegressionSettings", "Sections", "Spring",
    "StVenantKirchhoff", "StackError", "State", "StochasticGradientDescent", "Task", "WeightedSum", "Yeoh",
    "cross_entropy", "cubic", "cubic_with_diagonals", "custom_loss", "disordered", "estimate", "honeycomb", "kagome",
    "li2024", "load_network", "margin_loss", "octet", "one_minus_cosine", "one_minus_pearson", "parse_quantity",
    "projected_error", "read_tracked", "relative_l2", "square_with_diagonals", "squared_error", "squared_errors",
    "train", "triangular", "without_bonds", "write_network",
]  # fmt: skip
"""The public names. Scripts rely on them: none is renamed or removed without a deprecation."""

WITHOUT_STACK = """
import importlib.abc, sys
class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in "dolfinx_solver dolfinx petsc4py slepc4py mpi4py ufl basix gmsh".split():
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocker())
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a Python of its own."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_public_names() -> None:
    """The list is this one, every name is there, and ``dir`` shows it."""
    assert sorted(fm.__all__) == sorted(NAMES)
    assert all(getattr(fm, name) is not None for name in NAMES)
    assert {*NAMES, "__version__"} <= set(dir(fm))
    with pytest.raises(AttributeError, match="no public name 'Netwrok'"):
        fm.Netwrok  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.serial
def test_nothing_of_the_stack_is_imported_before_a_problem_is_solved() -> None:
    """Networks, models, materials and problems are there at once."""
    code = """
import sys
import femnn as fm
network = fm.li2024()
material = fm.NeoHookean(poisson_ratio=0.5)
problem = fm.Problem(network, fm.Continuum(material=material))
loss = fm.squared_error(network, [(14, 1, -25e-3)])
repr((network, problem, loss, fm.Camera(5e-6), fm.ESTIMATORS))
stack = {"dolfinx", "dolfinx_solver", "petsc4py", "mpi4py", "ufl", "basix", "gmsh"}
assert not stack & set(sys.modules), stack & set(sys.modules)
"""
    result = python(code)
    assert result.returncode == 0, result.stderr


@pytest.mark.serial
def test_networks_files_and_readers_work_without_the_stack(tmp_path: Path) -> None:
    """What needs DOLFINx says which command installs it; nothing else asks for it."""
    code = (
        WITHOUT_STACK
        + """
from pathlib import Path
import numpy as np
import femnn as fm
folder = Path(sys.argv[1])
for network in (fm.load_network("li2024"), fm.octet(1, 1, 1, 0.02)):
    for suffix in (".csv", ".dxf", ".msh", ".vtu"):
        fm.write_network(network, folder / f"network{suffix}")
        assert np.array_equal(fm.load_network(folder / f"network{suffix}").nodes, network.nodes)
network = fm.li2024()
rows = ["state,node,x,y"]
for state in ("rest", "forward", "adjoint"):
    for label, (x, y) in zip(network.labels, network.nodes.tolist()):
        rows.append(f"{state},{label},{x!r},{y + (1e-4 * y if state != 'rest' else 0.0)!r}")
(folder / "tracked.csv").write_text("\\n".join(rows))
assert fm.read_tracked(folder / "tracked.csv", network) is not None
try:
    fm.Problem(network, fm.Bar()).solve(network.point_force(13, [0.0, -0.1]))
except fm.StackError as error:
    assert 'pip install "femnn[solver]"' in str(error) and "conda env create" in str(error)
else:
    raise AssertionError("solved without a solver")
"""
    )
    result = python(code, str(tmp_path))
    assert result.returncode == 0, result.stderr


@pytest.mark.serial
def test_help_and_lists_need_no_stack() -> None:
    """Every ``--help``, ``femnn list``, and a command that needs the stack says what to install."""
    code = (
        WITHOUT_STACK
        + """
from femnn.cli import main
for arguments in [[command, "--help"] for command in sys.argv[1:]] + [["list"]]:
    try:
        main(arguments)
    except SystemExit as end:
        assert not end.code, (arguments, end.code)
main(["mesh", "li2024"])
"""
    )
    result = python(code, *COMMANDS)
    assert result.stdout.count("--help") >= len(COMMANDS)
    assert "gradient-error" in result.stdout
    assert result.returncode == 2, result.stderr
    assert result.stderr.startswith("femnn: ")
    assert 'pip install "femnn[solver]"' in result.stderr


def test_a_problem_is_its_solver() -> None:
    """Equilibria, gradients and reactions are those of the structure and the solver underneath."""
    network = fm.li2024()
    problem = fm.Problem(network, fm.Bar())
    force, loss = network.point_force(13, [0.0, -0.05]), fm.squared_error(network, [(14, 1, -25e-3)])
    solver = equilibrium(Structure(fm.Bar(), network))
    state, other = problem.solve(force), solver.forward(force)
    np.testing.assert_array_equal(state.displacements, other.displacements)
    gradient = problem.gradient(state, loss)
    np.testing.assert_array_equal(gradient, solver.gradient(other, loss.derivative(other.displacements)))
    np.testing.assert_allclose(problem.reactions(state).forces.sum(axis=0), -force.sum(axis=0), atol=1e-12)
    moved = problem.solve(force, prescribed={5: [0.4e-3, 0.0]})
    assert moved.displacements[network.index(5), 0] == 0.4e-3
    many = fm.Problem(network, fm.Spring()).solve_many([force, 2 * force])
    np.testing.assert_allclose(many[1].displacements, 2 * many[0].displacements, rtol=1e-12)


def test_a_problem_has_paths_and_critical_points() -> None:
    """A load that pushes the lattice up reaches a limit, beyond which its path goes on."""
    network = fm.li2024()
    problem, up = fm.Problem(network, fm.Bar()), network.point_force(13, [0.0, 0.098])
    point = problem.critical_point(up)
    path = problem.path(up, up_to=0.5)
    assert point.load_factor > path.load_factors[-1] > 0.5
    assert (path.negative_eigenvalues == 0).all()


def test_estimates_are_those_of_an_experiment() -> None:
    """The product is exact on springs, with the steps that the experiment was given; a wrong name names the nearest."""
    network = fm.li2024()
    problem = fm.Problem(network, fm.Spring())
    experiment = fm.Experiment(
        problem, network.point_force(13, [0.0, -0.05]), fm.squared_error(network, [(14, 1, -25e-3)])
    )
    assert fm.relative_l2(fm.estimate(experiment, "product"), experiment.exact_gradient) < 1e-9
    with pytest.raises(fm.ConfigError, match="did you mean 'product'"):
        fm.estimate(experiment, "produkt")


def test_a_training_in_ten_lines() -> None:
    """The displacements that are wanted are reached; settings are checked by name."""
    network = fm.li2024()
    problem = fm.Problem(network, fm.Spring())
    loss = fm.squared_error(network, [(13, 1, -1.5e-3), (14, 1, -0.6e-3)])
    task = fm.Task.from_load(network.point_force(13, [0.0, -10 * fm.GRAM_FORCE]), loss)
    history = fm.train(problem, task, fm.Adam(0.05), epochs=40)
    first = loss.value(problem.network.nodes * 0 + history.displacements[0])
    assert history.final("training_loss") == pytest.approx(first)
    assert history.final("training_loss") < 0.1 * history.epochs["training_loss"][0]
    np.testing.assert_array_equal(problem.stiffness, history.stiffness)
    measured = fm.train(problem, task, fm.Adam(0.05), epochs=5, gradient="product", stiffness=network.stiffness)
    np.testing.assert_allclose(measured.losses, history.losses[:5], rtol=1e-6)
    with pytest.raises(fm.ConfigError, match="'epoch'; did you mean 'epochs'"):
        fm.train(problem, task, epoch=3)


def test_a_training_with_a_folder_resumes(tmp_path: Path) -> None:
    """The same call finds what it has done before; another is refused."""
    network = fm.li2024()
    problem = fm.Problem(network, fm.Spring())
    loss = fm.squared_error(network, [(13, 1, -1.5e-3)])
    task = fm.Task.from_load(network.point_force(13, [0.0, -0.098]), loss)
    first, again = (fm.train(problem, task, epochs=3, folder=tmp_path / "t", stiffness=network.stiffness) for _ in "ab")
    np.testing.assert_array_equal(first.losses, again.losses)
    with pytest.raises(fm.ConfigError):
        fm.train(problem, task, epochs=4, folder=tmp_path / "t", stiffness=network.stiffness)


def test_what_is_shown_is_short() -> None:
    """One line each, without arrays."""
    network = fm.li2024()
    problem = fm.Problem(network, fm.Bar())
    state = problem.solve(network.point_force(13, [0.0, -0.02]))
    task = fm.Task.from_load(state.force, fm.squared_error(network, [(13, 1, -1e-3)]))
    history = fm.train(problem, task, epochs=1)
    assert repr(network) == "Network(li2024, 14 nodes, 28 bonds, 2D)"
    assert repr(state).startswith("State(li2024, largest displacement 0.")
    for thing in (network.sections, problem, state, task, history, fm.Camera(5e-6), problem.path(state.force, 0.1)):
        assert len(repr(thing)) < 100, repr(thing)
        assert "array" not in repr(thing)


@pytest.mark.serial
def test_everything_can_be_drawn() -> None:
    """Networks, states as lines or as they deform, and histories."""
    network = fm.li2024()
    problem = fm.Problem(network, fm.Bar())
    state = problem.solve(network.point_force(13, [0.0, -0.02]))
    history = fm.train(problem, fm.Task.from_load(state.force, fm.squared_error(network, [(13, 1, -1e-3)])), epochs=2)
    figures = [network.plot(), network.plot(state.stiffness), state.plot(), problem.plot(state), history.plot()]
    assert all(isinstance(figure, Figure) and figure.axes for figure in figures)
    with pytest.raises(fm.ConfigError, match=r"no figure 'accuracy' .* there are: .*loss"):
        history.plot("accuracy")
