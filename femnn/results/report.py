"""The report of a run: one HTML page that needs no other file."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from femnn.config import with_units
from femnn.results.figure import Figure
from femnn.results.store import figure_path, fresh
from femnn.study import Run


@dataclass(frozen=True)
class Table:
    """A table of a report's first screen."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


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
            :class:`Table` fields, both shown first, after ``"notes"`` on the inputs.
        figures: its figures, in order; their files are beside the report already.
        provenance: where the result comes from.
        failures: a line for everything that could not be computed, made or written.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(
        resources.files("femnn.results").joinpath("report.html.jinja").read_text("utf-8")
    )
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


def number(value: float | None, digits: int = 3) -> str:
    """A figure for a table: ``4.57 × 10⁻⁴``, or plain where that reads better; a dash for none."""
    if value is None or value != value:
        return "–"
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.{digits}g}"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}"


SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
