"""The printed lattice as a body: strips with thinned ends and pads at the nodes, built and meshed by Gmsh.

A node's region is its pad and wherever bonds that meet at it lie over each other; what is left of a strip is its bond's
region. Every region is a physical group, named as in "node 3" and "bond 1–2".
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import gmsh
import numpy as np

from femnn.errors import MeshError
from femnn.meshing import fillets
from femnn.meshing.regions import Regions, read_regions
from femnn.meshing.strips import Entity, Shape, balls, discs, pad_radii, parts, strips, struts, without_balls
from femnn.network import Network


def build_solid(network: Network, shape: Shape, solid: bool) -> Regions:
    """Mesh a network as a body, with Gmsh on the calling rank alone.

    Args:
        network: the network; its bonds' widths, thicknesses and thinned ends are what is built.
        shape: pads, fillets, and sizes of cells.
        solid: tetrahedra through the thickness, and not triangles in the plane.

    Raises:
        MeshError: bonds lie over each other away from a common node, or leave no room between their nodes; a fillet
            does not fit; Gmsh fails.
    """
    if network.dimension == 3 and not solid:
        raise MeshError(f"{network.name}: a network in space cannot be meshed in the plane; use continuum-3d.")
    with session(network.name):
        if solid and (network.dimension == 3 or np.ptp(network.sections.thickness) > 0):
            nodes = balls(network, shape)
            pieces = _Pieces(network, shape, without_balls(network, struts(network, shape), nodes), nodes)
        else:
            rounded = fillets.corners(network, pad_radii(network, shape), shape)
            pieces = _Pieces(network, shape, strips(network, shape), discs(network, shape), rounded)
            if solid:
                pieces.extrude(float(network.sections.thickness[0]), shape.layers)
        pieces.name_groups()
        pieces.set_sizes()
        gmsh.model.mesh.generate(pieces.dimension)
        return read_regions(network, "the body", pieces.dimension)


@contextmanager
def session(name: str) -> Iterator[None]:
    """Gmsh with a model of its own, silent; an error of Gmsh's becomes one that names the network."""
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.model.add(name)
        yield
    except MeshError:
        raise
    except Exception as error:
        # Gmsh raises plain Exception whatever has gone wrong
        raise MeshError(f"{name}: Gmsh cannot mesh the body: {error}.") from error
    finally:
        gmsh.finalize()


