"""STEP files (AP214, mm) of a network's solid, in which the solids carry the names of bonds and nodes."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from femnn.errors import ConfigError, MeshError
from femnn.exporting.cad import Solids
from femnn.meshing.solid_meshes import session
from femnn.runtime.stack import gmsh

AGREEMENT = 1e-6
"""A solid that is read back differs from the one that was written by no more than this share of its volume."""


def write_step(solids: Solids, path: Path) -> list[float]:
    """Write the solids of Gmsh's current model; the pieces of a region in space are united before.

    Args:
        solids: what is written; a part of the file each, by the names of their regions.
        path: where to.

    Returns:
        Volume of each solid (mm³), in their order in the file.

    Raises:
        ConfigError: the file cannot be written.
        MeshError: Gmsh cannot unite the pieces of a region.
    """
    named = _united(solids)
    gmsh.model.occ.synchronize()
    gmsh.model.setVisibility(gmsh.model.getEntities(), 0)
    gmsh.model.setVisibility([(3, tag) for tag in named], 1)
    gmsh.option.setNumber("Geometry.OCCExportOnlyVisible", 1)
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "solid.step"
        with _silent():
            gmsh.write(str(draft))
        text = draft.read_text(encoding="ascii")
    # OpenCASCADE writes the solids in the order of their tags, and an assembly of all before them if they are several
    parts = [named[tag] for tag in sorted(named)]
    text = _renamed(text, r"MANIFOLD_SOLID_BREP\('[^']*'", "MANIFOLD_SOLID_BREP({0}", parts)
    products = parts if len(parts) == 1 else [solids.name, *parts]
    text = _renamed(text, r"PRODUCT\('[^']*',\s*'[^']*'", "PRODUCT({0},{0}", products)
    try:
        path.write_text(text, encoding="ascii")
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror or error}.") from error
    return [float(gmsh.model.occ.getMass(3, tag)) for tag in sorted(named)]


def check_step(path: Path, volumes: Sequence[float]) -> None:
    """Read a STEP file back and compare its solids with those that were written.

    Args:
        path: the file.
        volumes: volume of each solid (mm³), in their order in the file.

    Raises:
        MeshError: there are more solids or fewer, or one has another volume.
    """
    with session(path.name):
        # With labels the time that Gmsh takes grows with the square of the number of solids
        gmsh.option.setNumber("Geometry.OCCImportLabels", 0)
        with _silent():
            solids = [entity for entity in gmsh.model.occ.importShapes(str(path)) if entity[0] == 3]
        found = [float(gmsh.model.occ.getMass(*entity)) for entity in solids]
    if len(found) != len(volumes):
        raise MeshError(f"{path} does not hold the solid: it has {len(found)} solids and not {len(volumes)}.")
    for number, (read, written) in enumerate(zip(found, volumes, strict=True), start=1):
        if not abs(read - written) <= AGREEMENT * written:
            raise MeshError(
                f"{path} does not hold the solid: solid {number} of {len(found)} has {read:.6g} mm³ and not "
                f"{written:.6g} mm³; export it as STL."
            )


def _united(solids: Solids) -> dict[int, str]:
    """Names of the volumes to be written, after the pieces of each ball have been united.

    A ball on which bonds have left their marks comes back from STEP inside out; uniting it with itself takes them away.
    """
    named = {tag: name for name, tags in solids.regions.items() if name not in solids.balls for tag in tags}
    for name in solids.balls:
        first, *others = [(3, tag) for tag in solids.regions[name]]
        # Removing the pieces would take a time that grows with the model, so they are hidden
        tools = others or gmsh.model.occ.copy([first])
        made, _ = gmsh.model.occ.fuse([first], tools, removeObject=False, removeTool=False)
        if len(made) != 1:
            raise MeshError(
                f"{solids.name}: Gmsh cannot unite the {len(others) + 1} pieces of {name!r}; export it as STL."
            )
        named[made[0][1]] = name
    return named


def _renamed(text: str, pattern: str, form: str, names: list[str]) -> str:
    places = len(re.findall(pattern, text))
    if places != len(names):
        raise MeshError(f"OpenCASCADE wrote {places} solids of {len(names)} to the STEP file.")
    remaining = iter(names)
    return re.sub(pattern, lambda _: form.format(_quoted(next(remaining))), text)


def _quoted(name: str) -> str:
    """A string of ISO 10303-21, in which other letters than those of ASCII are given by their numbers."""
    pieces = []
    for letter in name:
        if letter in "'\\":
            pieces.append(2 * letter)
        elif letter.isascii() and letter.isprintable():
            pieces.append(letter)
        else:
            pieces.append(f"\\X4\\{ord(letter):08X}\\X0\\")
    return f"'{''.join(pieces)}'"


@contextmanager
def _silent() -> Iterator[None]:
    """Keep OpenCASCADE from printing statistics, which it does past Python and past Gmsh's own options."""
    kept = os.dup(1)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
