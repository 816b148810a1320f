"""Networks as rows of text, such as files for spreadsheets and drawings hold them: nodes, bonds and ports by name.

Text gives numbers in full, so that a network comes back to the last bit. Plain numbers are in SI units.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite

import numpy as np
import numpy.typing as npt

from femnn.config.directions import AXES
from femnn.config.quantities import LONGEST, parse_quantity
from femnn.errors import ConfigError
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.network.sections import AGILUS_SECTION, UNITS, Sections
from femnn.network_files.labels import origin
from femnn.network_files.mesh_formats import Lines
from femnn.tables.cell_values import PLAIN, shown

type Floats = npt.NDArray[np.float64]
type Row = Mapping[str, str]
"""Values by column; under "" where the row stands, for messages. An empty value is one that is left out."""

WIDTH_RANGE = (0.75, 1.25)
"""Bounds of a width that is given without bounds, as shares of it (Li & Mao 2024)."""
SECTION = tuple(field.name for field in fields(Sections))
"""Columns of bonds beside ``first`` and ``second``."""
KINDS = ("input", "output")
"""Kinds of ports."""
LONGEST_LABEL = 18
"""Digits of a label that 64 bits hold for certain."""


@dataclass(frozen=True)
class Rows:
    """A network, or its nodes and bonds alone."""

    source: str
    """The file, for messages."""
    nodes: list[Row]
    """``node`` (its label), ``x``, ``y`` and in space ``z`` (m), and ``fixed`` (components that are held)."""
    bonds: list[Row]
    """``first`` and ``second`` (labels), and the fields of :class:`femnn.network.sections.Sections`."""
    ports: list[Row]
    """``port`` (its name), ``kind`` (input or output), ``node`` (label) and the direction ``x``, ``y`` and ``z``."""
    rigid_joints: bool = False
    notes: tuple[str, ...] = ()
    """What users are to know of how they were read."""
    numbering: str = "those of the table"
    """What the labels of the nodes are, for notes; "" if that is among them."""

    def lines(self, unit: float = 1.0) -> Lines:
        """Nodes and bonds alone.

        Args:
            unit: of coordinates that are plain numbers (m).

        Raises:
            ConfigError: a value cannot be read, labels are repeated, or a bond names an unknown node.
        """
        axes = self._axes()
        nodes = [[self._number(row, axis, "m", unit) for axis in axes] for row in self.nodes]
        labels = [self._label(row, "node") for row in self.nodes]
        index = {label: i for i, label in enumerate(labels)}
        if len(index) < len(labels):
            twice = next(label for i, label in enumerate(labels) if index[label] != i)
            raise ConfigError(f"{self.source}: node {twice} is given more than once.")
        bonds = [[self._index(row, key, index) for key in ("first", "second")] for row in self.bonds]
        numbers = np.array(labels)
        notes = (*(origin(numbers, self.numbering) if self.numbering else ()), *self.notes)
        return Lines(np.array(nodes), np.array(bonds).reshape(-1, 2), numbers, {}, notes)

    def network(self, name: str) -> Network:
        """The network.

        Args:
            name: what it is called.

        Raises:
            ConfigError: as :meth:`lines`; a component, a kind or a node of a port is unknown.
            NetworkError: the network is ill-formed.
        """
        lines, axes = self.lines(), self._axes()
        fixed = np.zeros(lines.nodes.shape, dtype=np.bool_)
        for i, row in enumerate(self.nodes):
            # "x, y" and "XY" are "xy"
            held = re.sub(r"[\s,;+]", "", row.get("fixed", "")).lower()
            if not set(held) <= set(axes):
                raise self._problem(row, f"fixed is {shown(held)}, must be components among {''.join(axes)!r}")
            fixed[i] = [axis in held for axis in axes]
        ports: dict[str, dict[str, Port]] = {kind: {} for kind in KINDS}
        for row in self.ports:
            kind, port = row.get("kind", ""), row.get("port", "")
            if kind not in KINDS or port in ports[kind]:
                problem = (
                    f"there are two of kind {kind!r}"
                    if kind in KINDS
                    else f"kind is {shown(kind)}, must be one of {KINDS}"
                )
                raise self._problem(row, f"port {shown(port)}: {problem}")
            ports[kind][port] = Port(self._label(row, "node"), tuple(self._number(row, axis, "") for axis in axes))
        sections = self._sections()
        return Network(
            lines.nodes,
            lines.bonds,
            fixed,
            sections,
            ports["input"],
            ports["output"],
            lines.labels,
            name,
            self.rigid_joints,
            lines.notes,
        )

    def _axes(self) -> list[str]:
        axes = [axis for axis in AXES if any(row.get(axis) for row in self.nodes)]
        if axes not in (["x", "y"], ["x", "y", "z"]):
            raise ConfigError(f"{self.source}: nodes need the coordinates x and y, and in space z.")
        return axes

    def _sections(self) -> Sections:
        values = {name: np.full(len(self.bonds), getattr(AGILUS_SECTION, name)) for name in SECTION}
        for i, row in enumerate(self.bonds):
            given = {name: self._number(row, name, UNITS[name]) for name in SECTION if row.get(name)}
            if "width" in given:
                lower, upper = (share * given["width"] for share in WIDTH_RANGE)
                given = {"width_lower": lower, "width_upper": upper} | given
            for name, value in given.items():
                values[name][i] = value
        return Sections(**values)

    def _number(self, row: Row, key: str, unit: str, scale: float = 1.0) -> float:
        text = row.get(key, "")
        if len(text) > LONGEST:
            raise self._problem(row, f"{key} is {shown(text)} and no number")
        # Python would take "1_000", "nan" and digits of other scripts for numbers too
        if PLAIN.fullmatch(text) and "d" not in text.lower():
            return self._finite(row, key, float(text) * scale)
        try:
            if not unit:
                raise ValueError(f"{shown(text)} is no number")
            return self._finite(row, key, parse_quantity(text, unit))
        except ValueError as error:
            raise self._problem(row, f"{key}: {error}") from None

    def _finite(self, row: Row, key: str, value: float) -> float:
        if not isfinite(value):
            raise self._problem(row, f"{key}: {shown(row.get(key, ''))} is too large for a number")
        return value

    def _label(self, row: Row, key: str) -> int:
        text = row.get(key, "")
        # Spreadsheets may write whole numbers with decimals
        digits = text.removesuffix(".0")
        if not digits.isdecimal() or len(digits) > LONGEST_LABEL:
            raise self._problem(row, f"{key} is {shown(text)}, must be a node's label, a whole number")
        return int(digits)

    def _index(self, row: Row, key: str, index: Mapping[int, int]) -> int:
        label = self._label(row, key)
        if label not in index:
            raise self._problem(row, f"there is no node {label}; nodes are {min(index)} to {max(index)}")
        return index[label]

    def _problem(self, row: Row, problem: str) -> ConfigError:
        return ConfigError(f"{self.source}: {row.get('', '')}: {problem.rstrip('.')}.")
