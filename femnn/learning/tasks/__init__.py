"""What networks learn, as study files describe it: behaviours, regression, classification."""

from femnn.learning.tasks.behaviour import BehaviourSettings
from femnn.learning.tasks.classification import ClassificationSettings
from femnn.learning.tasks.ports import Input, Output, Ports
from femnn.learning.tasks.regression import RegressionSettings

__all__ = ["BehaviourSettings", "ClassificationSettings", "Input", "Output", "Ports", "RegressionSettings"]
