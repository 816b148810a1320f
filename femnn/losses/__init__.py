"""Losses of the displacements of the network's nodes, with their derivatives."""

from femnn.config.discovery import in_order, modules_of
from femnn.losses.classes import ClassLoss
from femnn.losses.custom import CustomLoss, custom_loss
from femnn.losses.entropy import CrossEntropy, cross_entropy
from femnn.losses.loss import Loss
from femnn.losses.margin import Margin, margin_loss
from femnn.losses.projected import ProjectedError, projected_error
from femnn.losses.squared import SquaredError, squared_error, squared_errors
from femnn.losses.user_losses import load_custom_loss
from femnn.losses.weighted import WeightedSum

__all__ = [
    "CLASS_LOSSES",
    "CrossEntropy",
    "CustomLoss",
    "Loss",
    "Margin",
    "ProjectedError",
    "SquaredError",
    "WeightedSum",
    "cross_entropy",
    "custom_loss",
    "load_custom_loss",
    "margin_loss",
    "projected_error",
    "squared_error",
    "squared_errors",
]


def _class_losses() -> dict[str, ClassLoss]:
    """What the files in this folder have under ``CLASS_LOSSES``."""
    return {name: it for module in modules_of(__name__) for name, it in getattr(module, "CLASS_LOSSES", {}).items()}


CLASS_LOSSES = in_order(_class_losses(), ["cross-entropy", "margin"])
"""Losses of classification by the names that settings give them."""
