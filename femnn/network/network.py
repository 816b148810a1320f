"""A network of bonds: nodes, bonds, supports, sections and ports. NumPy only; meshes and models are made from it.

Nodes carry labels (1 to N unless given), which is how users, files and messages call them; arrays are indexed from 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from femnn.errors import MechanismError, NetworkError
from femnn.network import checks, rigidity
from femnn.network.likely_causes import likely_causes
from femnn.network.port import Port
from femnn.network.sections import AGILUS_SECTION, Sections

if TYPE_CHECKING:
    from matplotlib.figure import Figure

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, repr=False)
class Network:
    """Nodes joined by bonds, held by supports; checked on construction and read-only afterwards.

    Raises:
        NetworkError: NaN or wrong shapes; duplicate or zero-length bonds; unknown nodes; disconnected parts; no
            support; sections that are not positive or whose bounds are inverted; ports on unknown nodes.
        MechanismError: nodes that can move without stretching a bond; with rigid joints, nothing is held along an axis.
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
        self._set("bonds", checks.whole_numbers(self.name, "bonds", self.bonds).reshape(-1, 2))
        self._set("fixed", np.array(self.fixed, dtype=np.bool_))
        labels = np.array(self.labels, dtype=np.int64)
        self._set("labels", labels if labels.size else np.arange(1, len(self.nodes) + 1))
        checks.check_nodes(self)
        checks.check_bonds(self)
        object.__setattr__(self, "sections", self.sections.spread(len(self.bonds)))
        checks.check_sections(self)
        checks.check_ports(self)
        checks.check_connected(self)
        if self.rigid_joints:
            checks.check_held(self)
        else:
            self.require_rigid()

    def __repr__(self) -> str:
        return f"Network({self.name}, {len(self.nodes)} nodes, {len(self.bonds)} bonds, {self.dimension}D)"

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

    def plot(self, values: npt.ArrayLike | None = None, label: str = "", title: str = "") -> "Figure":
        """Return a drawing of the network.

        Args:
            values: a number for each bond, which colours it, shape (B,); bonds are black if left out.
            label: of the colours.
            title: of the drawing; the network's name unless given.
        """
        from femnn.report.lattice_marks import LatticeField
        from femnn.report.lattice_plots import lattice
        from femnn.report.plots import drawing

        figure, axes = drawing(1, 1, 7.0, 5.5)
        colours = None if values is None else np.asarray(values, dtype=np.float64)
        lattice(LatticeField(network=self, values=colours, label=label), axes[0, 0], title or self.name)
        return figure

    def require_rigid(self) -> None:
        """Raise MechanismError if nodes can move without stretching a bond, which pin-jointed models cannot carry."""
        floppy = rigidity.floppy_nodes(self.nodes, self.bonds, self.fixed)
        if floppy.size:
            names = self.labels[floppy]
            nodes = checks.listed(names)
            joints = "" if self.rigid_joints else ", or set rigid_joints = true for beams whose joints transmit moments"
            raise MechanismError(
                f"{self.name}: a mechanism: {nodes} can move and stretch no bond; add bonds or supports{joints}"
                f"{likely_causes(self.nodes, self.bonds, self.fixed, self.labels, floppy)}.",
                tuple(int(n) for n in names),
            )
