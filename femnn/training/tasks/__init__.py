"""What networks learn, as study files describe it: behaviours, regression, classification."""

from femnn.training.tasks.behaviour import BehaviourSettings
from femnn.training.tasks.classification import ClassificationSettings
from femnn.training.tasks.ports import Input, Output, Ports
from femnn.training.tasks.regression import RegressionSettings

__all__ = ["BehaviourSettings", "ClassificationSettings", "Input", "Output", "Ports", "RegressionSettings"]
