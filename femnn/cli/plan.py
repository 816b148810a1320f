"""``femnn plan``: plan a measurement."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from femnn.cli.console import say
from femnn.runtime.world import world


def plan(
    target: Annotated[str, typer.Argument(help="Name of a network, a path, or a plan file (TOML).")],
    case: Annotated[str | None, typer.Option(help="Case of the study gradient-error [separate].")] = None,
    model: Annotated[str | None, typer.Option(help="Model that predicts states and errors [bar].")] = None,
    noise: Annotated[str | None, typer.Option(help="Error of the camera, as '20 µm'.")] = None,
    weights: Annotated[str | None, typer.Option(help="The set of weights, a piece each: '1, 2, 2, 5, 10 gf'.")] = None,
    largest: Annotated[str | None, typer.Option(help="Most that may hang at once, as '20 gf'.")] = None,
    repeats: Annotated[int | None, typer.Option(help="Most measurements to take the mean of [5].")] = None,
    pulleys: Annotated[bool | None, typer.Option("--pulleys/--no-pulleys", help="Forces elsewhere than down.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Carry it out in 200 drawn experiments.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the bench sheet (.html, .txt).")] = None,
    trust: Annotated[bool, typer.Option("--trust", help="Run code that a plan file in a run folder names.")] = False,
) -> None:
    """Plan a measurement of the gradient: which weights to hang where, and the error to expect."""
    from femnn.planning.command import planned

    options = {"case": case, "model": model, "noise": noise, "weights": weights, "largest": largest, "repeats": repeats,
               "pulleys": None if pulleys is None else str(pulleys).lower()}  # fmt: skip
    given = [f"{name}={value}" for name, value in options.items() if value is not None]
    say(planned(target, [*given, *(set_ or [])], check, out, world(), trust))
    if out is not None:
        say(f"Bench sheet: {out}")
