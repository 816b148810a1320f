"""``femnn mesh``: mesh a network, check it, and say what it consists of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from femnn.cli.console import say
from femnn.runtime.world import world


def mesh(
    network: Annotated[str, typer.Argument(help="Name of a network, or a path.")],
    out: Annotated[Path | None, typer.Option(help="Write the network (.msh, .vtu, .xdmf).")] = None,
    figure: Annotated[Path | None, typer.Option(help="Draw the network (.png, .pdf, .svg).")] = None,
) -> None:
    """Mesh a network, check the mesh against it, and say what it consists of."""
    from femnn.cli.mesh_description import describe_mesh

    say(describe_mesh(network, out, figure, world()))