class _Pieces:
    """The body cut along all outlines, and the region that each piece belongs to."""

    def __init__(
        self,
        network: Network,
        shape: Shape,
        bonds: list[list[list[Entity]]],
        pads: list[list[Entity]],
        rounded: Sequence[tuple[str, int, Entity]] = (),
    ) -> None:
        self._network, self._shape = network, shape
        self.dimension = bonds[0][1][0][0] if len(bonds[0]) > 1 else bonds[0][0][0][0]
        owners: list[tuple[str, int, float]] = []
        tools: list[Entity] = []
        for number, volumes in enumerate(bonds):
            for entities, (width, _) in zip(volumes, parts(network, shape, number), strict=True):
                tools += entities
                owners += [("bond", number, width) for _ in entities]
        for number, entities in enumerate(pads):
            widths = [
                parts(network, shape, int(b))[0][0] for b in np.flatnonzero((network.bonds == number).any(axis=1))
            ]
            tools += entities
            owners += [("node", number, min(widths)) for _ in entities]
        for kind, number, entity in rounded:
            tools.append(entity)
            owners.append((f"{kind} fillet", number, 2 * shape.fillet_radius))
        _, cut = gmsh.model.occ.fragment(tools[:1], tools[1:])
        gmsh.model.occ.synchronize()
        within: dict[int, list[tuple[str, int, float]]] = {}
        for owner, entities in zip(owners, cut, strict=True):
            for dimension, tag in entities:
                if dimension == self.dimension:
                    within.setdefault(tag, []).append(owner)
        regions = {tag: self._region(members) for tag, members in within.items()}
        sizes = {tag: min(size for _, _, size in members) for tag, members in within.items()}
        # In space OpenCASCADE seldom manages to unite what many struts cut a node into
        self.regions, self.sizes = self._joined(regions, sizes) if self.dimension == 2 else (regions, sizes)
        self._check_every_region()

    def _region(self, members: list[tuple[str, int, float]]) -> tuple[str, int]:
        """What a piece belongs to, from the outlines that it lies within."""
        pads = sorted({number for kind, number, _ in members if kind == "node"})
        bonds = sorted({number for kind, number, _ in members if kind == "bond"})
        ends = [set(map(int, self._network.bonds[b])) for b in bonds]
        common = set(pads[:1]) if pads else set.intersection(*ends) if ends else set()
        if len(pads) > 1 or (len(bonds) > 1 and not common):
            self._overlap([*(f"bond {self._network.bond_name(b)}" for b in bonds), *(self._node(n) for n in pads)])
        if pads and not all(pads[0] in end for end in ends):
            far = next(b for b, end in zip(bonds, ends, strict=True) if pads[0] not in end)
            self._overlap([f"bond {self._network.bond_name(far)}", self._node(pads[0])])
        if pads or len(bonds) > 1:
            return "node", common.pop()
        if bonds:
            return "bond", bonds[0]
        kind, number, _ = members[0]
        return kind.removesuffix(" fillet"), number

    def _joined(
        self, regions: dict[int, tuple[str, int]], sizes: dict[int, float]
    ) -> tuple[dict[int, tuple[str, int]], dict[int, float]]:
        """The same with one piece a node: slivers that outlines cut inside of it are gone."""
        pieces: list[tuple[list[Entity], tuple[str, int], float]] = []
        for node in range(len(self._network.nodes)):
            own = [tag for tag, region in regions.items() if region == ("node", node)]
            entities: list[Entity] = [(self.dimension, tag) for tag in own]
            if len(own) > 1:
                entities, _ = gmsh.model.occ.fuse(entities[:1], entities[1:])
            pieces.append((entities, ("node", node), min((sizes[tag] for tag in own), default=0.0)))
        pieces += [
            ([(self.dimension, tag)], region, sizes[tag]) for tag, region in regions.items() if region[0] == "bond"
        ]
        tools = [entity for entities, _, _ in pieces for entity in entities]
        _, cut = gmsh.model.occ.fragment(tools[:1], tools[1:])
        gmsh.model.occ.synchronize()
        owners = [(region, size) for entities, region, size in pieces for _ in entities]
        made = {tag: owner for owner, entities in zip(owners, cut, strict=True) for _, tag in entities}
        return {tag: region for tag, (region, _) in made.items()}, {tag: size for tag, (_, size) in made.items()}

    def _overlap(self, names: list[str]) -> None:
        raise MeshError(
            f"{self._network.name}: {' and '.join(names[:2])} lie over each other; make bonds or pads smaller, or move "
            "the nodes apart."
        )

    def _node(self, number: int) -> str:
        return f"the pad of node {self._network.labels[number]}"

    def _check_every_region(self) -> None:
        network, found = self._network, set(self.regions.values())
        for bond in range(len(network.bonds)):
            if ("bond", bond) not in found:
                raise MeshError(
                    f"{network.name}: width {network.sections.width[bond]:.3g} m leaves nothing of bond "
                    f"{network.bond_name(bond)} (length {network.lengths[bond]:.3g} m) between the regions of its "
                    "nodes; make bonds or pads smaller."
                )
        for node, label in enumerate(network.labels):
            if ("node", node) not in found:
                raise MeshError(f"{network.name}: node {label} has no region; give it a pad (pad_radius).")

    def extrude(self, thickness: float, layers: int) -> None:
        """Make volumes of the surfaces, about the plane."""
        gmsh.model.occ.translate([(2, tag) for tag in self.regions], 0.0, 0.0, -thickness / 2)
        flat = list(self.regions)
        made = gmsh.model.occ.extrude([(2, tag) for tag in flat], 0.0, 0.0, thickness, numElements=[layers])
        gmsh.model.occ.synchronize()
        volumes = [tag for dimension, tag in made if dimension == 3]
        self.regions = {new: self.regions[old] for old, new in zip(flat, volumes, strict=True)}
        self.sizes = {new: self.sizes[old] for old, new in zip(flat, volumes, strict=True)}
        self.dimension = 3

    def name_groups(self) -> None:
        """A physical group for every region."""
        tags: dict[tuple[str, int], list[int]] = {}
        for tag, region in self.regions.items():
            tags.setdefault(region, []).append(tag)
        for (kind, number), pieces in tags.items():
            name = self._network.bond_name(number) if kind == "bond" else self._network.labels[number]
            gmsh.model.addPhysicalGroup(self.dimension, pieces, name=f"{kind} {name}")

    def set_sizes(self) -> None:
        """Sizes of cells at all points, from the narrowest piece that they belong to."""
        for size in sorted(set(self.sizes.values()), reverse=True):
            pieces = [(self.dimension, tag) for tag, own in self.sizes.items() if own == size]
            points = gmsh.model.getBoundary(pieces, combined=False, oriented=False, recursive=True)
            gmsh.model.mesh.setSize(points, size / self._shape.cells_across)
