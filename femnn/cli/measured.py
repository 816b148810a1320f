"""``femnn measured``: check measurements and form the gradient that they measure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from femnn.cli.console import say
from femnn.runtime.world import world


def measured(
    file: Annotated[Path, typer.Argument(help="CSV of tracked positions, or a copy of the paper's data.xlsx.")],
    network: Annotated[str, typer.Option(help="Name of the network that was measured, or a path.")] = "li2024",
    out: Annotated[Path | None, typer.Option(help="Write the gradient (.csv).")] = None,
    unit: Annotated[
        str | None, typer.Option(help="Of the positions: m, mm, or px to fit the scale [the file's, or m].")
    ] = None,
    forward: Annotated[str, typer.Option(help="State under the data's load.")] = "forward",
    adjoint: Annotated[str, typer.Option(help="State under the adjoint force.")] = "adjoint",
    case: Annotated[str | None, typer.Option(help="Name of the load case, as studies call it [the file's].")] = None,
    hold_supports: Annotated[bool, typer.Option("--hold-supports", help="Take the supports' motion out.")] = False,
    fit: Annotated[
        list[str] | None,
        typer.Option(metavar="WHAT", help="anisotropic: a scale in each direction; zoom: one in each state."),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=SHARE", help="What may be off: scale, misfit or zoom, as scale=1%."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The only sheet of the workbook to search.")] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART=NAME",
            help="Columns of a tracker's table, as node=particle, state=frame, or x={node}_x where points have "
            "columns of their own; of the workbook, as trials=D:F.",
        ),
    ] = None,
    states: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE=FRAMES", help="Frames of a state: rest=0, rest=0:9 (mean), forward=4,9 (repeats)."),
    ] = None,
    nodes: Annotated[
        list[str] | None,
        typer.Option(metavar="NODE=PARTICLE", help="As 3=7,4=9; or nearest, nearest:y-up, nearest:y-down at rest."),
    ] = None,
) -> None:
    """Check measurements of a lattice against its network, and form the gradient that they measure."""
    from femnn.errors import ConfigError
    from femnn.measured.camera_checks import parsed_allowed
    from femnn.measured.describing import describe_tracked, describe_workbook
    from femnn.measured.sources import WORKBOOKS
    from femnn.measured.tracker_columns import parsed_columns
    from femnn.network.plausibility import warn_of
    from femnn.network_files.specification import load_network
    from femnn.runtime.notices import collected
    from femnn.runtime.ranks import on_root

    def described() -> str:
        lattice = load_network(network)
        with collected(world()):
            warn_of(lattice)
        if file.suffix.lower() in WORKBOOKS:
            if states or nodes:
                raise ConfigError(
                    f"{file}: --states and --nodes are for tables of positions (CSV), not for a workbook."
                )
            return describe_workbook(file, lattice, out, sheet, columns or [])
        allowed = parsed_allowed(allow or [])
        stated = parsed_columns(columns or [], states or [], nodes or [])
        names = (forward, adjoint)
        return describe_tracked(file, lattice, out, unit, names, hold_supports, case, fit or (), allowed, stated)

    say(on_root(world(), described))
