"""The reality gap: what do widths that ideal springs were trained to do in the print, and what does it take to mend it?

Springs are trained first, as in the study "behaviour". Their widths w = k·L/(E·t) are realised in beams and in a solid
with thinned ends; there the outputs and the loss are read. Then training goes on there, by exact gradients and by
gradients that are measured as a laboratory would, until the loss is that of the model's own optimum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import Field, model_validator

from femnn.config.settings import one_of
from femnn.errors import ConfigError, ConvergenceError, InstabilityError
from femnn.insitu.belonging import published_difference
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.fitting import Fitting
from femnn.measured.published import LATTICE
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Network
from femnn.report.former_figure import Figure
from femnn.runtime.stack import MPI
from femnn.study.former.learning_study import BehavioursSettings, epochs_table, record_trainings, skipped_table
from femnn.study.former.study import Outcome, Point, Run
from femnn.study.study_settings import Listed, ModelName
from femnn.training.gradient_sources import EXACT
from femnn.training.training_settings import TrainingSettings

from . import comparison, drawings, findings
from .transfers import Transfers, given_widths, steps_to_close

TITLE = "From springs to print"
QUESTION = (
    "Widths are trained on ideal springs and then printed. How far is the lattice off, as beams, as a solid and as "
    "measured, and how many steps of training on the lattice itself close the gap?"
)

SCALELESS: dict[str, Any] = {
    "name": "adam", "learning_rate": 0.02, "offset": 1e-20, "schedule": {"name": "cosine"},
}  # fmt: skip
"""Optimiser on networks other than that of the settings: its steps do not depend on the size of the loss (m²)."""

type SourceName = Annotated[str, one_of("gradient", [EXACT, *ESTIMATORS])]


class Settings(BehavioursSettings):
    """Settings of the study."""

    for_network: ClassVar[tuple[str, ...]] = (*BehavioursSettings.for_network, "tuning.adjoint_force")

    first: ModelName = SPRINGS
    """Model that is trained first, and whose widths the others are given."""
    sources: Listed[SourceName] = Field(min_length=1)
    """Where the gradients of the training on the model come from: "exact", or estimators."""
    tuning: TrainingSettings = Field(default_factory=TrainingSettings)
    """How training goes on on the model; its ``gradient`` is each of the sources."""
    tolerance: float = Field(default=0.01, gt=0, lt=1)
    """Gap, as a share of what training gains, that counts as closed."""
    compared: str = ""
    """The behaviour whose displacements are compared with those that Li & Mao (2024) measured; none where empty."""

    @model_validator(mode="after")
    def _two_outputs_are_compared(self) -> Self:
        if self.compared and len(self.known_behaviour(self.compared).outputs) != 2:
            raise ValueError(f"compared is {self.compared!r}, which needs two outputs as those that were measured")
        return self

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run; what was published is compared on the published one alone."""
        settings = super().fitted(fitting)
        changed: dict[str, Any] = {}
        if not fitting.carries(self.first):
            if "first" in self.model_fields_set:
                fitting.require([self.first], "first")
            changed["first"] = settings.models[0]
            fitting.note(f"first: {changed['first']}, as {self.first} cannot carry {fitting.network.name}.")
        rate = getattr(self.tuning.optimiser, "learning_rate", None)
        if fitting.unsuited and self.tuning.optimiser.name == "sgd" and not fitting.given("tuning.optimiser"):
            changed["tuning"] = settings.tuning.changed(optimiser=SCALELESS)
            fitting.note(
                f"tuning.optimiser: the learning rate {rate:.3g} of sgd suits losses on {self.written_for}; adam takes "
                f"its place on {fitting.network.name}, with steps of {SCALELESS['learning_rate']} of the range of k."
            )
        other = published_difference(fitting.network, LATTICE) if self.compared else None
        if other is not None:
            if not fitting.foreign or fitting.given("compared"):
                raise ConfigError(
                    f"compared = {self.compared!r} is for the lattice that Li & Mao (2024) measured, and "
                    f"{fitting.network.name} is another network ({other}); leave compared out."
                )
            fitting.note(
                f"compared: nothing was measured on {fitting.network.name} ({other}), and nothing is compared."
            )
            changed["compared"] = ""
        return settings.model_copy(update=changed)

    def tunings(self) -> dict[str, TrainingSettings]:
        """How training goes on, by source.

        Raises:
            ConfigError: a source cannot be had with these settings.
        """
        return {source: self.tuning.changed(gradient=source) for source in self.sources}


@dataclass
class Bench:
    """What is trained with."""

    settings: Settings
    transfers: Transfers
    tunings: dict[str, TrainingSettings]


def prepare(settings: Settings, network: Network, comm: MPI.Comm) -> Bench:
    """Check every behaviour against the network."""
    chosen = {name: settings.behaviour[name] for name in settings.behaviours}
    for behaviour in chosen.values():
        behaviour.task(network)
    transfers = Transfers(settings.trainer(network, comm), chosen, settings.training, settings.seed, settings.first)
    return Bench(settings, transfers, settings.tunings())


def attach(bench: Bench, folder: Path, tell: Callable[[str], None]) -> None:
    """Have trainings recorded, and their progress shown."""
    record_trainings(bench.transfers.trainer, folder, tell)


def points(settings: Settings) -> list[Point]:
    """Every behaviour on every model by every source of gradients."""
    return [
        {"behaviour": b, "model": m, "source": s}
        for b in settings.behaviours
        for m in settings.models
        for s in settings.sources
    ]


def measure(bench: Bench, point: Point, generator: np.random.Generator) -> Outcome:
    """The widths of the first model in another; and training there by one source, unless there is nothing to gain."""
    behaviour, model, source = point["behaviour"], point["model"], point["source"]
    data: dict[str, Any] = {}
    try:
        transfer = bench.transfers.transfer(behaviour, model)
        data["transfer"] = transfer.recorded()
        gap, tolerance = data["transfer"]["gaps"][given_widths(bench.settings.first)], bench.settings.tolerance
        # Not a number where training gains nothing
        if gap > tolerance:
            data["tuned"] = bench.transfers.tuned(behaviour, model, bench.tunings[source])
            data["steps"] = steps_to_close(data["tuned"]["gaps"], tolerance)
        else:
            data["steps"] = 0
    except (ConvergenceError, InstabilityError) as error:
        return Outcome(data, [f"behaviour {behaviour}, model {model}, {source}: {error}"])
    return Outcome(data)


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """``table``: outputs by stage; ``measured``: beside the print; ``history``: every step; ``widths``; ``skipped``."""
    return {
        "table": findings.answers(run),
        "measured": comparison.compared(run),
        "history": epochs_table(run),
        "widths": findings.widths(run),
        "skipped": skipped_table(run),
    }


def dataset(run: Run, made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Outputs by behaviour, model, stage and source; widths by bond."""
    if made["table"].empty:
        return xr.Dataset()
    keys = ["behaviour", "model", "stage", "source"]
    answers = made["table"].set_index([*keys, "output"])[["displacement", "wanted"]].to_xarray()
    answers["displacement"].attrs = {"units": "m"}
    widths = made["widths"].set_index([*keys, "bond"])[["stiffness", "width"]].to_xarray()
    widths["stiffness"].attrs, widths["width"].attrs = {"units": "N/m"}, {"units": "m"}
    return xr.merge([answers, widths])


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures and what they say."""
    return findings.summary(run, made)


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """The figures of the report."""
    return drawings.figures(run, made)
