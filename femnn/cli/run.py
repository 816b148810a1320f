"""``femnn run``: run a study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from femnn.cli.console import complain, say
from femnn.config.trust import CONFIG
from femnn.errors import ConfigError
from femnn.runtime.world import world


def run(
    study: Annotated[str, typer.Argument(help="Name of a study, its folder, or a TOML file of settings.")],
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run [runs/STUDY].")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the folder's checkpoint.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over an earlier run in the folder.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Run code of your own that a run folder names.")] = False,
    ranks_per_group: Annotated[
        int | None, typer.Option(metavar="N", help="Ranks that measure one point together [all].")
    ] = None,
) -> None:
    """Run a study and write its folder: tables, figures, report."""
    from femnn.study.checkpoint import FILE
    from femnn.study.runner import run as run_study

    # Settings files of several studies may have one name: gradient-error/continuum-3d, but a path by its last part
    if not Path(study).name:
        raise ConfigError(f"{study!r} names no study; femnn list shows those that there are.")
    named = Path(study).with_suffix("")
    if out is None and resume and Path(study).name == CONFIG and (Path(study).parent / FILE).is_file():
        # The settings of a run in its own folder, wherever that has been moved to
        out = Path(study).parent
    folder = out or Path("runs") / ("-".join(named.parts) if len(named.parts) == 2 else named.name)
    finished = run_study(study, set_ or [], folder, resume, world(), force, trust, ranks_per_group)
    say(f"Report: {finished.report}")
    if finished.failures:
        more = f" (and {len(finished.failures) - 1} more)" if len(finished.failures) > 1 else ""
        complain(f"not computed: {finished.failures[0]}{more}")
        raise typer.Exit(3)
