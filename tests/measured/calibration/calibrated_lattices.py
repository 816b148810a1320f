"""The printed lattice with what is not known of it, for tests."""

from mpi4py import MPI

from femnn.insitu.load_cases import Case
from femnn.measured.calibration.calibrated_lattice import CalibratedLattice
from femnn.measured.calibration.parameters import Parameters, Priors
from femnn.measured.comparison.protocol import Protocol, protocol
from femnn.mechanics.models import model
from femnn.network.network import Network
from femnn.network_files.specification import load_network
from femnn.solving.continuation import LoadStepping
from femnn.solving.options import solver_options

ADJOINT_FORCE = 0.049
CASES = {
    "separate": {
        "loads": [{"node": 13, "direction": "-y", "force": "10 gf"}],
        "targets": [{"node": 14, "component": "y", "displacement": "-25 mm"}],
    },
    "same": {
        "loads": [{"node": 13, "direction": "-y", "force": "20 gf"}],
        "targets": [{"node": 13, "component": "y", "displacement": "-28 mm"}],
    },
}
"""Load cases of Li & Mao (2024), Fig. 1."""


def printed() -> Network:
    """The lattice of the paper."""
    return load_network("li2024")


def hung(name: str) -> Protocol:
    """What is hung on it in a case."""
    return protocol(Case.model_validate(CASES[name]), printed(), ADJOINT_FORCE)


def calibrated(name: str, parameters: tuple[str, ...], network: Network | None = None) -> CalibratedLattice:
    """The lattice in a model, with parameters by name."""
    network = network or printed()
    chosen = Parameters.chosen(parameters, model(name), network, Priors())
    return CalibratedLattice(model(name), network, chosen, MPI.COMM_WORLD, solver_options(), LoadStepping())
