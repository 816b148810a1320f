"""Gmsh's mesh files (.msh, formats 2, 4.0 and 4.1, text or binary) with the tags that Gmsh shows.

Neither library at hand reads them as they are meant. Meshio drops the tags of nodes, and makes room for all numbers up
to the largest. Gmsh gives a group of format 2 all cells of its entities, and runs a file without a header as a script.
The format is that of the section "MSH file format" of Gmsh's manual.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from femnn.network_files.mesh_content import CORNERS, DIMENSIONS, Places, family
from femnn.network_files.msh_sections import Floats, Integers, Section, header_of, next_section
from femnn.runtime.stack import meshio

MOST_COMPONENTS = 64
"""Numbers that data hold at each node or cell."""
MOST_VALUES = 2**27
"""Numbers of all data together, were each given at every node or cell."""


@dataclass(frozen=True)
class Cells:
    """Cells of one kind."""

    kind: str
    """As meshio calls it: vertex, line, line3, triangle."""
    corners: Integers
    """Their nodes, as places among the points of the file, shape (M, n)."""
    tags: Integers
    """Tags of the cells, shape (M,)."""
    physical: Integers
    """Tags of the physical groups that each belongs to, shape (M, p); 0 for none."""

    @property
    def dimension(self) -> int:
        """Dimension of a cell, 0 to 3."""
        return DIMENSIONS.get(family(self.kind), 3)


@dataclass
class Msh:
    """What a file holds."""

    points: Floats = field(default_factory=lambda: np.empty((0, 3)))
    """Coordinates of its nodes, shape (N, 3)."""
    tags: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Tags of its nodes, shape (N,)."""
    cells: list[Cells] = field(default_factory=list)
    """Its cells, in blocks."""
    names: dict[tuple[int, int], str] = field(default_factory=dict)
    """Names of physical groups by dimension and tag."""
    point_data: dict[str, Floats] = field(default_factory=dict)
    """Data on nodes, each of shape (N,) or (N, n); not a number where a node has none."""
    cell_data: dict[str, tuple[Integers, Floats]] = field(default_factory=dict)
    """Data on cells: the tags of cells, and the values."""


def read_msh(content: bytes) -> Msh:
    """Read the content of a file.

    Raises:
        ValueError: it is no such file, or what it says contradicts itself.
    """
    found, data, groups = Msh(), [], dict[tuple[int, int], Integers]()
    header, at = header_of(content)
    while (section := next_section(content, at, header)) is not None:
        if section.name == "PhysicalNames":
            found.names = dict(_names(section))
        elif section.name == "Entities":
            groups = _entities(section)
        elif section.name == "Nodes":
            found.tags, found.points = _nodes(section)
        elif section.name == "Elements":
            found.cells = list(_cells_2(section) if header.version == 20 else _cells_4(section, groups))
        elif section.name == "ParametricNodes":
            raise ValueError("it has parametric nodes; save it in format 4.1, or with Mesh.SaveParametric = 0")
        elif section.name == "PartitionedEntities":
            raise ValueError("it is partitioned; save the mesh whole, without partitions")
        elif section.name in ("NodeData", "ElementData"):
            data.append((section.name, *_values(section)))
        at = section.close()
    if not len(found.tags):
        raise ValueError("it has no nodes")
    places = Places(found.tags)
    twice = np.flatnonzero(np.diff(places.ascending) == 0)
    if twice.size:
        raise ValueError(f"node {places.ascending[twice[0]]} is given more than once")
    found.cells = [replace(block, corners=places.of(block.corners, "node")) for block in found.cells]
    cells = sum(len(block.tags) for block in found.cells)
    if sum(math.prod(values.shape[1:]) for *_, values in data) * max(len(found.tags), cells) > MOST_VALUES:
        raise ValueError(f"its data are more than {MOST_VALUES} numbers; save the mesh without them")
    for kind, title, tags, values in data:
        if kind == "ElementData":
            found.cell_data[title] = (tags, values)
        else:
            found.point_data[title] = np.full((len(found.tags), *values.shape[1:]), np.nan)
            found.point_data[title][places.of(tags, "node")] = values
    return found


@cache
def _kind(number: int) -> tuple[str, int]:
    """Name of a kind of cells by Gmsh's number, and how many nodes one has."""
    if number not in meshio.gmsh.gmsh_to_meshio_type:
        raise ValueError(f"it has elements of an unknown type, {number}")
    kind = meshio.gmsh.gmsh_to_meshio_type[number]
    return kind, CORNERS.get(kind) or int(kind.removeprefix(family(kind)))


def _names(section: Section) -> Iterator[tuple[tuple[int, int], str]]:
    for _ in range(section.counted(int(section.line()))):
        dimension, tag, name = section.line().split(maxsplit=2)
        if dimension not in ("0", "1", "2", "3"):
            raise ValueError(f"its group {name[:40]} has the dimension {dimension[:20]}")
        yield (int(dimension), int(tag)), name.removeprefix('"').removesuffix('"')


