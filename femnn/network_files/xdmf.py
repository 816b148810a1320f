"""XDMF files (.xdmf) through meshio, with their HDF5 beside them and nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

from femnn.network_files.hdf5_files import MOST_BYTES, require_plain_hdf5
from femnn.network_files.xml_trees import parse_xml
from femnn.runtime.stack import meshio

OTHER_NAMES = {"polyline": "Polyline", "polyvertex": "Polyvertex"}
"""Meshio's spelling of cells that others, DOLFINx among them, spell otherwise."""

MOST_REFERENCES = 100
"""Items that stand for others."""


def read_xdmf(path: Path) -> meshio.Mesh:
    """Read a file.

    Raises:
        ValueError: it declares entities, has data in files that are not in its folder, or is no such file.
        Exception: it cannot be read; meshio raises nearly anything.
    """
    root = parse_xml(path.read_bytes())
    if root.tag != "Xdmf":
        raise ValueError(f"it is a {root.tag[:40]}, and no Xdmf")
    _require_own_data(root, path)
    for topology in root.iter("Topology"):
        for key in ("Type", "TopologyType"):
            kind = topology.get(key, "")
            if kind.lower() in OTHER_NAMES:
                topology.set(key, OTHER_NAMES[kind.lower()])
    # Of a series meshio reads nothing; of what it knows as one it wants one grid
    for domain in root.iter("Domain"):
        grids = domain.findall("Grid")
        if len(grids) == 1 and grids[0].get("GridType", "Uniform") != "Uniform":
            raise ValueError(
                f"it has a {grids[0].get('GridType', '')[:40].lower()} of grids, of which none is read; save one mesh"
            )
    reader = meshio.xdmf.main.XdmfReader(path)
    return reader.read_xdmf2(root) if root.get("Version", "3").startswith("2") else reader.read_xdmf3(root)


def _require_own_data(root: Element, path: Path) -> None:
    """Refuse data from elsewhere, and the same data asked for until memory is full."""
    sizes: dict[Path, dict[str, int]] = {}
    total = references = 0
    for item in root.iter("DataItem"):
        references += "Reference" in item.attrib
        if file := _file_of(item, path):
            if file not in sizes:
                sizes[file] = require_plain_hdf5(file)
            total += sizes[file].get("/" + (item.text or "").strip().rpartition(":")[2].strip("/"), 0)
    if total > MOST_BYTES or references > MOST_REFERENCES:
        raise ValueError("it asks for the same data again and again; save one mesh with the data that belong to it")


def _file_of(item: Element, path: Path) -> Path | None:
    """The HDF5 file that a data item names.

    Raises:
        ValueError: the item is not in HDF5 or XML, or names a file that is not in the folder.
    """
    form = item.get("Format", "XML")
    if form == "XML" or "Reference" in item.attrib:
        return None
    if form != "HDF":
        raise ValueError(f"it has data of the format {form[:40]!r}; save it with data in XML or HDF5")
    name = (item.text or "").strip().rpartition(":")[0]
    folder = path.resolve().parent
    file = (folder / name).resolve()
    if not name or file.parent != folder:
        raise ValueError(f"its data are in {name[:100]!r}, which is not in its own folder; put both into one folder")
    if not file.is_file():
        raise ValueError(f"its data are in {name[:100]!r}, and there is no such file beside it")
    return file
