"""The report of a run: one HTML page that needs no other file."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from femnn.config import with_units
from femnn.results.figure import FIGURES, Figure
from femnn.study import Run


@dataclass(frozen=True)
class Table:
    """A table of a report's first screen."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def write_report(
    path: Path, run: Run, summary: Mapping[str, Any], figures: Sequence[Figure], provenance: Mapping[str, Any]
) -> None:
    """Write report.html.

    Args:
        path: the file.
        run: the run.
        summary: its headline figures; ``"findings"`` is a list of sentences and ``"tables"`` a list of
            :class:`Table` fields, both shown first, after ``"notes"`` on the inputs.
        figures: its figures, in order; their files are beside the report already.
        provenance: where the result comes from.
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
        failures=run.failures,
        notes=run.notes,
        warnings=run.warnings,
        findings=summary.get("findings", []),
        tables=summary.get("tables", []),
        figures=[(figure, _embedded(path.parent / FIGURES / f"{figure.name}.png")) for figure in figures],
        provenance=provenance,
    )
    path.write_text(page, encoding="utf-8")


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
