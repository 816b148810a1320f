"""What a run leaves in its folder: tables, arrays, figures and the report, also where points are missing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from femnn.errors import ConfigError, FemnnError
from femnn.report.former_figure import Figure
from femnn.study import store
from femnn.study.former import checkpoint
from femnn.study.former.learning_study import LearningSettings
from femnn.study.former.page import write_report
from femnn.study.former.study import Run
from femnn.study.former.training_animation import write_animations
from femnn.study.run_folder import DATASET, PROVENANCE, REPORT, SUMMARY, TABLES


@dataclass
class Results:
    """The results of a run, and their files.

    Where points are missing a study may not be able to make all of them. What it cannot make is then said in the
    summary and the report, and the rest is written.
    """

    run: Run
    """The run, which may lack points."""
    folder: Path
    facts: Mapping[str, Any]
    """Where the result comes from; empty where that is not known."""
    measured_now: bool
    """Whether the points were measured by this process, and not read from the folder."""
    summary: dict[str, Any] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    not_made: list[str] = field(default_factory=list)
    """What could not be made of the points, a line each."""

    def write(self) -> None:
        """Write tables, arrays and figures.

        Raises:
            ConfigError: all points are there, but what the folder holds of them does not fit the study.
        """
        run, folder = self.run, self.folder
        tables: dict[str, Any] = self._made("tables", lambda: run.study.tables(run), {})
        for name, table in tables.items():
            store.write_table(store.table_path(folder, name), table)
        names = [store.table_path(folder, name).name for name in tables]
        store.write_json(folder / PROVENANCE, {**self.facts, TABLES: names})
        if tables:
            self._made("arrays", lambda: store.write_dataset(folder / DATASET, run.study.dataset(run, tables)), None)
            self.summary = self._made("findings", lambda: run.study.summary(run, tables), {})
            self.figures = self._made("figures", lambda: list(run.study.figures(run, tables)), [])
        store.write_figures(folder, self.figures)
        if isinstance(run.settings, LearningSettings) and run.settings.animation:
            ending = run.settings.animation
            self._made("animations", lambda: write_animations(run, ending, folder), None)

    def report(self, unwritten: Sequence[str] = ()) -> list[str]:
        """Write summary and report; return a line for everything that could not be computed, made or written.

        Args:
            unwritten: what else could not be written.
        """
        failures = [*self.run.failures, *self.not_made, *unwritten]
        done = len(self.run.outcomes)
        write_summary(self.folder, done, done + self.run.missing, self.run.stated, failures, self.summary)
        write_report(self.folder / REPORT, self.run, self.summary, self.figures, self.facts, failures)
        return failures

    def _made[Made](self, what: str, work: Callable[[], Made], otherwise: Made) -> Made:
        """What the work makes, or the other where it cannot because points are missing."""
        try:
            return work()
        except FemnnError:
            raise
        except Exception as error:
            # A study need not know which points are missing; whatever it raises then comes of that
            kind = f"{type(error).__name__}: {error}"
            if self.run.missing:
                self.not_made.append(f"{what} cannot be made while points are missing ({kind})")
                return otherwise
            if self.measured_now:
                raise
            raise ConfigError(
                f"What {self.folder / checkpoint.FILE} holds does not fit the study {self.run.study.name} ({kind}); "
                "run it again with --force."
            ) from error


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
