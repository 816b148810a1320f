"""Where a new project is loaded and read, by forces and displacements that suit its network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from femnn.config.directions import AXES
from femnn.errors import FemnnError, NetworkError
from femnn.insitu.port_texts import down
from femnn.insitu.scales import linear_response, rounded, suitable_load
from femnn.mechanics.carrying import carriers
from femnn.mechanics.models import BARS, BEAMS, SPRINGS
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.runtime.stack import MPI
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.study.model_settings import ModelSettings

type Floats = npt.NDArray[np.float64]
type Lines = Mapping[str, npt.NDArray[np.int64]]

LOADED = re.compile(r"load|force|push|input|weight|last|charge", re.IGNORECASE)
READ = re.compile(r"output|read|target|answer|response|camera|marker", re.IGNORECASE)
"""Names of groups that mark nodes that are loaded or read."""
SHARE = 0.05
"""Largest displacement under the load, as a share of the median bond."""
TEACHERS = 12
"""Networks with other widths, of which one is chosen that differs clearly from the one at hand."""


@dataclass(frozen=True)
class Sized:
    """A network with ports, and the load that suits it."""

    network: Network
    """With two inputs and two outputs at most."""
    models: tuple[str, ...]
    """Models that carry it, for studies."""
    force: float
    """At each input (N)."""
    responses: Floats
    """Displacements at each output along its axis for that force at each input, shape (outputs, inputs) (m)."""
    taught: Floats
    """The same of a network with other widths within the bounds: what can be learnt."""
    at_inputs: tuple[Floats, Floats]
    """The same two at the inputs themselves, each of shape (inputs, inputs) (m): they answer in a classification."""
    why: Mapping[str, str]
    """Where "inputs" and "outputs" are from, a sentence each."""


def sized(network: Network, groups: Lines, comm: MPI.Comm, seed: int = 0) -> Sized:
    """Return the network with ports where it has none, and a load that suits them.

    Inputs are the file's, or the free node farthest from the supports and one far from that; outputs are nodes that
    move clearly under the first input. The load is that of 1 % strain, or less, where bonds would buckle, turn or
    nodes move by more than a twentieth of a bond.

    Args:
        network: the network.
        groups: named groups of indices of nodes.
        comm: ranks that share each solve; all of them call.
        seed: of the widths of the network that answers as is wanted.

    Raises:
        NetworkError: no node is free to be loaded, or no load suits it.
    """
    known = ModelSettings().models_by_name()
    good = carriers(known, network)
    models = tuple(name for name in (SPRINGS, BARS) if name in good) or (BEAMS,)
    solver = equilibrium(Structure(known[models[-1]], network, comm))
    network, inputs = _with_inputs(network, groups)
    first = _force(network, next(iter(network.inputs.values())))
    # Choices are the same on all ranks
    network, outputs = comm.bcast(_with_outputs(network, groups, linear_response(solver, first)))
    why = {"inputs": inputs, "outputs": outputs}
    forces = [_force(network, port) for port in network.inputs.values()]
    factor = suitable_load(solver, np.sum(forces, axis=0))
    moved = factor * np.array([linear_response(solver, force) for force in forces])
    largest = max(float(np.linalg.norm(U, axis=1).max()) for U in (*moved, moved.sum(axis=0)))
    factor *= min(1.0, SHARE * float(np.median(network.lengths)) / largest)
    factor = comm.bcast(rounded(factor))
    own, taught = _answers(solver, network, [factor * f for f in forces], seed)
    count = len(network.outputs)
    found = Sized(network, models, factor, own[:count], taught[:count], (own[count:], taught[count:]), why)
    return comm.bcast(found)


def _force(network: Network, port: Port) -> Floats:
    return network.point_force(port.node, port.direction)


def _with_inputs(network: Network, groups: Lines) -> tuple[Network, str]:
    """Two inputs, if two nodes are free: the network's, those that are marked, or those far from the supports."""
    axis = network.dimension - 1
    free = np.flatnonzero(~network.fixed[:, axis])
    marked = None if network.inputs else _marked(groups, LOADED, free)
    chosen = [network.index(port.node) for port in network.inputs.values()] or (marked[1][:2] if marked else [])
    if not chosen and not free.size:
        raise NetworkError(f"{network.name}: no node is free to move along {AXES[axis]}, in which weights hang.")
    given = len(chosen)
    far = _distance(network.nodes[free], network.nodes[network.fixed.any(axis=1)])
    while len(chosen) < 2:
        apart = np.minimum(_distance(network.nodes[free], network.nodes[chosen]), far) if chosen else far
        if not free.size or not apart.max() > 0:
            break
        chosen.append(int(free[np.argmax(np.round(apart / far.max(), 9))]))
    ports = dict(network.inputs)
    for node in chosen[len(ports) :]:
        ports[_name("load", ports)] = Port(int(network.labels[node]), down(network))
    why = f'the file marks nodes as "{marked[0]}".' if marked else "those that it has." if given else ""
    if len(chosen) > given:
        added = "one more free node was" if given else "free nodes far from the supports and from each other were"
        why = f"{why or 'the file marks none:'} {added} chosen.".replace(". one", "; one")
    return replace(network, inputs=ports), why


