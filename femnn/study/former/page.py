"""The report of a run: one HTML page that needs no other file."""

import base64
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from femnn.config.settings import with_units
from femnn.report.former_figure import Figure
from femnn.study.former.study import Run
from femnn.study.store import figure_path, fresh


def write_report(
    path: Path,
    run: Run,
    summary: Mapping[str, Any],
    figures: Sequence[Figure],
    provenance: Mapping[str, Any],
    failures: Sequence[str],
) -> None:
    """Write report.html.

    Args:
        path: the file.
        run: the run.
        summary: its headline figures; ``"findings"`` is a list of sentences and ``"tables"`` a list of
            fields of :class:`femnn.report.texts.Table`, both shown first, after ``"notes"`` on the inputs.
        figures: its figures, in order; their files are beside the report already.
        provenance: where the result comes from.
        failures: a line for everything that could not be computed, made or written.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(resources.files("femnn.report").joinpath("report.html.jinja").read_text("utf-8"))
    page = template.render(
        study=run.study,
        settings=with_units(run.settings),
        network=run.network,
        notes=run.notes,
        warnings=run.warnings,
        failures=failures,
        incomplete=incomplete(len(run.outcomes), run.missing, failures),
        findings=summary.get("findings", []),
        tables=summary.get("tables", []),
        figures=[(figure, _embedded(figure_path(path.parent, figure))) for figure in figures],
        provenance=provenance,
    )
    fresh(path).write_text(page, encoding="utf-8")


def incomplete(done: int, missing: int, failures: Sequence[str]) -> str:
    """Return a sentence on what a run lacks; empty where it lacks nothing.

    Args:
        done: points that are measured.
        missing: points that are not.
        failures: a line for everything that could not be computed, made or written.
    """
    parts = [f"{done} of {done + missing} points are measured"] if missing else []
    parts += [f"{len(failures)} result{'s' if len(failures) > 1 else ''} could not be computed"] if failures else []
    return f"Incomplete run: {', '.join(parts)}." if parts else ""


def _embedded(image: Path) -> str:
    return base64.b64encode(image.read_bytes()).decode("ascii")