def _entities(section: Section) -> dict[tuple[int, int], Integers]:
    """Tags of the physical groups of each entity, by its dimension and tag."""
    groups, count = {}, section.header.count
    for dimension, entities in enumerate(section.integers(count, 4)):
        for _ in range(section.counted(int(entities))):
            tag = section.integer("i4")
            section.floats(3 if dimension == 0 and section.header.version == 41 else 6)
            # A negative tag is of an entity that is turned over
            groups[dimension, tag] = np.abs(section.integers("i4", section.integer(count)))
            if dimension:
                section.integers("i4", section.integer(count))
    return groups


def _blocks(section: Section) -> Iterator[tuple[int, int, int, int]]:
    """Dimension, tag and a number of each entity, and how many rows follow it.

    Raises:
        ValueError: there are not as many rows in all as stated.
    """
    newest, held = section.header.version == 41, 0
    blocks, total = (section.counted(int(count)) for count in section.integers(section.header.count, 2))
    if newest:
        section.integers(section.header.count, 2)
    for _ in range(blocks):
        one, other, number = (int(value) for value in section.integers("i4", 3))
        dimension, tag = (one, other) if newest else (other, one)
        count = section.count(section.header.count)
        held += count
        yield dimension, tag, number, count
    if held != total:
        raise ValueError(f"its section {section.name} states {total} rows and holds {held}")


def _nodes(section: Section) -> tuple[Integers, Floats]:
    """Tags and coordinates."""
    if section.header.version == 20:
        return section.tagged(int(section.line()), 3)
    found = [(np.empty(0, dtype=np.int64), np.empty((0, 3)))]
    for dimension, _, parametric, count in _blocks(section):
        # Where a node is on its curve or surface follows its coordinates
        width = 3 + (dimension if parametric else 0)
        if section.header.version == 40:
            tags, values = section.tagged(count, width)
        else:
            tags = section.integers(section.header.count, count)
            values = section.floats(count * width).reshape(count, width)
        found.append((tags, values[:, :3]))
    every_tag, every_point = zip(*found, strict=True)
    return np.concatenate(every_tag), np.concatenate(every_point)


def _cells_4(section: Section, groups: Mapping[tuple[int, int], Integers]) -> Iterator[Cells]:
    """Cells, whose groups are those of their entities."""
    for dimension, tag, number, count in _blocks(section):
        kind, corners = _kind(number)
        rows = section.integers(section.header.count if section.header.version == 41 else "i4", count * (1 + corners))
        rows = rows.reshape(count, 1 + corners)
        physical = groups.get((dimension, tag), np.zeros(1, dtype=np.int64))
        yield Cells(kind, rows[:, 1:], rows[:, 0], np.broadcast_to(physical, (count, len(physical))))


def _cells_2(section: Section) -> Iterator[Cells]:
    """Cells, each with one group, and given once for each of its groups."""
    rows: defaultdict[int, list[Integers]] = defaultdict(list)
    for (number, tags), found in _rows_2(section).items():
        group = found[:, 1:2] if tags else np.zeros((len(found), 1), dtype=np.int64)
        rows[number].append(np.hstack([found[:, :1], group, found[:, 1 + tags :]]))
    for number, blocks in rows.items():
        every = np.concatenate(blocks)
        yield Cells(_kind(number)[0], every[:, 2:], every[:, 0], np.abs(every[:, 1:2]))


def _rows_2(section: Section) -> dict[tuple[int, int], Integers]:
    """Rows of a cell's tag, further tags and nodes, by the number of its kind and how many further tags it has."""
    left, words, at = section.counted(int(section.line())), section.rest(), 0
    rows: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    while left > 0 and at + 3 <= len(words):
        if section.header.binary:
            # Cells of one kind may follow a header of their own
            number, count, tags = words[at : at + 3]
            at += 3
        else:
            first, number, tags = words[at : at + 3]
            rows[number, tags].append(first)
            at, count = at + 3, 1
        width = tags + _kind(number)[1] + (1 if section.header.binary else 0)
        if count < 1 or tags < 0:
            break
        rows[number, tags] += words[at : at + count * width]
        at, left = at + count * width, left - count
    if left > 0 or at > len(words):
        raise ValueError(f"its section {section.name} ends too early")
    return {
        (number, tags): np.array(flat, dtype=np.int64).reshape(-1, 1 + tags + _kind(number)[1])
        for (number, tags), flat in rows.items()
    }


def _values(section: Section) -> tuple[str, Integers, Floats]:
    """Title, tags and values of data."""
    titles, _, numbers = ([section.line() for _ in range(int(section.line()))] for _ in range(3))
    _, components, count, *_ = (int(number) for number in numbers)
    if not 1 <= components <= MOST_COMPONENTS:
        raise ValueError(f"its data {titles[0][:40]} have {components} components")
    tags, values = section.tagged(count, components)
    return titles[0].strip('"'), tags, values[:, 0] if components == 1 else values
