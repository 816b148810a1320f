"""What a run leaves in its folder: tables, arrays, figures and the report, also where points are missing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from femnn.errors import ConfigError, FemnnError
from femnn.report.figure import Figure
from femnn.report.texts import Table
from femnn.study import checkpoint, store
from femnn.study.contents import Content, Finding, Headline
from femnn.study.loading import Loaded
from femnn.study.page import Page, write_report
from femnn.study.results import Results
from femnn.study.run_folder import DATASET, PROVENANCE, REPORT, SUMMARY, TABLES
from femnn.study.training_animation import write_animations

END: Any = object()
"""What comes after the last part of a report."""


@dataclass
class Writing:
    """The results of a run, and their files.

    Where points are missing a study may not be able to make all of them. What it cannot make is then said in the
    summary and the report, and the rest is written.
    """

    loaded: Loaded
    results: Results
    """The results, which may lack points."""
    folder: Path
    facts: Mapping[str, Any]
    """Where the result comes from; empty where that is not known."""
    measured_now: bool
    """Whether all points were measured by this process, and none was read from the folder."""
    contents: list[Content] = field(default_factory=list)
    not_made: list[str] = field(default_factory=list)
    """What could not be made of the points, a line each."""

    def write(self) -> None:
        """Write tables, arrays and figures.

        Raises:
            ConfigError: all points are there, but what the folder holds of them does not fit the study.
        """
        results, folder, study = self.results, self.folder, self.results.study
        tables: dict[str, Any] = self._made("tables", lambda: results.tables, {})
        for name, table in tables.items():
            store.write_table(store.table_path(folder, name), table)
        names = [store.table_path(folder, name).name for name in tables]
        store.write_json(folder / PROVENANCE, {**self.facts, TABLES: names})
        if tables:
            self._made("arrays", lambda: store.write_dataset(folder / DATASET, study.dataset(results)), None)
            for part in self._parts():
                self.contents += self._made("findings and figures", partial(_every, part), list[Content]())
        self._made("figures", lambda: store.write_figures(folder, self.figures), None)
        ending = getattr(study, "animation", "")
        if ending:
            self._made("animations", lambda: write_animations(results, ending, folder), None)

    def _parts(self) -> Iterator[Content | Iterator[Content]]:
        """Parts of the report, up to the first that the study itself cannot make."""
        parts: Iterator[Any] = self._made("findings and figures", lambda: iter(self.results.study.report(self.results)),
                                          iter(()))  # fmt: skip
        while (part := self._made("findings and figures", lambda: next(parts, END), END)) is not END:
            yield part

    @property
    def figures(self) -> list[Figure]:
        """Figures that can be read."""
        return [part for part in self.contents if isinstance(part, Figure) and not part.too_large]

    def report(self, unwritten: Sequence[str] = ()) -> list[str]:
        """Write summary and report; return a line for everything that could not be computed, made or written.

        Args:
            unwritten: what else could not be written.
        """
        results, failures = self.results, [*self.results.failures, *self.not_made, *unwritten]
        findings = [part.text for part in self.contents if isinstance(part, Finding)]
        tables = [part for part in self.contents if isinstance(part, Table) and part.rows]
        stated = stated_of(results)
        stated["notes"] = [
            *stated["notes"],
            *(p.too_large for p in self.contents if isinstance(p, Figure) and p.too_large),
        ]
        if self.contents:
            summary: dict[str, Any] = {"network": results.network.name}
            summary |= {part.name: part.value for part in self.contents if isinstance(part, Headline)}
            summary |= {"findings": findings, "tables": [vars(table) for table in tables]}
        else:
            summary = {}
        write_summary(self.folder, results.measured, len(results.points), stated, failures, summary)
        drawn = [figure for figure in self.figures if store.figure_path(self.folder, figure).is_file()]
        page = Page(
            self.loaded.title, self.loaded.question, results.study, results.network, stated, findings, tables,
            drawn, self.facts, failures, results.measured, results.missing,
        )  # fmt: skip
        write_report(self.folder / REPORT, page)
        return failures

    def _made[Made](self, what: str, work: Callable[[], Made], otherwise: Made) -> Made:
        """What the work makes, or the other where it cannot because points are missing."""
        try:
            return work()
        except (FemnnError, OSError):
            raise
        except Exception as error:
            # A study need not know which points are missing; whatever it raises then comes of that
            kind = f"{type(error).__name__}: {error}"
            if self.results.missing:
                self.not_made.append(f"{what} cannot be made while points are missing ({kind})")
                return otherwise
            if self.measured_now:
                raise
            raise ConfigError(
                f"What {self.folder / checkpoint.FILE} holds does not fit the study {self.loaded.name} ({kind}); "
                "run it again with --force."
            ) from error


def _every(part: Content | Iterator[Content]) -> list[Content]:
    """What a part of a report is made of; a part may be one thing."""
    if part is None:
        return []
    if isinstance(part, Headline | Finding | Table | Figure):
        return [part]
    return [each for inner in part for each in _every(inner)]


def stated_of(results: Results) -> dict[str, list[str]]:
    """Return warnings and notes by these names."""
    return {"warnings": list(results.warnings), "notes": list(results.notes)}


def write_summary(
    folder: Path,
    done: int,
    total: int,
    stated: Mapping[str, Sequence[str]],
    failures: Sequence[str] = (),
    summary: Mapping[str, Any] | None = None,
) -> None:
    """Write summary.json: how complete the run is, what it comes to, and what failed.

    Args:
        folder: of the run.
        done: points that are measured.
        total: all points.
        stated: warnings and notes on the inputs, a line each, by these names.
        failures: a line for everything that could not be computed, made or written.
        summary: what the study says of the run; None while the run is under way.
    """
    complete = done == total and not failures and summary is not None
    state = {"complete": complete, "points_done": done, "points_total": total}
    told = {name: list(lines) for name, lines in stated.items()}
    store.write_json(folder / SUMMARY, {**state, **(summary or {}), **state, "failures": list(failures), **told})
