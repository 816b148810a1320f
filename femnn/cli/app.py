"""The command line: ``femnn new``, ``run``, ``list``, ``mesh``, ``measured``, ``plan``, ``report``; also by MPI."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

import typer
from pydantic import ValidationError

from femnn.cli import export, measured, mesh, new, plan, report, run, verify
from femnn.cli import list as list_
from femnn.cli.console import complain
from femnn.config.file_errors import explained
from femnn.config.plain_text import one_line
from femnn.errors import FemnnError
from femnn.runtime.world import Alone, launched, world

if TYPE_CHECKING:
    from femnn.runtime.stack import MPI

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What a mistyped command raises; Typer does not give it a public name."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Mechanical neural networks in real material: forward, adjoint and in situ gradients by finite elements.",
)

app.command("run")(run.run)
app.command("list")(list_.list_)
app.command("new")(new.new)
app.command("mesh")(mesh.mesh)
app.command("export")(export.export)
app.command("verify")(verify.verify)
app.command("measured")(measured.measured)
app.command("plan")(plan.plan)
app.command("report")(report.report)


def command_line(given: list[str]) -> None:
    """Run a command: every rank ends, with one line and the status of the error.

    Exits with 0; 2 for bad input; 3 where an equilibrium was not reached; 1 for a defect, with its traceback.
    """
    from femnn.runtime.ranks import all_failed

    if any("\0" in argument for argument in given):
        complain("an argument has a NUL character, which no name of a file or a setting has")
        sys.exit(2)
    # Help and lists need no ranks, and are there at once without them
    quick = not given or "--help" in given or (given[0] == "list" and not launched())
    ending = cast("MPI.Comm", Alone()) if quick else world().Dup()
    try:
        sys.exit(app(given, standalone_mode=False) or 0)
    except UsageError as error:
        # Its text alone does not say which option or argument is meant
        complain(getattr(error, "format_message", error.__str__)() or "no command; see femnn --help")
        sys.exit(2)
    except (FemnnError, OSError, ValidationError) as error:
        status = error.exit_status if isinstance(error, FemnnError) else 2
        if isinstance(error, OSError):
            text = explained(error)
        elif isinstance(error, ValidationError):
            # Of settings that follow from others, as forces that are relative to the network
            text = f"What follows from the settings is out of bounds: {error.errors()[0]['msg']}; check their units."
        else:
            text = str(error)
        if all_failed(ending):
            complain(text)
            sys.exit(status)
        print(f"femnn (rank {ending.rank} alone): {one_line(text)}", file=sys.stderr, flush=True)
        ending.Abort(status)
    except Exception:
        together = all_failed(ending)
        if ending.rank == 0 or not together:
            sys.excepthook(*sys.exc_info())
        if together:
            sys.exit(1)
        ending.Abort(1)
