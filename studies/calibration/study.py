"""What is a model of the printed lattice worth, once what is not known of it has been fitted?

Modulus, angles of the loads, ends, pads and the width of every bond are fitted to one measured gradient, in each model
the same way. The model is judged on what it was not fitted to: the other gradient, and displacements before and after
training.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from femnn.errors import ConvergenceError, InstabilityError, MeshError
from femnn.measured.calibration.calibrated_lattice import CalibratedLattice
from femnn.measured.calibration.fit import fit
from femnn.measured.calibration.identifiability import identifiability
from femnn.measured.calibration.judging import displacements, weighted_error
from femnn.measured.calibration.parameters import WIDTHS, Parameters
from femnn.measured.published import published_displacements
from femnn.report.former_figure import Figure
from femnn.study.former.learning_study import record_trainings
from femnn.study.former.study import Outcome, Point, Run
from femnn.training.tasks.ports import read

from . import drawings, findings, records
from .bench import Bench, Settings, prepare

__all__ = ["Settings", "prepare"]

type Floats = npt.NDArray[np.float64]

TITLE = "Calibration: which model predicts best?"
QUESTION = (
    "What is not known of the printed lattice is fitted to one measured gradient, in every model the same way. Which "
    "model then predicts the other gradient and the displacements best, and what do the data tell of the parameters?"
)


def attach(bench: Bench, folder: Path, tell: Callable[[str], None]) -> None:
    """Have trainings recorded, and their progress shown."""
    record_trainings(bench.trainer, folder, tell)


def points(settings: Settings) -> list[Point]:
    """Every fit of every set of parameters in every model."""
    return [
        {"fit": fit, "set": name, "model": model}
        for fit in settings.fits
        for name in settings.sets
        for model in settings.models
    ]


def measure(bench: Bench, point: Point, generator: np.random.Generator) -> Outcome:
    """Fit a model to one case, and have it predict everything else."""
    s = bench.settings
    model = s.models_by_name()[point["model"]]
    parameters = Parameters.chosen(s.set[point["set"]], model, bench.network, s.priors)
    calibrated = CalibratedLattice(model, bench.network, parameters, bench.comm, s.solver.resolved(), s.loading)
    try:
        found = fit(calibrated, bench.protocols[point["fit"]], bench.data[point["fit"]])
        products = {
            name: found.products if name == point["fit"] else calibrated.predicted(found.values, asked).gradient
            for name, asked in bench.protocols.items()
        }
        moved = _displacements(bench, calibrated, found.values)
    except (ConvergenceError, InstabilityError, MeshError) as error:
        return Outcome({}, [f"model {point['model']}, {point['set']}, fitted to {point['fit']}: {error}"])
    known = identifiability(found, parameters, bench.data[point["fit"]])
    where = "" if found.converged else f"model {point['model']}, {point['set']}, fitted to {point['fit']}: not ended"
    return Outcome(
        {
            "parameters": parameters.labels(bench.network),
            "shared": parameters.size - (len(bench.network.bonds) if WIDTHS in parameters.names else 0),
            "prior": parameters.prior.tolist(),
            "values": found.values.tolist(),
            "deviations": known.deviations.tolist(),
            "singular_values": known.singular_values.tolist(),
            "directions": [
                {"singular_value": d.singular_value, "components": d.components, "text": str(d)}
                for d in known.directions
            ],
            "size": known.size,
            "trade_off": known.trade_off,
            "evaluations": found.evaluations,
            "products": {name: values.tolist() for name, values in products.items()},
            "weights": {name: bench.data[name].deviation.tolist() for name in products},
            "errors": {name: bench.data[name].weighted_error(values) for name, values in products.items()},
            "errors_without_floor": {name: bench.raw[name].weighted_error(values) for name, values in products.items()},
            "displacements": {name: values.tolist() for name, values in moved.items()},
            "displacement_error": weighted_error(moved, published_displacements()) if moved else None,
        },
        [where] if where else [],
    )


def _displacements(bench: Bench, calibrated: CalibratedLattice, values: Floats) -> dict[str, Floats]:
    """Displacements of the outputs in each experiment (m), shape (2,)."""
    behaviours = bench.settings.experiments
    if not behaviours:
        return {}
    first = next(iter(behaviours.values()))
    force = first.task(bench.network).forces[0]
    return displacements(calibrated, values, force, bench.trained(), read(bench.network, first.outputs))


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """``table``: weighted errors; ``parameters``, ``products``, ``displacements``, ``identifiability``."""
    return {
        "table": records.errors(run),
        "parameters": records.parameters(run),
        "products": records.products(run),
        "displacements": records.displacements(run),
        "identifiability": records.singular_values(run),
    }


def dataset(run: Run, made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Weighted errors by fit, set, model and what is judged; products by bond; parameters by name."""
    return records.dataset(made)


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures and what they say."""
    return findings.summary(run, made)


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """The figures of the report."""
    return drawings.figures(run, made)
