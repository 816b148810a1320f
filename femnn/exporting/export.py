"""``femnn export``: write a network as what it is printed, cut or drawn from, and say what was written."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from femnn.config.quantities import parse_quantity
from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.exporting.cad import fused, regions
from femnn.exporting.step import check_step, write_step
from femnn.exporting.surfaces import surface, write_stl
from femnn.exporting.svg import write_svg
from femnn.exporting.trained_widths import outside_bounds, trained
from femnn.geometry.contours import Contours, contours
from femnn.geometry.shaping import shape_of
from femnn.geometry.strips import Shape
from femnn.network.network import Network
from femnn.network.plausibility import warn_of
from femnn.network_files.csv_writer import write_csv
from femnn.network_files.dxf_writer import write_dxf
from femnn.network_files.specification import load_network

FORMATS = ("step", "stl", "dxf", "svg", "csv")
SOLIDS = ("step", "stl")
"""Formats that hold the solid in space."""
DENSITY = 1140.0
"""Density of printed Agilus30 (kg/m³)."""


@dataclass(frozen=True)
class Request:
    """What is to be written."""

    network: str
    """Name or path of a network."""
    out: Path
    """A file, by its suffix, or else a folder."""
    formats: str = ""
    """Formats, parted by commas; all that the network can be written in where empty."""
    stiffness: Path | None = None
    """Table of trained stiffnesses."""
    select: Sequence[str] = ()
    """"column=value" for each column by which one of several trainings is chosen."""
    pad_radius: str = ""
    """Radius of the pads, with its unit; just large enough for square ends where empty."""
    fillet_radius: str = ""
    """Radius of the fillets, with its unit; none where empty."""
    taper: float | None = None
    """Length over height of the slope between a thinned end and its bar; see :mod:`femnn.geometry.shaping`."""
    fused: bool = False
    """Write one solid into the STEP file instead of one for every bond and node."""


def export(request: Request) -> str:
    """Write the files of a request, on the rank that calls, and describe them.

    Raises:
        ConfigError: a file cannot be read or written, an option cannot be used, or the network cannot be written in a
            format.
        NetworkError: the network is ill-formed.
        MeshError: the solid cannot be built, or what was written is not closed or not of the solid's volume.
    """
    network = load_network(request.network)
    if request.stiffness is not None:
        network = trained(network, request.stiffness, request.select)
    elif request.select:
        raise ConfigError("--select chooses among the trainings of a table; name it by --stiffness.")
    warn_of(network)
    paths = _paths(network, request)
    if request.fused and "step" not in paths:
        raise ConfigError("--fused is for STEP files; have one written, by --format step.")
    pad = _length("--pad-radius", request.pad_radius) if request.pad_radius else None
    fillet = _length("--fillet-radius", request.fillet_radius) if request.fillet_radius else 0.0
    shape, chosen = shape_of(network, pad, fillet, request.taper)
    widths = 1e3 * network.sections.width
    said = [
        f"{network.name}: {len(network.nodes)} nodes, {len(network.bonds)} bonds, {network.dimension}D, "
        f"widths {widths.min():.4g} to {widths.max():.4g} mm",
        *(f"note: {note}" for note in network.notes),
        *outside_bounds(network),
        *chosen,
    ]
    outline = contours(network, shape) if network.dimension == 2 and {"dxf", "svg"} & paths.keys() else None
    _make_folders(paths)
    if solids := {kind: path for kind, path in paths.items() if kind in SOLIDS}:
        said += _write_solids(network, shape, solids, request.fused)
    if "dxf" in paths:
        write_dxf(network, outline, paths["dxf"])
        said.append(f"{paths['dxf']}: {_drawn(outline)}, in mm")
    if "svg" in paths and outline is not None:
        write_svg(network, outline, paths["svg"])
        said.append(f"{paths['svg']}: {_drawn(outline)}, in true size")
    if "csv" in paths:
        write_csv(network, paths["csv"])
        said.append(f"{paths['csv']}: nodes, bonds, supports, sections and ports")
    return "\n".join(said)


def _write_solids(network: Network, shape: Shape, paths: dict[str, Path], in_one: bool) -> list[str]:
    """Write STEP and STL, each checked as it is in the file."""
    said = []
    with regions(network, shape) as solids:
        volume = solids.volume
        said.append(f"solid: {volume:.6g} mm³, {DENSITY * volume * 1e-6:.4g} g at {DENSITY * 1e-3:g} g/cm³ (Agilus30)")
        if "stl" in paths:
            made = surface(solids)
            write_stl(made, paths["stl"])
            said.append(
                f"{paths['stl']}: {len(made.triangles)} triangles, closed, {made.volume:.6g} mm³ "
                f"({100 * (made.volume / volume - 1):+.2g} %), in mm"
            )
        written = write_step(solids, paths["step"]) if "step" in paths and not in_one else []
    if "step" in paths:
        if in_one:
            with fused(network, shape) as solids:
                written = write_step(solids, paths["step"])
        check_step(paths["step"], written)
        what = "one solid" if in_one else f"{len(written)} solids, named for bonds and nodes"
        said.append(f"{paths['step']}: {what}, read back, {sum(written):.6g} mm³, in mm")
    return said


def _drawn(outline: Contours | None) -> str:
    if outline is None:
        return "centre lines alone, for the network is in space"
    return f"outline with {outline.holes} holes, {sum(map(len, outline.loops))} lines and arcs"


def _paths(network: Network, request: Request) -> dict[str, Path]:
    """The file of each format that is to be written.

    Raises:
        ConfigError: a format is unknown, does not go with the file's suffix, or is not for networks in space.
    """
    asked = [kind.strip().lower() for kind in request.formats.split(",") if kind.strip()]
    for kind in asked:
        if kind not in FORMATS:
            raise ConfigError(f"--format: there is no format {kind!r}; {nearest(kind, FORMATS)}")
    suffix = request.out.suffix.lower().removeprefix(".").replace("stp", "step")
    if suffix in FORMATS and not request.out.is_dir():
        if asked not in ([], [suffix]):
            raise ConfigError(
                f"--out {request.out} is one file, but --format asks for {request.formats}; name a folder."
            )
        paths = {suffix: request.out}
    elif request.out.suffix and not request.out.is_dir():
        raise ConfigError(f"--out {request.out}: its suffix must be one of {', '.join(FORMATS)}, or none for a folder.")
    else:
        chosen = asked or [kind for kind in FORMATS if kind != "svg" or network.dimension == 2]
        paths = {kind: request.out / f"{network.name}.{kind}" for kind in chosen}
    if "svg" in paths and network.dimension == 3:
        raise ConfigError(f"{network.name}: a network in space has no outline to draw; choose step, stl, dxf or csv.")
    return paths


def _make_folders(paths: dict[str, Path]) -> None:
    for path in paths.values():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"Cannot write to {path.parent}: {error.strerror or error}.") from error


def _length(option: str, text: str) -> float:
    try:
        return parse_quantity(text, "m")
    except ValueError as error:
        raise ConfigError(f"{option}: {error}.") from None
