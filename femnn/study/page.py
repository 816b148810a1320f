"""The report of a run: one HTML page that needs no other file."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from femnn.config.file_errors import naming
from femnn.config.settings import with_units
from femnn.network.network import Network
from femnn.report.figure import Figure
from femnn.report.texts import Table
from femnn.study.store import figure_path, fresh
from femnn.study.study import Study


@dataclass(frozen=True)
class Page:
    """What a report shows."""

    title: str
    question: str
    settings: Study
    network: Network
    stated: Mapping[str, Sequence[str]]
    """Warnings and notes on the inputs, by these names."""
    findings: Sequence[str]
    tables: Sequence[Table]
    figures: Sequence[Figure]
    """In order; their files are beside the report already."""
    provenance: Mapping[str, Any]
    """Where the result comes from."""
    failures: Sequence[str]
    """A line for everything that could not be computed, made or written."""
    measured: int
    """Points that are measured."""
    missing: int
    """Points that are not."""


def write_report(path: Path, page: Page) -> None:
    """Write report.html.

    Args:
        path: the file.
        page: what it shows.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(resources.files("femnn.report").joinpath("report.html.jinja").read_text("utf-8"))
    text = template.render(
        study=page,
        settings=with_units(page.settings, _named),
        network=page.network,
        notes=page.stated["notes"],
        warnings=page.stated["warnings"],
        failures=page.failures,
        incomplete=incomplete(page.measured, page.missing, page.failures),
        findings=page.findings,
        tables=page.tables,
        figures=[(figure, _embedded(figure_path(path.parent, figure))) for figure in page.figures],
        provenance=page.provenance,
    )
    with naming(path):
        # Half of a pair of code units has no form in UTF-8
        fresh(path).write_text(text, encoding="utf-8", errors="replace")


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


def _named(text: str, path: Path | None) -> str:
    """How the page calls a file that settings name: by its name, wherever it is on the machine of the run."""
    return text if path is None or not Path(text).is_absolute() else path.name


def _embedded(image: Path) -> str:
    return base64.b64encode(image.read_bytes()).decode("ascii")
