"""Which rows the report is about, and how it names models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from femnn.insitu.estimators import READINGS

if TYPE_CHECKING:
    from .study import Noise

FORCE_LABEL = "adjoint force (gf)"
ERROR_LABEL = "relative error of the gradient"


def seen(study: Noise, rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out energy forms on models whose energies a camera on the nodes does not see."""
    models = study.models_by_name()
    known = rows["model"].map(lambda name: models[name].traits.energy_from_elongation).astype(bool)
    return rows[known | rows["estimator"].map(lambda name: READINGS[name].product).astype(bool)]


def called(study: Noise, model: Any) -> str:
    """Return what bonds of a model are called, at the beginning of a sentence."""
    label = study.models_by_name()[str(model)].traits.label
    return label[0].upper() + label[1:]
