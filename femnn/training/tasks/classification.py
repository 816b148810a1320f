"""Classification: features push nodes, and the output that moves most names the class."""

from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from femnn.config.quantities import Force, Length
from femnn.config.settings import Settings, one_of
from femnn.config.settings_paths import NamesFile
from femnn.errors import ConfigError
from femnn.losses import CLASS_LOSSES
from femnn.network.network import Network
from femnn.tables.cell_values import listed
from femnn.training.task import Metric, Task
from femnn.training.tasks.ports import Ports, outputs_of, prescribed, pushes, read
from femnn.training.tasks.samples import SETS, Missing, Samples, read_samples
from femnn.training.tasks.scaling import Scaling, scaled
from femnn.training.tasks.splitting import split

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


MOST_NOTES = 5
"""Notes on columns that a message states."""


class ClassificationSettings(Settings):
    """A task of classification."""

    data: Annotated[str, NamesFile(names=SETS)] = "iris"
    """"iris", "penguins", or the path of a CSV file with a header."""
    features: tuple[str, ...] | None = None
    """Columns that are numbers; where left out those of the set, or of a file all but the label and those that number
    the rows or alone separate the classes."""
    label: str | None = None
    """Column of the classes; the set's own, or the last of a file, where left out."""
    missing: Missing = "refuse"
    """Whether rows with an empty cell are refused or dropped."""
    scaling: Scaling = "maximum"
    largest_force: Annotated[Force, Field(gt=0)] = 0.049
    """Force of a feature at its largest in the training samples (N)."""
    loss: Annotated[str, one_of("loss", CLASS_LOSSES)] = "cross-entropy"
    margin: Annotated[Length, Field(gt=0)] = 1e-4
    """By how much the right output is to move more than others (m), for the loss "margin"."""
    test_share: float = Field(default=0.3, ge=0, lt=1)
    """Share of the samples that is kept back as test."""

    def samples(self) -> Samples:
        """The data.

        Raises:
            ConfigError: they cannot be read.
        """
        return read_samples(self.data, self.features, self.label, self.missing)

    def notes(self) -> list[str]:
        """What a run states of the data: columns that were left out, and why.

        Raises:
            ConfigError: the data cannot be read.
        """
        return list(self.samples().notes)

    def split(self, samples: Samples, seed: int) -> tuple[Integers, Integers]:
        """Indices of training and of test samples.

        Raises:
            ConfigError: a class has no training sample.
        """
        training, test = split(len(samples.labels), self.test_share, seed)
        require_every_class(self.data, samples, training)
        return training, test

    def task(self, network: Network, ports: Ports, seed: int, samples: Samples | None = None) -> Task:
        """The task, with samples split by a seed.

        Args:
            network: the network.
            ports: where features push, and which displacements answer.
            seed: of the split.
            samples: the data, where they have been read before.

        Raises:
            ConfigError: the data cannot be read, or do not go with the ports; a class has no training sample.
            NetworkError: a port is on an unknown node or a support.
        """
        samples = samples or self.samples()
        if len(samples.names) != len(ports.inputs):
            raise ConfigError(
                f"{self.data}: {len(samples.names)} features ({listed(samples.names)}) need as many inputs, "
                f"not {len(ports.inputs)}.{''.join(f' {note}' for note in samples.notes[:MOST_NOTES])}"
            )
        if len(samples.classes) != len(ports.outputs):
            raise ConfigError(
                f"{self.data}: {len(samples.classes)} classes ({listed(samples.classes)}) need as many outputs, "
                f"not {len(ports.outputs)}."
            )
        training, test = self.split(samples, seed)
        shares = scaled(samples.features, training, self.scaling)
        forces = self.largest_force * np.tensordot(shares, pushes(network, ports.inputs), axes=1)
        moved, held = prescribed(network, ports.inputs, shares)
        network = network if held is None else network.clamped(held)
        reads = read(network, ports.outputs)
        loss = CLASS_LOSSES[self.loss](network, reads, samples.labels, self.margin)
        metrics = {"accuracy": accuracy(loss.reads, samples.labels)}
        return Task(Path(self.data).name, forces, loss, training, test, metrics, moved, held)


def require_every_class(data: str, samples: Samples, training: Integers) -> None:
    """Refuse a class that has no training sample.

    Raises:
        ConfigError: there is one; its name is told.
    """
    empty = np.setdiff1d(np.arange(len(samples.classes)), samples.labels[training])
    if empty.size:
        raise ConfigError(
            f"{data}: class {samples.classes[empty[0]]!r} has no training sample; choose another seed or a smaller "
            "test_share."
        )


def predicted(displacements: Floats, reads: Integers) -> Integers:
    """The class whose output has moved most, shape (n,)."""
    return np.asarray(np.abs(outputs_of(displacements, reads)).argmax(axis=1))


def accuracy(reads: Integers, labels: Integers) -> Metric:
    """1 for each sample that is classified correctly, and 0 for others."""
    return lambda displacements, samples: (predicted(displacements, reads) == labels[samples]).astype(np.float64)