def _with_outputs(network: Network, groups: Lines, moved: Floats) -> tuple[Network, str]:
    """Two outputs: the network's, those that are marked, or nodes that move clearly along an axis under the load."""
    free = np.flatnonzero(~network.fixed.all(axis=1))
    sizes = np.where(network.fixed, 0.0, np.abs(moved))
    marked = None if network.outputs else _marked(groups, READ, free)
    ports = dict(network.outputs)
    chosen = [network.index(port.node) for port in ports.values()] or (marked[1][:2] if marked else [])
    given = len(chosen)
    loaded = [network.index(port.node) for port in network.inputs.values()]
    others = np.setdiff1d(free, [*loaded, *chosen])
    # Where there are too few other nodes, the loaded ones are read too
    ranked = [*others[np.argsort(-np.round(sizes[others].max(axis=1) / sizes.max(), 6), kind="stable")], *loaded]
    chosen += [int(node) for node in ranked if int(node) not in chosen][: max(0, 2 - given)]
    for node in chosen[len(ports) :]:
        direction = np.zeros(network.dimension)
        direction[int(np.argmax(np.round(sizes[node] / sizes.max(), 9)))] = 1.0
        ports[_name("output", ports)] = Port(int(network.labels[node]), tuple(direction.tolist()))
    why = f'the file marks nodes as "{marked[0]}".' if marked else "those that it has." if given else ""
    if len(chosen) > given:
        added = "one more was" if given else "nodes that move clearly under the first load were"
        why = f"{why or 'the file marks none:'} {added} chosen.".replace(". one", "; one")
    return replace(network, outputs=ports), why


def _name(kind: str, ports: Mapping[str, Port]) -> str:
    return next(name for number in range(1, len(ports) + 2) if (name := f"{kind}-{number}") not in ports)


def along(port: Port) -> int:
    """Return the axis that is nearest to the direction of a port: studies of learning read displacements along axes."""
    return int(np.argmax(np.abs(port.direction)))


def _marked(groups: Lines, names: re.Pattern[str], free: npt.NDArray[np.int64]) -> tuple[str, list[int]] | None:
    """The first group of a name that marks a part of the free nodes alone."""
    for name, members in groups.items():
        if names.search(name) and len(members) and np.isin(members, free).all() and len(members) < len(free):
            return name, [int(node) for node in members]
    return None


def _distance(nodes: Floats, others: Floats) -> Floats:
    """Distance of each node to the nearest of others, shape (N,)."""
    from scipy.spatial import KDTree

    return np.asarray(KDTree(others).query(nodes)[0])


def _answers(solver: Equilibrium, network: Network, forces: list[Floats], seed: int) -> tuple[Floats, Floats]:
    """Displacements at outputs and inputs as the network is, and with other widths, those that differ most of some."""
    own = _at_ports(solver, network, forces)
    sections = network.sections
    lower, upper = sections.width_lower / sections.width, sections.width_upper / sections.width
    best, most = own, -1.0
    for number in range(TEACHERS):
        shares = np.random.default_rng([seed, number]).uniform(lower, upper)
        solver.structure.set_stiffness(shares * network.stiffness)
        try:
            found = _at_ports(solver, network, forces)
        except FemnnError:
            continue
        scale = np.abs(own).max(axis=1, keepdims=True)
        change = float(np.abs((found - own) / np.where(scale > 0, scale, 1)).min(axis=1).min())
        if change > most:
            best, most = found, change
    solver.structure.set_stiffness(network.stiffness)
    return own, best


def _at_ports(solver: Equilibrium, network: Network, forces: list[Floats]) -> Floats:
    moved = [linear_response(solver, force) for force in forces]
    ports = [*network.outputs.values(), *network.inputs.values()]
    return np.array([[U[network.index(port.node), along(port)] for U in moved] for port in ports])
