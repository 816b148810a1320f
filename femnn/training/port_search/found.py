"""What a port search comes to."""

from dataclasses import dataclass

from femnn.training.tasks.ports import Input, Output


@dataclass(frozen=True)
class Finalist:
    """A choice of ports that came to the last round."""

    inputs: tuple[Input, ...]
    """One for each feature."""
    outputs: tuple[Output, ...]
    """One for each class."""
    accuracy: float
    """Share of the samples named right when they were held out, in the last round."""
    entropy: float
    """Mean cross entropy of the samples held out, in the last round."""


@dataclass(frozen=True)
class Found:
    """The finalists of a port search, and how many choices it looked at."""

    finalists: tuple[Finalist, ...]
    """From the best to the worst."""
    candidates: int
    """How many choices were looked at, each once."""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Inputs of the best finalist, one for each feature."""
        return self.finalists[0].inputs

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Outputs of the best finalist, one for each class."""
        return self.finalists[0].outputs

    @property
    def accuracy(self) -> float:
        """Accuracy of the best finalist on samples held out; too high for new ones, as ports were chosen by it."""
        return self.finalists[0].accuracy
