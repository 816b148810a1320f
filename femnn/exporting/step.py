"""STEP files (AP214, mm) of a network's solid, in which the solids carry the names of bonds and nodes."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from femnn.errors import ConfigError, MeshError
from femnn.exporting.cad import Solids
from femnn.meshing.solid_meshes import naming
from femnn.runtime.stack import gmsh

AGREEMENT = 1e-6
"""A solid that is read back differs from the one that was written by no more than this share of its volume."""


def write_step(solids: Solids, path: Path) -> dict[str, float]:
    """Write the solids of Gmsh's current model, and read them back before the file gets its name.

    The pieces of a node in space are united. Where OpenCASCADE cannot do that, or does not read back what it has
    united, they stay solids of their own: "node 1" and "node 1, piece 2". So do pieces of a bond that others cut off.

    Args:
        solids: what is written; a part of the file each, by the names of their regions.
        path: where to.

    Returns:
        Volume of each solid (mm³) by its name, in their order in the file.

    Raises:
        ConfigError: the file cannot be written.
        MeshError: what is read back is not the solid; the message names what differs.
    """
    pieces = {name: _united(solids.regions[name]) for name in solids.balls}
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "solid.step"
        while True:
            written = _write(solids, pieces, draft)
            wrong = differing(draft, written)
            retried = [name for name in wrong if len(pieces.get(name, ())) == 1 < len(solids.regions[name])]
            if not retried:
                break
            pieces |= {name: _plain(solids.regions[name]) for name in retried}
        if wrong:
            raise _not_held(solids.name, wrong)
        text = draft.read_text(encoding="ascii")
    try:
        path.write_text(text, encoding="ascii")
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror or error}.") from error
    return written


def differing(path: Path, written: Mapping[str, float]) -> list[str]:
    """Read a STEP file into a model of its own, and return the names of the solids that are not as they were written.

    Args:
        path: the file.
        written: volume of each solid (mm³) by its name, in their order in the file.

    Returns:
        Names; all of them where there are more solids in the file or fewer.
    """
    current = gmsh.model.getCurrent()
    gmsh.model.add(str(path))
    # With labels the time that Gmsh takes grows with the square of the number of solids
    gmsh.option.setNumber("Geometry.OCCImportLabels", 0)
    try:
        with _silent():
            solids = [entity for entity in gmsh.model.occ.importShapes(str(path)) if entity[0] == 3]
        found = [float(gmsh.model.occ.getMass(*entity)) for entity in solids]
    finally:
        gmsh.model.remove()
        gmsh.model.setCurrent(current)
    if len(found) != len(written):
        return list(written)
    return [
        name
        for read, (name, volume) in zip(found, written.items(), strict=True)
        if not abs(read - volume) <= AGREEMENT * volume
    ]


def _write(solids: Solids, pieces: dict[str, list[int]], path: Path) -> dict[str, float]:
    """Write all solids, named, and return their volumes by name, in their order in the file."""
    named = {
        tag: name if number == 1 else f"{name}, piece {number}"
        for name, tags in (dict(solids.regions) | pieces).items()
        for number, tag in enumerate(tags, 1)
    }
    gmsh.model.occ.synchronize()
    gmsh.model.setVisibility(gmsh.model.getEntities(), 0)
    gmsh.model.setVisibility([(3, tag) for tag in named], 1)
    gmsh.option.setNumber("Geometry.OCCExportOnlyVisible", 1)
    with _silent():
        gmsh.write(str(path))
    text = path.read_text(encoding="ascii")
    # OpenCASCADE writes the solids in the order of their tags, and an assembly of all before them if they are several
    parts = [named[tag] for tag in sorted(named)]
    text = _renamed(text, r"MANIFOLD_SOLID_BREP\('[^']*'", "MANIFOLD_SOLID_BREP({0}", parts)
    products = parts if len(parts) == 1 else [solids.name, *parts]
    text = _renamed(text, r"PRODUCT\('[^']*',\s*'[^']*'", "PRODUCT({0},{0}", products)
    path.write_text(text, encoding="ascii")
    return {named[tag]: float(gmsh.model.occ.getMass(3, tag)) for tag in sorted(named)}


def _united(tags: list[int]) -> list[int]:
    """The pieces of a node as one volume; each of them where OpenCASCADE cannot unite them."""
    first, *others = [(3, tag) for tag in tags]
    volume = sum(gmsh.model.occ.getMass(3, tag) for tag in tags)
    try:
        made = _fused(first, others)
    except MeshError:
        made = []
    if len(made) == 1 and abs(gmsh.model.occ.getMass(3, made[0]) - volume) <= AGREEMENT * volume:
        return made
    return _plain(tags)


def _plain(tags: list[int]) -> list[int]:
    """The pieces of a node, the largest first, without the marks that bonds have left on them."""
    sizes = {tag: gmsh.model.occ.getMass(3, tag) for tag in tags}
    return [made for tag in sorted(tags, key=lambda tag: -sizes[tag]) for made in _fused((3, tag), [])]


def _fused(first: tuple[int, int], others: list[tuple[int, int]]) -> list[int]:
    """Unite volumes, or one with itself: a ball with marks of bonds would come back from STEP inside out."""
    with naming("STEP"):
        # Removing the pieces would take a time that grows with the model, so they are hidden
        tools = others or gmsh.model.occ.copy([first])
        made, _ = gmsh.model.occ.fuse([first], tools, removeObject=False, removeTool=False)
    return [tag for dimension, tag in made if dimension == 3]


def _not_held(name: str, wrong: list[str]) -> MeshError:
    shown = f"{wrong[0]!r}" + (f" and {len(wrong) - 1} more" if len(wrong) > 1 else "")
    return MeshError(
        f"{name}: OpenCASCADE does not read {shown} back from STEP as written; choose another pad_radius "
        "(--pad-radius), or take STL or 3MF."
    )


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
