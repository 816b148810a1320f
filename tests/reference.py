"""The networks, loads and losses that mechanics, solvers and gradients are tested on, with structures built once."""

from functools import cache

import numpy as np
import pytest
from mpi4py import MPI
from numpy_springs import NumpyNetwork

from femnn.config.quantities import GRAM_FORCE
from femnn.losses import SquaredError, squared_error
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.models import MODELS
from femnn.mechanics.structure import Structure
from femnn.network import lattices
from femnn.network.network import Network
from femnn.solving.equilibrium import Equilibrium, equilibrium

BOND = 16e-3
NETWORKS = {"2D": lattices.li2024(), "3D": lattices.octet(1, 1, 1, BOND * np.sqrt(2))}

LINE_MODELS = [name for name, model in MODELS.items() if not isinstance(model, Continuum)]
"""Models of lines; solids have tests of their own."""
each_model = pytest.mark.parametrize("model", LINE_MODELS)
each_axial_model = pytest.mark.parametrize("model", ["spring", "bar", "bar-green"])
each_bar_model = pytest.mark.parametrize("model", ["bar", "bar-green"])
each_nonlinear_model = pytest.mark.parametrize("model", [name for name in LINE_MODELS if not MODELS[name].linear])
each_dimension = pytest.mark.parametrize("dimension", list(NETWORKS))


def uneven_stiffness(network: Network, seed: int = 1) -> np.ndarray:
    """Stiffness between the network's bounds, another for each bond."""
    lower, upper = network.stiffness_bounds
    return np.random.default_rng(seed).uniform(lower, upper)


def numpy_network(network: Network, model: str) -> NumpyNetwork:
    return NumpyNetwork(network.nodes, network.bonds, network.fixed, model)


def structure(model: str, dimension: str) -> Structure:
    """The model on the 2D or 3D network with uneven stiffness."""
    return solver(model, dimension).structure


def solver(model: str, dimension: str) -> Equilibrium:
    """The solver of that structure; built once, with the stiffness set again each time."""
    built = _built(model, dimension)
    built.structure.set_stiffness(uneven_stiffness(NETWORKS[dimension]))
    return built


@cache
def _built(model: str, dimension: str) -> Equilibrium:
    return equilibrium(Structure(MODELS[model], NETWORKS[dimension], MPI.COMM_WORLD))


def load(dimension: str, grams: float) -> np.ndarray:
    """A force on one free node: downwards on node 13 in 2D, oblique in 3D; 1 gf for each gram."""
    network = NETWORKS[dimension]
    node, direction = (13, [0, -1]) if dimension == "2D" else (network.inputs["load"].node, [0.48, 0.36, -0.8])
    return network.point_force(node, grams * GRAM_FORCE * np.array(direction))


def loss(dimension: str) -> SquaredError:
    """The squared error of two components of two free nodes."""
    network = NETWORKS[dimension]
    terms = [(14, 1, -25e-3), (11, 0, 4e-3)] if dimension == "2D" else [(1, 2, -9e-3), (3, 0, 4e-3)]
    return squared_error(network, terms)
