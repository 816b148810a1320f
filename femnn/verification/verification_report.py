"""The report of ``femnn verify``: one HTML page that needs no other file."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from femnn.errors import ConfigError
from femnn.report.figure import RESOLUTION, Figure
from femnn.report.plots import save
from femnn.report.printed import printed
from femnn.runtime.ranks import on_root
from femnn.runtime.stack import MPI
from femnn.study.provenance import provenance
from femnn.verification.check import HEADER, headline
from femnn.verification.check_sections import Outcome, chosen, run


def verify(comm: MPI.Comm, only: str | None = None, out: Path | None = None) -> Outcome:
    """Compute the checks, and write the report if it is asked for.

    Args:
        comm: every rank of it must call.
        only: a text that the titles of the sections contain.
        out: file of the report.

    Raises:
        ConfigError: no section's title contains the text; the file cannot be written.
    """
    sections, start = chosen(only), time.monotonic()
    if out is not None:
        on_root(comm, lambda: check_writable(out))
    outcome = run(sections, comm, draw=out is not None)
    if out is not None:
        facts = provenance(comm, seed=0, wall_time=time.monotonic() - start)
        on_root(comm, lambda: write_report(out, outcome, facts))
    return outcome


def check_writable(path: Path) -> None:
    """See that a file can be written, before the work that it is to hold; it is left as it was.

    Raises:
        ConfigError: it cannot.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        existed = path.exists()
        path.open("a", encoding="utf-8").close()
        if not existed:
            path.unlink()
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror}; choose another file with --out.") from error


def write_report(path: Path, outcome: Outcome, facts: Mapping[str, Any]) -> None:
    """Write the report.

    Args:
        path: the file.
        outcome: checks and figures.
        facts: where the figures come from.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(
        resources.files("femnn.report").joinpath("verification.html.jinja").read_text("utf-8")
    )
    page = template.render(
        headline=headline(outcome.checks),
        failed=[check for check in outcome.checks if not check.passed],
        header=HEADER,
        sections=outcome.sections,
        figures=[(figure, _embedded(figure)) for figure in outcome.figures],
        provenance=facts,
    )
    path.write_text(page, encoding="utf-8")


def _embedded(figure: Figure) -> str:
    image = io.BytesIO()
    save(printed(figure), image, dpi=RESOLUTION, format="png")
    return base64.b64encode(image.getvalue()).decode("ascii")
