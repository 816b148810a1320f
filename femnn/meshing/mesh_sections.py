"""Whether a solid mesh and its network agree on k = E·w·t/L: places of nodes, lengths, widths and thicknesses of bonds.

What is measured of a bond is the middle half of its bar; a network's thinned ends are looked for where it states them.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError, MeshError
from femnn.geometry.strips import thinned
from femnn.meshing.bond_axes import Bars, middles, node_places, spaced
from femnn.meshing.cuts import BondCells, Cuts
from femnn.meshing.regions import Regions
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type MeshSections = Literal["check", "mesh"]
"""Whether a mesh must have the sections and places of its network, or gives them to it."""

TOLERANCE = 0.02
"""Largest difference of a length, a width or a thickness, by what the network states.

Of the place of a node, by the length of its shortest bond.
"""
ENDS = 0.1
"""Largest difference of the width of ends, by the width of the bar: fillets and slopes blur it."""
SAME = 1e-6
"""Differences below this share are rounding: what the network states is then kept as it is."""


def agreed(network: Network, regions: Regions, where: str, model: str, sections: MeshSections) -> Network:
    """Hold a network against its solid mesh.

    Args:
        network: the network.
        regions: the mesh.
        where: what the mesh is, for messages.
        model: name of the model that asks, for messages.
        sections: "check" to refuse a mesh that differs; "mesh" to take places of nodes, widths and, in space,
            thicknesses from the mesh.

    Returns:
        The network, with what was taken from the mesh.

    Raises:
        MeshError: they differ; a bond is curved, or hidden in the regions of its nodes.
        ConfigError: a width that was to be taken is outside of its bounds.
    """
    comparison = _Comparison(network, where, model, take=sections == "mesh")
    cells = BondCells(network, regions)
    places = node_places(cells, regions, middles(cells, where), where)
    network = comparison.placed(places)
    if network is not cells.network:
        cells = BondCells(network, regions)
    bars = middles(cells, where)
    cuts = [cells.cut(bond, bars.places(bond)) for bond in range(len(network.bonds))]
    network = comparison.sized(network, cuts, bars)
    comparison.ended(network, cells, bars, cuts)
    return network


@dataclass(frozen=True)
class _Comparison:
    """What is said of a network and its mesh."""

    stated: Network
    where: str
    model: str
    take: bool

    def placed(self, places: Floats) -> Network:
        """The network with its nodes where the mesh has them, if they are to be taken and differ."""
        network = self.stated
        p, q = places[network.bonds[:, 0]], places[network.bonds[:, 1]]
        lengths = np.linalg.norm(q - p, axis=1)
        shortest = np.full(len(places), np.inf)
        np.minimum.at(shortest, network.bonds, network.lengths[:, None])
        apart = np.linalg.norm(places - network.nodes, axis=1) / shortest
        if self.take:
            moved = np.where(apart[:, None] > SAME, places, network.nodes)
            return replace(network, nodes=moved) if (apart > SAME).any() else network
        self._same("length", lengths, network.lengths)
        node = int(np.argmax(apart))
        if apart[node] > TOLERANCE:
            found, stated = (", ".join(f"{1e3 * x:.4g}" for x in at[node]) for at in (places, network.nodes))
            raise MeshError(
                f"{network.name}: {self.where} cannot be used: node {network.labels[node]} is at ({found}) mm in the "
                f"mesh, where the axes of its bonds meet, and at ({stated}) mm in the network; {self._advice}."
            )
        return network

    def sized(self, network: Network, cuts: list[Cuts], bars: Bars) -> Network:
        """The network with the widths and thicknesses of the mesh, if they are to be taken."""
        for name in ("width", "thickness"):
            found = [getattr(cut, name) for cut in cuts]
            if found[0] is None:
                continue
            stated = getattr(network.sections, name)
            if self.take:
                means = np.array([values.mean() for values in found])
                taken = np.where(np.isclose(means, stated, rtol=SAME, atol=0.0), stated, means)
                network = self._with(network, name, taken)
                continue
            self._same(name, np.array([np.median(values) for values in found]), stated)
            for bond, values in enumerate(found):
                worst = int(np.argmax(np.abs(values - stated[bond])))
                if abs(values[worst] / stated[bond] - 1) > TOLERANCE:
                    raise self._differs(name, bond, values[worst], stated[bond], bars.places(bond)[worst])
        return network

    def _with(self, network: Network, name: str, taken: Floats) -> Network:
        s = network.sections
        if name == "width":
            outside = np.flatnonzero((taken < s.width_lower) | (taken > s.width_upper))
            if outside.size:
                bond = int(outside[0])
                raise ConfigError(
                    f"{network.name}: bond {network.bond_name(bond)} is {_length(taken[bond])} wide in {self.where}, "
                    f"outside of the bounds of its width, {_length(s.width_lower[bond])} to "
                    f"{_length(s.width_upper[bond])}; have the network's width_bounds include it."
                )
        return network if (taken == getattr(s, name)).all() else replace(network, sections=replace(s, **{name: taken}))

    def ended(self, network: Network, cells: BondCells, bars: Bars, cuts: list[Cuts]) -> None:
        """Check that ends are thinned where the network says so."""
        s, has_ends = network.sections, thinned(network)
        for bond, length in enumerate(network.lengths):
            bar = float(cuts[bond].width.mean())
            for at_end in (False, True):
                first = float(length - cells.free[bond, 1] if at_end else cells.free[bond, 0])
                start = float(length - bars.end[bond] if at_end else bars.start[bond])
                middle = s.end_share[bond] * length
                reach = float(min(middle - first, start - middle)) if has_ends[bond] else 0.0
                if has_ends[bond] and reach <= 0:
                    continue
                from_, to = (middle - reach, middle + reach) if has_ends[bond] else (first, start)
                places = spaced(from_, to)
                widths = cells.cut(bond, length - places if at_end else places).width
                # Whatever the slope, the mean width about the end of an end is that of end and bar
                found = 2 * float(widths.mean()) - bar if has_ends[bond] else float(min(widths.min(), bar))
                stated = float(s.end_width[bond]) * bar if has_ends[bond] else bar
                if abs(found - stated) > ENDS * bar:
                    node = network.labels[network.bonds[bond, int(at_end)]]
                    said = f"{_length(stated)} wide" if has_ends[bond] else f"as wide as its bar, {_length(bar)}"
                    raise MeshError(
                        f"{network.name}: {self.where} cannot be used: the end of bond {network.bond_name(bond)} at "
                        f"node {node} is {_length(found)} wide in the mesh, the network states that it is {said}; "
                        "correct the mesh, or the network's end_share and end_width."
                    )

    def _same(self, name: str, found: Floats, stated: Floats) -> None:
        off = np.abs(found / stated - 1)
        bond = int(np.argmax(off))
        if off[bond] > TOLERANCE:
            raise self._differs(name, bond, found[bond], stated[bond])

    def _differs(self, name: str, bond: int, found: float, stated: float, place: float | None = None) -> MeshError:
        at = "" if place is None else f" at {_length(place)} from node {self.stated.labels[self.stated.bonds[bond, 0]]}"
        return MeshError(
            f"{self.stated.name}: {self.where} cannot be used: bond {self.stated.bond_name(bond)} has a {name} of "
            f"{_length(found)} in the mesh{at}, and of {_length(stated)} in the network, so that they disagree on "
            f"k = E·w·t/L; {self._advice}."
        )

    @property
    def _advice(self) -> str:
        return f'correct one of them, or take what the mesh has with mesh_sections = "mesh" in [{self.model}]'


def _length(value: float) -> str:
    return f"{1e3 * value:.4g} mm"
