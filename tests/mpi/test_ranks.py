"""Results do not depend on the number of ranks, and an error on one rank ends all."""

import gc
import subprocess
import sys
from shutil import which
from weakref import ref

import numpy as np
import pytest
from lattice_solids import SOLIDS
from mpi4py import MPI
from small_networks import PULL, spatial_frame, strip

from femnn.errors import ConfigError
from femnn.losses import squared_error
from femnn.mechanics.beam import Beam
from femnn.mechanics.model import Model
from femnn.mechanics.models import MODELS
from femnn.mechanics.structure import Structure
from femnn.meshing.lines import line_mesh
from femnn.network.network import Network
from femnn.network_files.specification import load_network
from femnn.runtime.ranks import all_failed, on_root
from femnn.solving.equilibrium import equilibrium

COMM = MPI.COMM_WORLD


def results(network: Network, model: Model, force: np.ndarray, comm: MPI.Comm) -> dict[str, np.ndarray]:
    """Displacements, gradient, energies and response of a network under a load that deforms it visibly."""
    structure = Structure(model, network, comm)
    solver = equilibrium(structure)
    state = solver.forward(force)
    loss = squared_error(network, [(_answer(network), network.dimension - 1, 1e-3)])
    derivative = loss.derivative(state.displacements)
    structure.set_values(state.values)
    return {
        "displacements": state.displacements,
        "gradient": solver.gradient(state, derivative),
        "response": solver.response(state, [derivative])[0],
        "energies": structure.energy_by_stiffness(),
        "energy": np.array([structure.energy()]),
    }


def _answer(network: Network) -> int:
    """Label of a node whose displacement is looked at: the first output's, or the last free one."""
    free = network.labels[~network.fixed.any(axis=1)]
    return next((port.node for port in network.outputs.values()), int(free[-1]))


def assert_independent_of_ranks(network: Network, model: Model, force: np.ndarray, tolerance: float) -> None:
    """All ranks together find what each finds alone, to a share of the largest value."""
    together, alone = (results(network, model, force, comm) for comm in (COMM, MPI.COMM_SELF))
    for quantity, expected in alone.items():
        error = np.abs(together[quantity] - expected).max() / np.abs(expected).max()
        assert error < tolerance, quantity


@pytest.mark.parametrize(
    ("name", "model", "load"),
    [
        *((n, m, 0.05) for n in ("disordered-1000", "octet") for m in ("spring", "bar", "bar-green")),
        ("li2024", "beam", 0.2),
    ],
)
def test_results_do_not_depend_on_ranks(name: str, model: str, load: float) -> None:
    """Line models of large networks, to 1e-10."""
    network = load_network(name)
    port = next(iter(network.inputs.values()))
    force = network.point_force(port.node, load * np.array(port.direction))
    assert_independent_of_ranks(network, MODELS[model], force, 1e-10)


@pytest.mark.parametrize("hinges", ["none", (4, 5)])
def test_beams_in_space_do_not_depend_on_ranks(hinges: str | tuple[int, ...]) -> None:
    """A frame in space with rigid joints and with hinges, wherever the bonds that meet there are put, to 1e-9."""
    network = spatial_frame()
    model = Beam(cells_per_bond=4, hinges=hinges)
    assert_independent_of_ranks(network, model, network.point_force(3, [0.0, 2e-3, 0.0]), 1e-9)


def test_hinges_in_the_plane_do_not_depend_on_ranks() -> None:
    """The printed lattice with three hinges, to 1e-9."""
    network = load_network("li2024")
    model = Beam(cells_per_bond=4, hinges=(7, 8, 11))
    assert_independent_of_ranks(network, model, network.point_force(13, [0.0, -0.2]), 1e-9)


@pytest.mark.parametrize(
    "name", ["plane-stress foam thickness", "plane-strain stiffening thickness", "solid rubber modulus"]
)
def test_solids_do_not_depend_on_ranks(name: str) -> None:
    """Solids with every kind of field beside the displacement, to 1e-9."""
    assert_independent_of_ranks(strip(), SOLIDS[name], PULL, 1e-9)


