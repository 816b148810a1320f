"""What is to be written where: the options of ``femnn export``, checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from femnn.config.quantities import parse_quantity
from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.network.network import Network

FORMATS = ("step", "stl", "3mf", "dxf", "svg", "csv")
SOLIDS = ("step", "stl", "3mf")
"""Formats that hold the solid in space."""
OUTLINES = ("dxf", "svg")
"""Formats that hold the outline of a planar network."""


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
    """Table of trained stiffnesses or widths."""
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
    outline_only: bool = False
    """Write the outline alone into the DXF file, without the network beside it."""
    kerf: str = ""
    """Width that a beam takes away, with its unit; what the DXF and SVG files hold is then the beam's path."""
    resolution: str = ""
    """Widths are rounded to multiples of this length, with its unit; not rounded where empty."""
    minimum_wall: str = ""
    """A warning names bonds that are thinner than this length, with its unit; none where empty."""


def length(option: str, text: str) -> float:
    """The length that an option gives (m); 0 where it is left out.

    Raises:
        ConfigError: it is no length, or not above 0.
    """
    if not text:
        return 0.0
    try:
        value = parse_quantity(text, "m")
    except ValueError as error:
        raise ConfigError(f"{option}: {error}.") from None
    if not 0 < value < float("inf"):
        raise ConfigError(f"{option} is {text}, must be above 0; leave it out for none.")
    return value


def paths_of(network: Network, request: Request) -> dict[str, Path]:
    """The file of each format that is to be written, whose folders are made.

    Raises:
        ConfigError: a format is unknown, does not go with the file's suffix, or is not for networks in space; a folder
            cannot be made.
    """
    asked = [kind.strip().lower() for kind in request.formats.split(",") if kind.strip()]
    asked = ["step" if kind == "stp" else kind for kind in asked]
    for kind in asked:
        if kind not in FORMATS:
            raise ConfigError(f"--format: there is no format {kind[:40]!r}; {nearest(kind, FORMATS)}")
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
        raise ConfigError(
            f"{network.name}: a network in space has no outline to draw; choose step, stl, 3mf, dxf or csv."
        )
    _check_options(network, request, paths)
    for path in paths.values():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"Cannot write to {path.parent}: {error.strerror or error}.") from error
    return paths


def _check_options(network: Network, request: Request, paths: dict[str, Path]) -> None:
    """Refuse options that would have no effect on what is written."""
    if request.fused and "step" not in paths:
        raise ConfigError("--fused is for STEP files; have one written, by --format step.")
    for option, given, kinds in (
        ("--kerf", request.kerf, OUTLINES),
        ("--outline-only", request.outline_only, ("dxf",)),
    ):
        if given and network.dimension == 3:
            raise ConfigError(f"{option} is for outlines, and {network.name} in space has none; leave it out.")
        if given and not paths.keys() & set(kinds):
            raise ConfigError(f"{option} is for {' and '.join(kinds)}; have one written, by --format {kinds[0]}.")
    if request.fillet_radius and network.dimension == 3:
        raise ConfigError(f"{network.name}: fillets are for planar networks; leave --fillet-radius out.")
