"""The command line: ``femnn run``, ``list``, ``mesh``, ``measured``, ``plan``, ``verify``, ``report``; also by MPI."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from mpi4py import MPI

from femnn.errors import FemnnError

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What a mistyped command raises; Typer does not give it a public name."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Mechanical neural networks in real material: forward, adjoint and in situ gradients by finite elements.",
)


@app.command()
def run(
    study: Annotated[str, typer.Argument(help="Name of a study, its folder, or a TOML file of settings.")],
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run [runs/STUDY].")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the folder's checkpoint.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over an earlier run in the folder.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Run code of your own that a run folder names.")] = False,
) -> None:
    """Run a study and write its folder: tables, figures, report."""
    from femnn.running import run as run_study

    # Settings files of several studies may have one name: gradient-error/continuum-3d, but a path by its last part
    named = Path(study).with_suffix("")
    folder = out or Path("runs") / ("-".join(named.parts) if len(named.parts) == 2 else named.name)
    finished = run_study(study, set_ or [], folder, resume, MPI.COMM_WORLD, force, trust)
    _say(f"Report: {finished.report}")
    if finished.failures:
        more = f" (and {len(finished.failures) - 1} more)" if len(finished.failures) > 1 else ""
        _complain(f"not computed: {finished.failures[0]}{more}")
        raise typer.Exit(3)


@app.command("list")
def list_() -> None:
    """List studies, networks and solvers by name."""
    from femnn.listing import listing

    if MPI.COMM_WORLD.rank == 0:
        listing()


@app.command()
def mesh(
    network: Annotated[str, typer.Argument(help="Name of a network, or a path.")],
    out: Annotated[Path | None, typer.Option(help="Write the network (.msh, .vtu, .xdmf).")] = None,
    figure: Annotated[Path | None, typer.Option(help="Draw the network (.png, .pdf, .svg).")] = None,
) -> None:
    """Mesh a network, check the mesh against it, and say what it consists of."""
    from femnn.describing import describe_mesh

    _say(describe_mesh(network, out, figure, MPI.COMM_WORLD))


@app.command()
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
    from femnn.notices import collected
    from femnn.parallel import on_root

    request = Request(network, out, format_, stiffness, tuple(select or ()), pad_radius, fillet_radius, taper, fused)
    with collected(MPI.COMM_WORLD):
        _say(on_root(MPI.COMM_WORLD, lambda: write(request)))


@app.command()
def verify(
    only: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Check sections whose title contains a text.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a report with figures (.html).")] = None,
) -> None:
    """Check femnn against published and closed-form figures; exit status 1 if one is missed."""
    from femnn.verification.check import print_checks
    from femnn.verification.report import verify as compute

    outcome = compute(MPI.COMM_WORLD, only, out)
    if MPI.COMM_WORLD.rank == 0:
        print_checks(outcome.sections)
    if out is not None:
        _say(f"Report: {out}")
    if not all(check.passed for check in outcome.checks):
        raise typer.Exit(1)


@app.command()
def measured(
    file: Annotated[Path, typer.Argument(help="CSV of tracked positions, or a copy of the paper's data.xlsx.")],
    network: Annotated[str, typer.Option(help="Name of the network that was measured, or a path.")] = "li2024",
    out: Annotated[Path | None, typer.Option(help="Write the gradient (.csv).")] = None,
    unit: Annotated[str, typer.Option(help="Of the positions: m, mm, or px to fit the scale.")] = "m",
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
        list[str] | None, typer.Option(metavar="PART=LETTERS", help="Columns of the workbook, as trials=D:F.")
    ] = None,
) -> None:
    """Check measurements of a lattice against its network, and form the gradient that they measure."""
    from femnn.measured.camera import parsed_allowed
    from femnn.measured.reporting import WORKBOOKS, describe_tracked, describe_workbook
    from femnn.meshing.specification import load_network
    from femnn.notices import collected
    from femnn.parallel import on_root
    from femnn.plausibility import warn_of

    def described() -> str:
        lattice = load_network(network)
        with collected(MPI.COMM_SELF):
            warn_of(lattice)
        if file.suffix.lower() in WORKBOOKS:
            return describe_workbook(file, lattice, out, sheet, columns or [])
        allowed = parsed_allowed(allow or [])
        return describe_tracked(file, lattice, out, unit, (forward, adjoint), hold_supports, case, fit or (), allowed)

    _say(on_root(MPI.COMM_WORLD, described))


@app.command()
def plan(
    target: Annotated[str, typer.Argument(help="Name of a network, a path, or a plan file (TOML).")],
    case: Annotated[str | None, typer.Option(help="Case of the study gradient-error [separate].")] = None,
    model: Annotated[str | None, typer.Option(help="Model that foresees states and errors [bar].")] = None,
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
    _say(planned(target, [*given, *(set_ or [])], check, out, MPI.COMM_WORLD, trust))
    if out is not None:
        _say(f"Bench sheet: {out}")


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a run.")],
    trust: Annotated[bool, typer.Option("--trust", help="Run code of your own that the folder names.")] = False,
) -> None:
    """Make tables, figures and report of a run again, from what it measured."""
    from femnn.parallel import on_root
    from femnn.running import rewrite_report

    finished = on_root(MPI.COMM_WORLD, lambda: rewrite_report(folder, trust))
    if finished.missing:
        _complain(f"the run is incomplete: {finished.missing} points are not measured; femnn run --resume completes it")
    _say(f"Report: {finished.report}")


def _say(text: str) -> None:
    if MPI.COMM_WORLD.rank == 0:
        print(text, flush=True)


def _complain(text: str) -> None:
    if MPI.COMM_WORLD.rank == 0:
        print(f"femnn: {text}", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the command ``femnn``: every rank ends, with one line and the status of the error.

    Exits with 0; 2 for bad input; 3 where an equilibrium was not reached; 1 for a defect, with its traceback.
    """
    from femnn.parallel import all_failed

    ending = MPI.COMM_WORLD.Dup()
    try:
        sys.exit(app(arguments, standalone_mode=False) or 0)
    except UsageError as error:
        # Its text alone does not say which option or argument is meant
        _complain(getattr(error, "format_message", error.__str__)() or "no command; see femnn --help")
        sys.exit(2)
    except (FemnnError, OSError) as error:
        status = error.exit_status if isinstance(error, FemnnError) else 2
        if all_failed(ending):
            _complain(str(error))
            sys.exit(status)
        print(f"femnn (rank {ending.rank} alone): {error}", file=sys.stderr, flush=True)
        ending.Abort(status)
    except Exception:
        together = all_failed(ending)
        if ending.rank == 0 or not together:
            sys.excepthook(*sys.exc_info())
        if together:
            sys.exit(1)
        ending.Abort(1)


if __name__ == "__main__":
    main()
