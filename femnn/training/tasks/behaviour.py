"""Behaviours: one load, and how the network is to answer it."""

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from femnn.config.quantities import Length
from femnn.config.settings_paths import FunctionPath
from femnn.insitu.belonging import NamesNodes
from femnn.insitu.load_cases import PointLoad, total_force
from femnn.insitu.motions import Motion, displacements, held_by, require_free
from femnn.losses import Loss, cross_entropy, load_custom_loss, squared_error
from femnn.network.network import Network
from femnn.training.task import Task
from femnn.training.tasks.ports import Output, read

type Floats = npt.NDArray[np.float64]


class Answer(Output):
    """An output, and the displacement that is wanted of it."""

    displacement: Length | None = None


class BehaviourSettings(NamesNodes):
    """One load and what is wanted: displacements, which of the outputs is to move most, or a loss of one's own."""

    naming: ClassVar[tuple[str, ...]] = ("loads", "outputs", "largest", "prescribed")

    loads: tuple[PointLoad, ...] = ()
    prescribed: tuple[Motion, ...] = ()
    """Displacements of supports, and of nodes that are held and moved."""
    outputs: tuple[Answer, ...] = Field(min_length=1)
    """With displacements the loss is their squared error; without, the cross entropy of the normalised magnitudes."""
    largest: int | None = None
    """Node of the output that is to move most, where no displacements are wanted."""
    loss: FunctionPath | None = None
    """A loss of one's own, ``"path/to/file.py:name"``, a function of U that gives its value and its derivative."""

    @model_validator(mode="after")
    def _loaded(self) -> "BehaviourSettings":
        if not (self.loads or self.prescribed):
            raise ValueError("give loads, or displacements that are prescribed")
        return self

    @model_validator(mode="after")
    def _one_loss(self) -> "BehaviourSettings":
        given = [output.displacement is not None for output in self.outputs]
        wanted = [all(given), self.largest is not None, self.loss is not None]
        if sum(wanted) != 1 or any(given) != all(given):
            raise ValueError(
                "give every output its displacement, or name the node that is to be the largest, or a loss"
            )
        if self.largest is not None and self.largest not in [output.node for output in self.outputs]:
            raise ValueError(f"largest is node {self.largest}, which is no output")
        return self

    def task(self, network: Network) -> Task:
        """The task, of one training sample.

        Raises:
            NetworkError: a load or an output is on an unknown node or a support, or there is no load.
            ConfigError: the loss of one's own cannot be had, or its derivative is not that of its value.
        """
        held = held_by(network, self.prescribed)
        force = total_force(network, self.loads) if self.loads else np.zeros_like(network.nodes)
        require_free(network, held, force)
        loss, none = self._loss(network.clamped(held)), np.empty(0, dtype=np.int64)
        moved = displacements(network, self.prescribed)[None] if self.prescribed else None
        return Task("behaviour", force[None], loss, np.array([0]), none, {}, moved, held if self.prescribed else None)

    def _loss(self, network: Network) -> Loss:
        ports = read(network, self.outputs)
        if self.loss is not None:
            return load_custom_loss(self.loss, network, ports)
        if self.largest is not None:
            nodes = [output.node for output in self.outputs]
            return cross_entropy(network, ports, nodes.index(self.largest))
        targets = [output.displacement for output in self.outputs if output.displacement is not None]
        return squared_error(network, [(*port, target) for port, target in zip(ports, targets, strict=True)])
