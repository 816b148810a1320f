"""``femnn export``: write a network as what it is printed, cut or drawn from, and say what was written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from femnn.errors import ConfigError, FemnnError, MeshError, WritingError
from femnn.exporting.cad import Solids, fused, regions
from femnn.exporting.kerf import with_kerf
from femnn.exporting.printing import rounded, thin_walls
from femnn.exporting.request import OUTLINES, SOLIDS, Request, length, paths_of
from femnn.exporting.step import write_step
from femnn.exporting.surface_files import write_3mf, write_stl
from femnn.exporting.surfaces import surface
from femnn.exporting.svg import write_svg
from femnn.exporting.trained_widths import outside_bounds, trained
from femnn.geometry.contours import Contours, contours
from femnn.geometry.shaping import shape_of
from femnn.geometry.strips import Shape, pad_radii
from femnn.network.network import Network
from femnn.network.plausibility import warn_of
from femnn.network_files.csv_writer import write_csv
from femnn.network_files.dxf_writer import write_dxf
from femnn.network_files.specification import load_network

FAR = 10.0
"""Distance from the origin, over the size of the lattice, from which on solids are moved there."""
DENSITY = 1140.0
"""Density of printed Agilus30 (kg/m³)."""


@dataclass
class Written:
    """What came of a request."""

    said: list[str]
    """Lines that describe the network, and each file that was written."""
    refused: dict[str, FemnnError] = field(default_factory=dict)
    """Why a format was not written."""
    error: FemnnError | None = None
    """What ends the command after its lines, if not all files could be written."""

    @contextmanager
    def each(self, *kinds: str) -> Iterator[None]:
        """Keep a named error within the ``with`` block as the reason for which formats are not written."""
        try:
            yield
        except FemnnError as error:
            self.refused |= dict.fromkeys((kind for kind in kinds if kind not in self.refused), error)


def export(request: Request) -> Written:
    """Write the files of a request, on the rank that calls; a format that cannot be written leaves the others alone.

    Raises:
        ConfigError: the network or a table cannot be read, an option cannot be used, or nothing can be written.
        NetworkError: the network is ill-formed.
        MeshError: what all formats need cannot be built.
    """
    network = load_network(request.network)
    if request.stiffness is not None:
        network = trained(network, request.stiffness, request.select)
    elif request.select:
        raise ConfigError("--select chooses among the trainings of a table; name it by --stiffness.")
    resolution, wall = length("--resolution", request.resolution), length("--minimum-wall", request.minimum_wall)
    network, changed = rounded(network, resolution) if resolution else (network, [])
    warn_of(network)
    pad, fillet = length("--pad-radius", request.pad_radius), length("--fillet-radius", request.fillet_radius)
    kerf = length("--kerf", request.kerf)
    asked = Shape(pad or None, fillet, 1.0 if request.taper is None else request.taper)
    if pad:
        pad_radii(network, asked)
    paths = paths_of(network, request)
    widths = 1e3 * network.sections.width
    done = Written(
        [
            f"{network.name}: {len(network.nodes)} nodes, {len(network.bonds)} bonds, {network.dimension}D, "
            f"widths {widths.min():.4g} to {widths.max():.4g} mm",
            *(f"note: {note}" for note in network.notes),
            *changed,
            *outside_bounds(network),
            *(thin_walls(network, wall) if wall else ()),
        ]
    )
    # What needs no solid comes first, so that nothing that happens to OpenCASCADE can take it away
    if "csv" in paths:
        with done.each("csv"):
            write_csv(network, paths["csv"])
            done.said.append(f"{paths['csv']}: nodes, bonds, supports, sections and ports")
    shape = asked
    drawn = [kind for kind in paths if kind in (*SOLIDS, *OUTLINES) and (kind != "dxf" or network.dimension == 2)]
    if drawn:
        with done.each(*drawn):
            shape, chosen = _shape(network, asked, request.taper, kerf)
            done.said += chosen
    outlines = {kind: path for kind, path in paths.items() if kind in OUTLINES and kind not in done.refused}
    with done.each(*outlines):
        _write_outlines(done, network, shape, outlines, kerf, request.outline_only)
    _write_solids(done, network, shape, {k: path for k, path in paths.items() if k in SOLIDS}, request.fused)
    done.error = _unwritten(network, paths, done.refused)
    if done.error and len(done.refused) == len(paths):
        raise done.error
    return done


def _shape(network: Network, asked: Shape, taper: float | None, kerf: float) -> tuple[Shape, list[str]]:
    """The shape, with a taper on which gaps stay open for the beam, if there is one."""
    given = asked.pad_radius, asked.fillet_radius, taper
    if kerf:
        try:
            return shape_of(network, *given, lambda network, shape: with_kerf(network, contours(network, shape), kerf))
        except MeshError:
            # Outlines will be refused for it, and solids need not be
            pass
    return shape_of(network, *given)


def _write_outlines(
    done: Written, network: Network, shape: Shape, paths: dict[str, Path], kerf: float, alone: bool
) -> None:
    outline = contours(network, shape) if network.dimension == 2 and paths else None
    path = with_kerf(network, outline, kerf) if outline is not None and kerf else outline
    cut = f", moved outwards by half of the kerf of {1e3 * kerf:.4g} mm" if kerf else ""
    if "dxf" in paths:
        with done.each("dxf"):
            # A path with the beam's width is no longer the outline of the network beside it
            alone = alone or bool(kerf)
            write_dxf(network, path, paths["dxf"], network_too=not alone)
            beside = ", and nothing else" if alone else ""
            done.said.append(f"{paths['dxf']}: {_drawn(path)}{cut}{beside}, in mm")
    if "svg" in paths and path is not None:
        with done.each("svg"):
            write_svg(network, path, paths["svg"])
            done.said.append(f"{paths['svg']}: {_drawn(path)}{cut}, in true size")


def _write_solids(done: Written, network: Network, shape: Shape, paths: dict[str, Path], in_one: bool) -> None:
    """Write STEP, STL and 3MF, each checked as it is in the file."""
    kinds = [kind for kind in paths if kind not in done.refused]
    if kinds and (moved := _to_origin(network)) is not None:
        network, text = moved
        done.said.append(text)
    in_pieces = [kind for kind in kinds if kind != "step" or not in_one]
    if in_pieces:
        with done.each(*in_pieces), regions(network, shape) as solids:
            done.said.append(_mass(solids))
            _write_surfaces(done, solids, {kind: paths[kind] for kind in in_pieces if kind != "step"})
            if "step" in in_pieces:
                with done.each("step"):
                    done.said.append(_described(paths["step"], write_step(solids, paths["step"]), solids))
    if in_one and "step" in kinds:
        with done.each("step"), fused(network, shape) as solids:
            if not in_pieces:
                done.said.append(_mass(solids))
            done.said.append(_described(paths["step"], write_step(solids, paths["step"]), solids))


def _to_origin(network: Network) -> tuple[Network, str] | None:
    """The network with its middle at the origin, and a line that says so; None if it is not far from there.

    OpenCASCADE takes points for one by absolute distances, and files of triangles hold single precision: far from the
    origin solids would be wrong.
    """
    middle = (network.nodes.max(axis=0) + network.nodes.min(axis=0)) / 2
    if np.abs(network.nodes).max() <= FAR * np.ptp(network.nodes, axis=0).max():
        return None
    at = ", ".join(f"{1e3 * x:.6g}" for x in middle)
    return (
        replace(network, nodes=network.nodes - middle),
        f"note: the lattice lies far from the origin; in files of its solid, ({at}) mm is their origin",
    )


def _write_surfaces(done: Written, solids: Solids, paths: dict[str, Path]) -> None:
    if not paths:
        return
    with done.each(*paths):
        made = surface(solids)
        writers: dict[str, Callable[[Path], None]] = {
            "stl": lambda path: write_stl(made, path),
            "3mf": lambda path: write_3mf(made, solids.name, path),
        }
        for kind, path in paths.items():
            with done.each(kind):
                writers[kind](path)
                done.said.append(
                    f"{path}: {len(made.triangles)} triangles, closed, {made.volume:.6g} mm³ "
                    f"({100 * (made.volume / solids.volume - 1):+.2g} %), in mm"
                )


def _mass(solids: Solids) -> str:
    grams = DENSITY * solids.volume * 1e-6
    return f"solid: {solids.volume:.6g} mm³, {grams:.4g} g at {DENSITY * 1e-3:g} g/cm³ (Agilus30)"


def _described(path: Path, written: dict[str, float], solids: Solids) -> str:
    """A line on a STEP file."""
    more = len(written) - len(solids.regions)
    what = "one solid" if len(written) == 1 else f"{len(written)} solids, named for bonds and nodes"
    pieces = f" ({more} of them more pieces of these)" if more else ""
    return f"{path}: {what}{pieces}, read back, {sum(written.values()):.6g} mm³, in mm"


def _drawn(outline: Contours | None) -> str:
    if outline is None:
        return "centre lines alone, for the network is in space"
    return f"outline with {outline.holes} holes, {sum(map(len, outline.loops))} lines and arcs"


def _unwritten(network: Network, paths: dict[str, Path], refused: dict[str, FemnnError]) -> FemnnError | None:
    """One error for all formats that were not written; each reason is said once."""
    if not refused:
        return None
    reasons: dict[str, list[str]] = {}
    for kind, error in refused.items():
        reasons.setdefault(str(error), []).append(kind)
    if len(refused) == len(paths) and len(reasons) == 1:
        return next(iter(refused.values()))
    old = [str(paths[kind]) for kind in refused if paths[kind].exists()]
    written = [kind for kind in paths if kind not in refused]
    text = "; ".join(
        f"not written: {_listed(kinds)} ({reason.removeprefix(f'{network.name}: ').rstrip('.')})"
        for reason, kinds in reasons.items()
    )
    kind_of_error = WritingError if written else MeshError
    return kind_of_error(
        f"{network.name}: {text}; {f'written: {_listed(written)}' if written else 'nothing is written'}"
        + (f"; from an earlier export: {_listed(old)}." if old else ".")
    )


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
