"""``femnn report``: make the report of a run again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from femnn.cli.console import complain, say
from femnn.runtime.world import world


def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a run.")],
    trust: Annotated[bool, typer.Option("--trust", help="Run code of your own that the folder names.")] = False,
) -> None:
    """Make tables, figures and report of a run again, from what it measured."""
    from femnn.runtime.ranks import on_root
    from femnn.study.runner import rewrite_report

    finished = on_root(world(), lambda: rewrite_report(folder, trust))
    if finished.missing:
        complain(f"the run is incomplete: {finished.missing} points are not measured; femnn run --resume completes it")
    say(f"Report: {finished.report}")
