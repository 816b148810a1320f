"""Abaqus' input files (.inp): nodes and elements by their numbers, and sets of either.

Meshio drops the numbers of nodes, mixes up sets when not every element has one, follows *INCLUDE anywhere, and
passes over keywords that make nodes or elements.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from femnn.network_files.abaqus_elements import kind_of
from femnn.network_files.abaqus_lines import Keyword, keywords
from femnn.network_files.abaqus_sets import Sets
from femnn.network_files.labels import listed
from femnn.network_files.mesh_content import Block, CellGroup, Content, Floats, Integers, Places, in_space

UNREAD = {
    "INCLUDE": "it includes another file; put all into one",
    "NGEN": "it makes nodes by *NGEN; write out the nodes",
    "NFILL": "it makes nodes by *NFILL; write out the nodes",
    "NCOPY": "it makes nodes by *NCOPY; write out the nodes",
    "NMAP": "it moves nodes by *NMAP; write out the nodes",
    "SYSTEM": "its nodes are in a coordinate system of their own (*SYSTEM); write them in the global one",
    "ELGEN": "it makes elements by *ELGEN; write out the elements",
    "ELCOPY": "it makes elements by *ELCOPY; write out the elements",
    "PARAMETER": "it has *PARAMETER; write out the numbers",
}
"""Keywords that change what the mesh is and are not read."""
LEFT_OUT = (
    "BEAM GENERAL SECTION", "BEAM SECTION", "BOUNDARY", "CLOAD", "COUPLING", "DLOAD", "EQUATION", "FRAME SECTION",
    "KINEMATIC COUPLING", "MATERIAL", "MPC", "RELEASE", "SHELL SECTION", "SOLID SECTION", "TIE", "TRANSFORM",
)  # fmt: skip
"""Keywords that are not of the mesh, and of which is said that they are left out."""


@dataclass
class _Found:
    """What has been read so far."""

    nodes: dict[int, tuple[float, ...]] = field(default_factory=dict)
    elements: dict[str, dict[int, list[int]]] = field(default_factory=lambda: defaultdict(dict))
    """By kind and number, the nodes."""
    kinds: dict[int, str] = field(default_factory=dict)
    node_sets: Sets = field(default_factory=Sets)
    element_sets: Sets = field(default_factory=Sets)
    notes: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)
    instances: int = 0
    parts: int = 0


def read_inp(content: bytes) -> Content:
    """Read the content of a file.

    Raises:
        ValueError: it is no such file; it has several parts, or keywords that make a mesh and are not read; an element
            is of a type that is not known.
    """
    found = _Found()
    for keyword in keywords(content):
        _take(found, keyword)
    if not found.nodes:
        raise ValueError("it has no *NODE")
    return _content(found)


def _take(found: _Found, keyword: Keyword) -> None:
    name, options = keyword.name, keyword.options
    if name in UNREAD:
        raise ValueError(UNREAD[name])
    if name == "NODE":
        if options.get("SYSTEM", "R").upper() != "R":
            raise ValueError("its nodes are in cylindrical or spherical coordinates; write them in x, y, z")
        for number, place in _nodes(keyword):
            _require_new({number} & found.nodes.keys(), "node")
            found.nodes[number] = place
            if "NSET" in options:
                found.node_sets.add(options["NSET"], [number])
    elif name == "ELEMENT":
        _elements(found, keyword)
    elif name in ("NSET", "ELSET"):
        if name not in options:
            raise ValueError(f"the *{name} in line {keyword.line} has no name")
        if name == "NSET" and "ELSET" in options:
            raise ValueError(f"the *NSET in line {keyword.line} is made of a set of elements; write out its nodes")
        (found.node_sets if name == "NSET" else found.element_sets).read(options[name], keyword)
    elif name == "PART":
        found.parts += 1
    elif name == "INSTANCE":
        found.instances += 1
        if any(float(word or 0) for row in keyword.rows for word in row):
            raise ValueError("its instance is moved or turned; write a flat input file, without parts and assembly")
    elif name in LEFT_OUT:
        found.left_out.add(f"*{name}")
    if max(found.parts, found.instances) > 1:
        raise ValueError("it has several parts or instances; write a flat input file, without parts and assembly")


def _nodes(keyword: Keyword) -> Iterator[tuple[int, tuple[float, ...]]]:
    for row in keyword.rows:
        coordinates = [float(re.sub("[dD]", "e", word)) if word else 0.0 for word in row[1:4]]
        yield int(row[0]), (*coordinates, *[0.0] * (3 - len(coordinates)))


def _elements(found: _Found, keyword: Keyword) -> None:
    kind, size, more = kind_of(keyword.options.get("TYPE", ""))
    numbers = []
    for row in keyword.joined(1 + size):
        number, *nodes = (int(word) for word in row if word)
        if not size <= len(nodes) <= size + more:
            raise ValueError(f"element {number} has {len(nodes)} nodes, one of {keyword.options['TYPE']} has {size}")
        if len(nodes) > size:
            found.notes.add("left out: nodes that orient the sections of beams")
        _require_new({number} & found.kinds.keys(), "element")
        found.kinds[number] = kind
        found.elements[kind][number] = nodes[:size]
        numbers.append(number)
    if "ELSET" in keyword.options:
        found.element_sets.add(keyword.options["ELSET"], numbers)


def _require_new(twice: set[int], what: str) -> None:
    if twice:
        raise ValueError(f"{what} {min(twice)} is given more than once")


def _content(found: _Found) -> Content:
    numbers = np.array(list(found.nodes), dtype=np.int64)
    points = in_space(np.array(list(found.nodes.values())))
    at = dict(zip(numbers.tolist(), range(len(numbers)), strict=True))
    blocks: list[Block] = []
    names: list[Integers] = []
    for kind, elements in found.elements.items():
        for nodes in elements.values():
            missing = [node for node in nodes if node not in at]
            if missing:
                raise ValueError(f"there is no node {missing[0]}, which an element names")
        corners = np.array([[at[node] for node in own] for own in elements.values()], dtype=np.int64)
        blocks.append(Block(kind, _ends_first(points, corners) if kind == "line3" else corners))
        names.append(np.array(list(elements), dtype=np.int64))
    every = np.sort(np.concatenate([np.empty(0, dtype=np.int64), *names]))
    places = [Places(own) for own in names]
    groups = []
    for name, members in found.element_sets.resolved(every).items():
        rows = {i: own.among(members) for i, own in enumerate(places)}
        for dimension in sorted({block.dimension for block in blocks}):
            cells = {i: own for i, own in rows.items() if blocks[i].dimension == dimension and own.size}
            groups += [CellGroup(name, dimension, cells)] if cells else []
    order = np.argsort(numbers)
    node_groups = {
        name: order[np.searchsorted(numbers, members, sorter=order)]
        for name, members in found.node_sets.resolved(numbers[order]).items()
    }
    return Content(points, numbers, "the file's numbers of nodes", blocks, groups, node_groups, notes=_notes(found))


def _notes(found: _Found) -> tuple[str, ...]:
    if not found.left_out:
        return tuple(sorted(found.notes))
    names = listed(sorted(found.left_out))
    own = "supports, loads and sections are those of the network's own file"
    return (*sorted(found.notes), f"left out: {names}; {own}")


def _ends_first(points: Floats, corners: Integers) -> Integers:
    """Lines of three nodes with the middle one last: Abaqus has it second, some programs that write for it last."""
    at = points[corners]
    with np.errstate(all="ignore"):
        off = np.linalg.norm(at[:, 1] - (at[:, 0] + at[:, 2]) / 2, axis=1)
        other = np.linalg.norm(at[:, 2] - (at[:, 0] + at[:, 1]) / 2, axis=1)
    return np.where((off < other)[:, None], corners[:, [0, 2, 1]], corners)
