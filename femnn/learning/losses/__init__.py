"""Losses of the displacements of the network's nodes, with their derivatives."""

from femnn.learning.losses.custom import CustomLoss, custom_loss
from femnn.learning.losses.entropy import CrossEntropy, cross_entropy
from femnn.learning.losses.loading import load_custom_loss
from femnn.learning.losses.loss import Loss
from femnn.learning.losses.margin import Margin, margin_loss
from femnn.learning.losses.projected import ProjectedError, projected_error
from femnn.learning.losses.squared import SquaredError, squared_error, squared_errors
from femnn.learning.losses.weighted import WeightedSum

__all__ = [
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
