"""``femnn verify``: check femnn against published figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from femnn.cli.console import say
from femnn.runtime.world import world


def verify(
    only: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Check sections whose title contains a text.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a report with figures (.html).")] = None,
) -> None:
    """Check femnn against published and closed-form figures; exit status 1 if one is missed."""
    from femnn.verification.check import print_checks
    from femnn.verification.verification_report import verify as compute

    outcome = compute(world(), only, out)
    if world().rank == 0:
        print_checks(outcome.sections)
    if out is not None:
        say(f"Report: {out}")
    if not all(check.passed for check in outcome.checks):
        raise typer.Exit(1)