@pytest.mark.parametrize("name", ["disordered-1000", "octet", "li2024"])
@pytest.mark.parametrize("cells", [1, 4])
def test_meshes_keep_their_joints(name: str, cells: int) -> None:
    """However the mesh is distributed, it has the network's cells and vertices, and no joint has come apart."""
    network = load_network(name)
    mesh = line_mesh(network, COMM, np.arange(1, cells) / cells).mesh
    topology = mesh.topology
    assert topology.index_map(1).size_global == cells * len(network.bonds)
    assert topology.index_map(0).size_global == len(network.nodes) + (cells - 1) * len(network.bonds)


def test_structures_that_are_gone_are_given_back() -> None:
    """Building and solving again and again runs neither out of communicators nor keeps what was dropped."""
    network = load_network("li2024")
    force = network.point_force(13, [0.0, -0.05])
    for _ in range(9):
        gone = []
        for _ in range(10):
            structure = Structure(MODELS["bar"], network, COMM)
            equilibrium(structure).forward(force)
            gone.append(ref(structure))
            del structure
        gc.collect()
        assert not any(structure() for structure in gone)


def test_an_error_on_root_is_raised_everywhere() -> None:
    """What rank 0 cannot read, no rank goes on without."""

    def fail() -> None:
        raise ConfigError("no such file")

    with pytest.raises(ConfigError, match="no such file"):
        on_root(COMM, fail)


def test_ranks_agree_that_all_have_failed() -> None:
    """Ranks that all come to an error end in good order."""
    assert all_failed(COMM.Dup())


@pytest.mark.serial
def test_an_error_on_one_rank_ends_all() -> None:
    """A rank that fails alone aborts the others, which wait for it, and the status tells."""
    launcher = which("mpiexec")
    if launcher is None:
        pytest.fail("mpiexec is not on the PATH")
    code = (
        "import femnn.cli, femnn.study.runner\n"
        "from mpi4py import MPI\n"
        "from femnn.errors import ConfigError\n"
        "def alone(*arguments):\n"
        "    if MPI.COMM_WORLD.rank == 1:\n"
        "        raise ConfigError('rank 1 cannot go on')\n"
        "    MPI.COMM_WORLD.barrier()\n"
        "femnn.study.runner.run = alone\n"
        "femnn.cli.main(['run', 'gradient-error'])\n"
    )
    result = subprocess.run(
        [launcher, "-n", "2", sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode != 0
    assert "rank 1 cannot go on" in result.stderr


@pytest.mark.serial
def test_a_group_that_alone_looks_for_a_critical_point_ends_with_the_others() -> None:
    """SLEPc ends on all ranks together, so that all of them must have started it."""
    launcher = which("mpiexec")
    if launcher is None:
        pytest.fail("mpiexec is not on the PATH")
    code = (
        "from mpi4py import MPI\n"
        "from femnn.mechanics.models import MODELS\n"
        "from femnn.mechanics.structure import Structure\n"
        "from femnn.network.lattices import li2024\n"
        "from femnn.solving.critical import critical_point\n"
        "from femnn.study.groups import split\n"
        "groups, network = split(MPI.COMM_WORLD, 1), li2024()\n"
        "if groups.index == 1:\n"
        "    structure = Structure(MODELS['beam'], network, groups.group)\n"
        "    print(critical_point(structure, network.point_force(14, [0.0, 9.8e-3])))\n"
    )
    result = subprocess.run(
        [launcher, "-n", "2", sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert "limit point" in result.stdout


@pytest.mark.parametrize("name", ["spring", "bar", "beam"])
def test_the_same_ranks_find_the_same_bits(name):
    """States and gradients of ten solvers in a row; on one rank this says little, on several all of it."""
    network = load_network("li2024")
    force = network.point_force(13, [0.0, -0.05])
    structure = Structure(MODELS[name], network)
    found = set()
    for _ in range(10):
        solver = equilibrium(structure)
        state = solver.forward(force)
        gradient = solver.gradient(state, 2 * state.displacements)
        found.add((state.displacements.tobytes(), gradient.tobytes()))
    assert len(found) == 1
