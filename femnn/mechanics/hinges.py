"""Hinged nodes of beams: rotations released at the ends of bonds, and which of these releases there are.

At a hinged node bonds share the displacement, and each turns by a rotation of its own: no moment is transmitted. The
shared rotation, quadratic along each cell, is held at zero there; added to it is a released one, linear in each cell
and continuous nowhere, of which all but the values at hinged ends of bonds are held at zero. The sum is quadratic along
each cell, continuous inside of bonds and where joints are rigid, and free at hinged ends: nothing is approximated.

In space a bond that is free to turn at both ends could spin about itself and resist nothing. The released rotation ρ
has a fourth component σ there, with the energy ½ ∫ GJ ((σ − ρ·t)/(ℓ h))² ds on cells of length h. Where σ is free it
follows ρ·t and stores nothing. At one end of bonds that could spin it is held at zero, and ρ·t with it: no other torque
acts on such a bond about its axis, so that again nothing is stored. Rotations without a component along t lead t to
every other direction, and the cross-section's spin costs no energy: this keeps the axis from no motion.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from femnn.errors import MechanismError
from femnn.meshing.lines import LineMesh
from femnn.network import rigidity
from femnn.network.network import Network
from femnn.network.rigid_motions import free_motion
from femnn.runtime.stack import fem

type Booleans = npt.NDArray[np.bool_]
type Integers = npt.NDArray[np.int64]


def hinged_nodes(network: Network, hinges: str | tuple[int, ...]) -> Booleans:
    """Which nodes are hinged, shape (N,).

    Args:
        network: the network.
        hinges: "none", "all", or the labels of the hinged nodes.

    Raises:
        NetworkError: there is no node with one of the labels.
    """
    hinged = np.full(len(network.nodes), hinges == "all")
    if not isinstance(hinges, str):
        hinged[[network.index(label) for label in hinges]] = True
    return hinged


def held_releases(mesh: LineMesh, space: fem.FunctionSpace, hinged: Booleans, clamped: Booleans) -> Integers:
    """Local components of the field that release no rotation, and are to be held at zero.

    Args:
        mesh: the mesh.
        space: a mixed space whose second field is the released rotation, with two blocks a cell, at its vertices.
        hinged: which nodes are hinged, shape (N,).
        clamped: of which nodes the supports hold the rotation, shape (N,).
    """
    network = mesh.network
    released, within = space.sub(1).collapse()
    node = mesh.geometry_nodes[mesh.mesh.geometry.dofmaps[0]]
    components = released.dofmap.index_map_bs
    free = np.zeros((*released.dofmap.list.shape, components), dtype=np.bool_)
    free[:] = ((node >= 0) & hinged[node])[:, :, None]
    if network.dimension == 3:
        alone = np.bincount(network.bonds.ravel(), minlength=len(network.nodes)) == 1
        spinning = (hinged | (alone & ~clamped))[network.bonds].all(axis=1)
        # Where the other end is free without a hinge there is but this one to hold
        end = np.where(hinged[network.bonds[:, 0]], network.bonds[:, 0], network.bonds[:, 1])
        free[:, :, 3] &= ~(spinning[mesh.cell_bonds, None] & (node == end[mesh.cell_bonds, None]))
    blocks = released.dofmap.list[:, :, None] * components + np.arange(components)
    return np.asarray(within, dtype=np.int64).ravel()[blocks[~free]]


def require_held(network: Network, clamped: Booleans) -> None:
    """Refuse supports that leave a frame free as a whole.

    Args:
        network: the network.
        clamped: of which nodes the supports hold the rotation, shape (N,).

    Raises:
        MechanismError: the message says how it can move.
    """
    motion = free_motion(network.nodes, network.fixed, clamped)
    if motion:
        raise MechanismError(
            f"{network.name}: the supports leave beams as a whole free {motion}; support more nodes or components"
            + (", or clamp them." if network.fixed.all(axis=1).any() else "."),
            tuple(int(label) for label in network.labels),
        )


def require_frame(network: Network, hinged: Booleans, clamped: Booleans) -> None:
    """Refuse networks in which nodes can move and neither stretch, bend nor twist a bond.

    To first order a frame is as rigid as the bars that are put in its place here: the joint of a rigid node is a
    solid of the node and further points, with bars between them, and a bond that it clamps has bars from these points
    to its other end.

    Args:
        network: the network.
        hinged: which nodes are hinged, shape (N,).
        clamped: of which nodes the supports hold the rotation, shape (N,).

    Raises:
        MechanismError: the message names the nodes that move.
    """
    if not network.rigid_joints:
        # Rigid without any joint's help, as has been checked
        return
    count, extra = len(network.nodes), network.dimension - 1
    owner = np.repeat(np.flatnonzero(~hinged), extra)
    places = np.random.default_rng(0).normal(scale=network.lengths.mean(), size=(len(owner), network.dimension))
    points = count + np.arange(len(owner)).reshape(-1, extra)
    of_node = np.full((count, extra), -1)
    of_node[~hinged] = points
    bars = [network.bonds, np.column_stack([owner, points.ravel()])]
    for p, q in (network.bonds.T, network.bonds.T[::-1]):
        bars += [np.column_stack([point, q])[point >= 0] for point in of_node[p].T]
    if network.dimension == 3:
        # What holds the further points of a solid together, and a bond's ends against twist
        bars += [points, of_node[network.bonds][(~hinged)[network.bonds].all(axis=1)][:, :, 0]]
    floppy = rigidity.floppy_nodes(
        np.vstack([network.nodes, network.nodes[owner] + places]),
        np.vstack(bars),
        np.vstack([network.fixed, np.repeat(clamped[owner, None], network.dimension, axis=1)]),
    )
    if floppy.size:
        nodes = np.unique(np.append(np.arange(count), owner)[floppy])
        labels = tuple(int(label) for label in network.labels[nodes])
        listed = ", ".join(map(str, labels[:8])) + (f" and {len(labels) - 8} more" if len(labels) > 8 else "")
        raise MechanismError(
            f"{network.name}: with its hinges a mechanism: node{'s' if len(labels) > 1 else ''} {listed} can move and "
            "stretch or bend no bond; hinge fewer nodes, or add bonds or supports.",
            labels,
        )
