"""A network of bonds: nodes, bonds, supports, sections and ports. NumPy only; meshes and models are made from it.

Nodes carry labels (1 to N unless given), which is how users, files and messages call them; arrays are indexed from 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np
import numpy.typing as npt

from femnn import rigidity
from femnn.errors import MechanismError, NetworkError
from femnn.sections import AGILUS_SECTION, UNITS, Sections

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]

ZERO_LENGTH = 1e-9
"""A bond shorter than this share of the network's size has no direction and is refused."""


@dataclass(frozen=True)
class Port:
    """A node and a direction, through which a network takes data in or gives an answer."""

    node: int
    """Label of the node."""
    direction: tuple[float, ...]
    """Direction in which a positive value acts, of length 1."""


@dataclass(frozen=True)
class Network:
    """Nodes joined by bonds, held by supports; checked on construction and read-only afterwards.

    Raises:
        NetworkError: NaN or wrong shapes; duplicate or zero-length bonds; unknown nodes; disconnected parts; no
            support; sections that are not positive or whose bounds are inverted; ports on unknown nodes.
        MechanismError: nodes that can move without stretching a bond.
    """

    nodes: Floats
    """Coordinates (m), shape (N, d) with d = 2 or 3."""
    bonds: Integers
    """Indices of the two end nodes, shape (B, 2)."""
    fixed: Booleans
    """Components of displacement that the supports hold at zero, shape (N, d)."""
    sections: Sections = AGILUS_SECTION
    inputs: Mapping[str, Port] = field(default_factory=dict)
    """Ports at which forces are applied, by name."""
    outputs: Mapping[str, Port] = field(default_factory=dict)
    """Ports at which displacements are read, by name."""
    labels: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Labels of the nodes, shape (N,); 1 to N when left out."""
    name: str = "network"
    rigid_joints: bool = False
    """The joints transmit moments, so that beams can carry what bars cannot; mechanisms of bars are then allowed."""
    notes: tuple[str, ...] = ()
    """What users are to know of how it was read: what of its file is left out, and whence its labels are."""

    def __post_init__(self) -> None:
        """Bring the arrays to their types, make them read-only, and check them."""
        self._set("nodes", np.array(self.nodes, dtype=np.float64))
        self._set("bonds", np.array(self.bonds, dtype=np.int64).reshape(-1, 2))
        self._set("fixed", np.array(self.fixed, dtype=np.bool_))
        labels = np.array(self.labels, dtype=np.int64)
        self._set("labels", labels if labels.size else np.arange(1, len(self.nodes) + 1))
        self._check_nodes()
        self._check_bonds()
        object.__setattr__(self, "sections", self.sections.spread(len(self.bonds)))
        self._check_sections()
        self._check_ports()
        self._check_connected()
        if not self.rigid_joints:
            self.require_rigid()

    def _set(self, attribute: str, array: np.ndarray) -> None:
        array.setflags(write=False)
        object.__setattr__(self, attribute, array)

    @property
    def dimension(self) -> int:
        """Number of coordinates of a node, 2 or 3."""
        return int(self.nodes.shape[1])

    @property
    def bond_vectors(self) -> Floats:
        """Vectors from the first to the second node of each bond (m), shape (B, d)."""
        return self.nodes[self.bonds[:, 1]] - self.nodes[self.bonds[:, 0]]

    @property
    def lengths(self) -> Floats:
        """Rest lengths L of the bonds (m), shape (B,)."""
        return np.linalg.norm(self.bond_vectors, axis=1)

    @property
    def stiffness(self) -> Floats:
        """Axial stiffness k = E·w·t/L of each bond (N/m), shape (B,)."""
        return self._stiffness_of(self.sections.width)

    @property
    def stiffness_bounds(self) -> tuple[Floats, Floats]:
        """Smallest and largest stiffness that the bounds of the widths allow (N/m), each of shape (B,)."""
        return self._stiffness_of(self.sections.width_lower), self._stiffness_of(self.sections.width_upper)

    def _stiffness_of(self, width: Floats) -> Floats:
        return self.sections.modulus * width * self.sections.thickness / self.lengths

    def with_width_bounds(self, smallest: npt.ArrayLike, largest: npt.ArrayLike) -> "Network":
        """The same network whose bonds may have widths between two (m), of all bonds or of each.

        Raises:
            NetworkError: a bond's own width is outside these bounds, or they are inverted.
        """
        width = self.sections.width
        lower, upper = (
            np.broadcast_to(np.asarray(bound, dtype=np.float64), width.shape) for bound in (smallest, largest)
        )
        outside = np.flatnonzero((width < lower) | (width > upper))
        if outside.size:
            bond = int(outside[0])
            raise NetworkError(
                f"{self.name}: bond {self.bond_name(bond)} is {1e3 * width[bond]:g} mm wide, outside the bounds of the "
                f"widths, {1e3 * lower[bond]:g} to {1e3 * upper[bond]:g} mm; have them include it."
            )
        return replace(self, sections=replace(self.sections, width_lower=lower, width_upper=upper))

    def clamped(self, components: npt.ArrayLike) -> "Network":
        """Return the same network with further components held, at which displacements can then be prescribed.

        Input ports that push on such a component are left out.

        Args:
            components: which components of which nodes, as booleans of shape (N, d).

        Raises:
            NetworkError: wrong shape.
        """
        held = np.asarray(components, dtype=np.bool_)
        if held.shape != self.nodes.shape:
            raise NetworkError(
                f"{self.name}: components to hold must be of shape {self.nodes.shape}, not {held.shape}."
            )
        fixed = self.fixed | held
        inputs = {
            name: port
            for name, port in self.inputs.items()
            if not (fixed[self.index(port.node)] & (np.array(port.direction) != 0)).any()
        }
        return replace(self, fixed=fixed, inputs=inputs)

    def prescribed(self, displacements: Mapping[int, npt.ArrayLike]) -> Floats:
        """Return displacements of all nodes (m), shape (N, d), that are zero except at some supports.

        Args:
            displacements: displacement of each of these supports (m), shape (d,), by the node's label.

        Raises:
            NetworkError: the node is unknown, a component that moves is not held, or the displacement is not d finite
                numbers.
        """
        result = np.zeros_like(self.nodes)
        for label, displacement in displacements.items():
            node = self.index(label)
            try:
                vector = np.asarray(displacement, dtype=np.float64)
            except (TypeError, ValueError):
                vector = np.full(1, np.nan)
            if vector.shape != (self.dimension,) or not np.isfinite(vector).all():
                raise NetworkError(
                    f"{self.name}: the prescribed displacement of node {label} must be {self.dimension} finite "
                    f"numbers in m, not {displacement!r}."
                )
            result[node] = vector
        self.require_held(result)
        return result

    def require_held(self, displacements: Floats) -> None:
        """Refuse displacements (m), shape (N, d), that are prescribed where nothing is held.

        Raises:
            NetworkError: there is one; the message names the node.
        """
        free = np.argwhere((displacements != 0) & ~self.fixed)
        if len(free):
            node, axis = free[0]
            raise NetworkError(
                f"{self.name}: node {self.labels[node]} is not held along {'xyz'[axis]}, so no displacement can be "
                "prescribed there; hold it first, by a support or by Network.clamped."
            )

    @property
    def largest_degree(self) -> int:
        """Largest number of bonds that meet at a node."""
        return int(np.bincount(self.bonds.ravel()).max())

    def index(self, label: int) -> int:
        """Index of the node with this label.

        Raises:
            NetworkError: no node has the label.
        """
        found = np.flatnonzero(self.labels == label)
        if not found.size:
            raise NetworkError(
                f"{self.name}: there is no node {label}; nodes are {self.labels.min()} to {self.labels.max()}."
            )
        return int(found[0])

    def bond_name(self, bond: int) -> str:
        """The bond by the labels of its nodes, as in "1–2"."""
        p, q = self.labels[self.bonds[bond]]
        return f"{p}–{q}"

    def point_force(self, label: int, force: npt.ArrayLike) -> Floats:
        """Forces on all nodes (N), shape (N, d), that are zero except at one node.

        Args:
            label: label of the loaded node.
            force: its force (N), shape (d,).

        Raises:
            NetworkError: the node is unknown, a loaded component is held by a support, or the force is not d
                finite numbers.
        """
        node, vector = self.index(label), np.asarray(force, dtype=np.float64)
        if vector.shape != (self.dimension,) or not np.isfinite(vector).all():
            raise NetworkError(
                f"{self.name}: the force on node {label} must be {self.dimension} finite numbers (N), not {vector}."
            )
        if (self.fixed[node] & (vector != 0)).any():
            raise NetworkError(f"{self.name}: node {label} is fixed in the direction of the load; load a free node.")
        forces = np.zeros_like(self.nodes)
        forces[node] = vector
        return forces

    def _check_nodes(self) -> None:
        if self.nodes.ndim != 2 or self.nodes.shape[1] not in (2, 3) or len(self.nodes) < 2:
            raise NetworkError(f"{self.name}: nodes must be of shape (N, 2) or (N, 3), N ≥ 2, not {self.nodes.shape}.")
        if self.labels.shape != (len(self.nodes),) or len(np.unique(self.labels)) != len(self.nodes):
            raise NetworkError(f"{self.name}: each of the {len(self.nodes)} nodes needs a label of its own.")
        if not np.isfinite(self.nodes).all():
            raise NetworkError(
                f"{self.name}: coordinates of node {self._first_label(~np.isfinite(self.nodes))} are not finite."
            )
        if self.fixed.shape != self.nodes.shape:
            raise NetworkError(f"{self.name}: fixed must be of shape {self.nodes.shape}, not {self.fixed.shape}.")
        if not self.fixed.any():
            raise NetworkError(f"{self.name}: no node is supported; fix at least one.")

    def _first_label(self, rows: Booleans) -> int:
        return int(self.labels[np.flatnonzero(rows.any(axis=1))[0]])

    def _check_bonds(self) -> None:
        if not len(self.bonds):
            raise NetworkError(f"{self.name}: there are no bonds.")
        unknown = ((self.bonds < 0) | (self.bonds >= len(self.nodes))).any(axis=1)
        if unknown.any():
            bond = np.flatnonzero(unknown)[0]
            raise NetworkError(
                f"{self.name}: bond {bond + 1} joins node indices {self.bonds[bond].tolist()}, "
                f"but indices run from 0 to {len(self.nodes) - 1}."
            )
        short = self.lengths <= ZERO_LENGTH * np.ptp(self.nodes, axis=0).max()
        if short.any():
            raise NetworkError(f"{self.name}: bond {self.bond_name(int(np.flatnonzero(short)[0]))} has no length.")
        _, first, counts = np.unique(np.sort(self.bonds, axis=1), axis=0, return_index=True, return_counts=True)
        if (counts > 1).any():
            raise NetworkError(
                f"{self.name}: bond {self.bond_name(int(first[counts > 1][0]))} is given more than once."
            )

    def _check_sections(self) -> None:
        for f in fields(self.sections):
            values = getattr(self.sections, f.name)
            bad = ~(np.isfinite(values) & (values >= 0 if f.name == "end_share" else values > 0))
            if bad.any():
                bond = int(np.flatnonzero(bad)[0])
                value = f"{values[bond]} {UNITS[f.name]}".rstrip()
                raise NetworkError(f"{self.name}: {f.name} of bond {self.bond_name(bond)} is {value}, must be above 0.")
        long = self.sections.end_share >= 0.5
        if long.any():
            bond = int(np.flatnonzero(long)[0])
            raise NetworkError(f"{self.name}: the ends of bond {self.bond_name(bond)} take up its whole length.")
        inverted = self.sections.width_lower > self.sections.width_upper
        if inverted.any():
            bond = int(np.flatnonzero(inverted)[0])
            raise NetworkError(f"{self.name}: width bounds of bond {self.bond_name(bond)} are inverted.")

    def _check_ports(self) -> None:
        for name, port in {**self.inputs, **self.outputs}.items():
            if port.node not in self.labels:
                raise NetworkError(f"{self.name}: port {name!r} is on node {port.node}, which does not exist.")
            if len(port.direction) != self.dimension or not np.isclose(np.linalg.norm(port.direction), 1):
                raise NetworkError(
                    f"{self.name}: port {name!r} needs a direction of {self.dimension} components, length 1."
                )
        for name, port in self.inputs.items():
            if (self.fixed[self.index(port.node)] & (np.array(port.direction) != 0)).any():
                raise NetworkError(f"{self.name}: input port {name!r} pushes on node {port.node} where it is fixed.")

    def _check_connected(self) -> None:
        part = rigidity.connected_parts(len(self.nodes), self.bonds)
        outside = np.flatnonzero(part != part[0])
        if outside.size:
            raise NetworkError(
                f"{self.name}: the network is in {part.max() + 1} parts; no bonds lead from node {self.labels[0]} "
                f"to {_listed(self.labels[outside])}."
            )

    def require_rigid(self) -> None:
        """Raise MechanismError if nodes can move without stretching a bond, which pin-jointed models cannot carry."""
        floppy = rigidity.floppy_nodes(self.nodes, self.bonds, self.fixed)
        if floppy.size:
            names = self.labels[floppy]
            raise MechanismError(
                f"{self.name}: a mechanism: {_listed(names)} can move and stretch no bond; add bonds or supports.",
                tuple(int(n) for n in names),
            )


def _listed(labels: Integers, most: int = 8) -> str:
    names = ", ".join(str(label) for label in labels[:most])
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    return f"node{'s' if len(labels) > 1 else ''} {names}{more}"
