"""``femnn new``: begin a project with a network of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from femnn.cli.console import say
from femnn.runtime.world import world


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the project, new or empty.")],
    from_: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Drawing (.dxf), table (.csv), mesh (.msh, .vtu, .xdmf) or .toml."),
    ] = None,
    lattice: Annotated[
        str | None, typer.Option(metavar="KIND", help="A lattice by kind; triangular if left out.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Of the file's coordinates, as mm; the file's own if left out.")
    ] = None,
) -> None:
    """Write a folder with a network, its studies, small data, and a README whose commands run as they stand."""
    from femnn.projects.project import Request, new_project

    say(new_project(Request(folder, from_, lattice, unit), world()))
