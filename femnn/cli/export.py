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
        str, typer.Option("--format", metavar="LIST", help="Of step,stl,dxf,svg,csv; all if left out.")
    ] = "",
    stiffness: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Trained stiffnesses: stiffness.csv of a run, or the like.")
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
) -> None:
    """Write a network to be printed or cut: STEP, STL, DXF, SVG, CSV; with its volume and mass."""
    from femnn.exporting.export import Request
    from femnn.exporting.export import export as write
    from femnn.runtime.notices import collected
    from femnn.runtime.ranks import on_root

    request = Request(network, out, format_, stiffness, tuple(select or ()), pad_radius, fillet_radius, taper, fused)
    with collected(world()):
        say(on_root(world(), lambda: write(request)))
