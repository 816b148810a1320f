"""``femnn export``: write a network to be printed or cut."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from femnn.cli.console import say
from femnn.runtime.world import world


def export(
    network: Annotated[str, typer.Argument(help="Name of a network, or a path.")],
    out: Annotated[Path, typer.Option(metavar="DIR_OR_FILE", help="Where to; a file by its suffix.")],
    format_: Annotated[
        str, typer.Option("--format", metavar="LIST", help="Of step,stl,3mf,dxf,svg,csv; all if left out.")
    ] = "",
    stiffness: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Trained stiffnesses: stiffness.csv of a run, or a table of widths."),
    ] = None,
    select: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Choose one of several trainings.")
    ] = None,
    pad_radius: Annotated[str, typer.Option(metavar="LENGTH", help='Of the discs or balls at nodes: "1.2 mm".')] = "",
    fillet_radius: Annotated[str, typer.Option(metavar="LENGTH", help="Of re-entrant corners.")] = "",
    taper: Annotated[
        float | None,
        typer.Option(help="Length over height of slopes at thinned ends; the steepest that can be, if left out."),
    ] = None,
    fused: Annotated[bool, typer.Option("--fused", help="One solid in the STEP file, not one for each bond.")] = False,
    outline_only: Annotated[
        bool, typer.Option("--outline-only", help="For lasers: the outline alone in the DXF, no centre lines.")
    ] = False,
    kerf: Annotated[
        str, typer.Option(metavar="LENGTH", help="Width of the cut, for DXF and SVG: outlines grow by half of it.")
    ] = "",
    resolution: Annotated[str, typer.Option(metavar="LENGTH", help="Round widths to multiples of it.")] = "",
    minimum_wall: Annotated[str, typer.Option(metavar="LENGTH", help="Warn of bonds that are thinner.")] = "",
) -> None:
    """Write a network to be printed or cut, with its volume and mass.

    STEP, STL and 3MF hold the solid, DXF and SVG the outline, DXF and CSV the network itself. A format that cannot be
    written is named, the others are written, and the exit status is 3.
    """
    from femnn.exporting.export import export as write
    from femnn.exporting.request import Request
    from femnn.runtime.notices import collected
    from femnn.runtime.ranks import on_root

    chosen = tuple(select or ())
    shape = (pad_radius, fillet_radius, taper, fused)
    request = Request(network, out, format_, stiffness, chosen, *shape, outline_only, kerf, resolution, minimum_wall)
    with collected(world()):
        done = on_root(world(), lambda: write(request))
        say("\n".join(done.said))
        if done.error is not None:
            raise done.error
