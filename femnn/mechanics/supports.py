"""What supports hold of a structure, how they move, and the forces that they exert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.errors import NetworkError
from femnn.mechanics.measuring import Readings
from femnn.network.network import Network
from femnn.runtime.stack import MPI, fem

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Reactions:
    """What the supports exert on the network."""

    forces: Floats
    """On the nodes (N), shape (N, d); zero where nothing is held."""
    moments: Floats
    """On nodes whose rotation is held (N·m), shape (N, 1) in the plane, (N, 3) in space, (N, 0) without rotations."""

    def rows(self, network: Network) -> list[dict[str, Any]]:
        """Return a row for each node that exerts a force and each component, with its label and the unit in words."""
        found = []
        for quantity, values in (("force (N)", self.forces), ("moment (N m)", self.moments)):
            # Nodes that a load case holds and moves exert forces too
            exerting = np.flatnonzero(network.fixed.any(axis=1) | values.any(axis=1))
            axes = "xyz" if values.shape[1] > 1 else "z"
            found += [
                {"node": int(network.labels[node]), "quantity": quantity, "component": axes[i],
                 "reaction": float(values[node, i])}
                for node in exerting
                for i in range(values.shape[1])
            ]  # fmt: skip
        return found


class Supports:
    """Fixed components of u.

    Attributes:
        fixed: indices of the fixed components among those that this rank owns.
        bcs: the supports as DOLFINx boundary conditions, with the values of :meth:`set`.
    """

    def __init__(
        self, network: Network, space: fem.FunctionSpace, readings: Readings, held_at_nodes: npt.NDArray[np.bool_]
    ) -> None:
        """Find what is held.

        Args:
            network: the network.
            space: space of u.
            readings: what there is of u at the nodes.
            held_at_nodes: components of u that the model holds at the nodes, shape (N, components).
        """
        self._network, self._values = network, fem.Function(space)
        nodes, components, local = readings.at_node
        held = np.unique(np.append(local[held_at_nodes[nodes, components]], readings.idle)).astype(np.int32)
        index_map, block_size = space.dofmap.index_map, space.dofmap.index_map_bs
        self.fixed = held[held < index_map.size_local * block_size]
        self.bcs = (
            [fem.dirichletbc(self._values, held)]
            if block_size == 1
            else [_of_component(self._values, held[held % block_size == i], i) for i in range(block_size)]
        )
        node, component = (
            np.full((index_map.size_local + index_map.num_ghosts) * block_size, -1, dtype=np.int64) for _ in range(2)
        )
        node[local], component[local] = nodes, components
        # −1 for what means nothing and is held
        self._node, self._component = node[self.fixed], component[self.fixed]

    def prescribed(self, displacements: Floats | None) -> Floats:
        """Return the values of the fixed components that this rank owns, in the order of ``fixed``.

        Args:
            displacements: of the nodes (m), shape (N, d), zero where nothing is held; None for supports that do not
                move. A support of a solid moves as a whole; rotations that are held stay zero.

        Raises:
            NetworkError: wrong shape, a value that is not finite, or one where the network has no support.
        """
        values = np.zeros(len(self._node))
        if displacements is None:
            return values
        network = self._network
        if displacements.shape != network.nodes.shape:
            raise NetworkError(
                f"{network.name}: prescribed displacements must be of shape {network.nodes.shape}, not "
                f"{displacements.shape}."
            )
        bad = ~np.isfinite(displacements)
        if bad.any():
            label = network.labels[bad.any(axis=1)][0]
            raise NetworkError(f"{network.name}: the prescribed displacement of node {label} is not finite.")
        network.require_held(displacements)
        moving = (self._node >= 0) & (self._component < network.dimension)
        values[moving] = displacements[self._node[moving], self._component[moving]]
        return values

    def set(self, values: Floats) -> None:
        """Take values of the fixed components that this rank owns as those of the boundary conditions."""
        self._values.x.array[:] = 0.0
        self._values.x.array[self.fixed] = values
        self._values.x.scatter_forward()

    def sums(self, values: Floats, components: int, comm: MPI.Comm) -> Floats:
        """Return sums over what each node's support holds, on every rank, shape (N, components).

        Args:
            values: at the fixed components that this rank owns.
            components: how many of each node's are wanted.
            comm: ranks of the structure.
        """
        known = (self._node >= 0) & (self._component < components)
        sums = np.zeros((len(self._network.nodes), components))
        np.add.at(sums, (self._node[known], self._component[known]), values[known])
        comm.Allreduce(MPI.IN_PLACE, sums)
        return sums


def _of_component(values: fem.Function, indices: npt.NDArray[np.int32], component: int) -> fem.DirichletBC:
    """The same components of the whole space, once as those of a block's part and once as those of the values."""
    return fem.dirichletbc(values, [indices, indices], values.function_space.sub(component))
