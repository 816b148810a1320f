"""Regression: displacements that are wanted as functions of forces."""

from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field, model_validator

from femnn.config.limits_of_input import MOST
from femnn.config.quantities import Compliance, Force, Length, parse_unit
from femnn.config.settings_paths import FilePath
from femnn.errors import ConfigError
from femnn.insitu.belonging import NamesNodes
from femnn.losses import SquaredError, squared_error
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.runtime.streams import stream
from femnn.tables.data_frames import UNITS
from femnn.training.task import Metric, Task
from femnn.training.tasks.leaks import numbering
from femnn.training.tasks.ports import Input, Output, named_ports, outputs_of, prescribed, pushes, read
from femnn.training.tasks.samples import Missing, left_out, numbers, read_table, require_columns, without_empty
from femnn.training.tasks.scaling import Scaling, scaled
from femnn.training.tasks.splitting import split

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

HALF = 0.5
"""Weight of the squares (N/m) in the loss, ½ Σ (U − wanted)²."""


class Wanted(Output):
    """An output, and what is wanted of it."""

    slope: Compliance | None = None
    """Displacement by force (m/N) where one force is drawn by chance; a number, m/m, where the input is moved."""
    column: str | None = None
    """Column of a file with the displacements wanted: in metres, unless the file states a unit."""


class RegressionSettings(NamesNodes):
    """A task of regression: on a force drawn by chance, or on a CSV file."""

    naming: ClassVar[tuple[str, ...]] = ("inputs", "outputs")

    data: FilePath | None = None
    """Path of a CSV file with a header; one force is drawn by chance where left out."""
    features: tuple[str, ...] = ()
    """Columns of the file that are inputs."""
    missing: Missing = "refuse"
    """Whether rows with an empty cell are refused or dropped."""
    scaling: Scaling = "maximum"
    """How columns become shares of the largest force."""
    count: int = Field(default=100, ge=1, le=MOST)
    """Samples that are drawn."""
    largest_force: Annotated[Force, Field(gt=0)] = 0.196
    """Forces are drawn evenly between minus and plus this (N); for a file, that of a feature at its largest."""
    inputs: tuple[Input, ...] = Field(min_length=1)
    outputs: tuple[Wanted, ...] = Field(min_length=1)
    noise: Annotated[Length, Field(ge=0)] = 0.0
    """Standard deviation of errors that are added to the displacements wanted (m)."""
    test_share: float = Field(default=0.3, ge=0, lt=1)

    @model_validator(mode="after")
    def _complete(self) -> "RegressionSettings":
        given = "slope" if self.data is None else "column"
        if any(getattr(output, given) is None for output in self.outputs):
            raise ValueError(f"every output needs a {given}")
        if len(self.inputs) != (1 if self.data is None else len(self.features)):
            raise ValueError("one input is needed for the force that is drawn, or one for each feature of a file")
        return self

    def task(self, network: Network, seed: int) -> Task:
        """The task, with samples drawn and split by a seed.

        Raises:
            ConfigError: the file cannot be read.
            NetworkError: a port is on an unknown node or a support.
        """
        generator = stream(seed, "errors of targets")
        shares, targets, training, test = self._drawn(generator, seed) if self.data is None else self._read(seed)
        targets = targets + generator.normal(0.0, self.noise, targets.shape) if self.noise > 0 else targets
        forces = self.largest_force * np.tensordot(shares, pushes(network, self.inputs), axes=1)
        moved, held = prescribed(network, self.inputs, shares)
        network = network if held is None else network.clamped(held)
        # The nodes and components are checked as those of one sample's loss are
        one = squared_error(network, [(*port, 0.0) for port in read(network, self.outputs)])
        loss = SquaredError(one.reads, targets, np.full(len(one.reads), HALF))
        name = Path(self.data or "regression").name
        return Task(name, forces, loss, training, test, {"accuracy": agreement(one.reads, targets)}, moved, held)

    def ports(self, network: Network) -> tuple[dict[str, Port], dict[str, Port]]:
        """Return inputs by feature and outputs by node and component, as drawings show them."""
        inputs = dict(zip(self.features or ("force",), self.inputs, strict=True))
        return named_ports(network, inputs, {f"{o.node} {o.component}": o for o in self.outputs})

    def notes(self) -> list[str]:
        """What a run states of a file: features that number the rows or repeat a displacement that is wanted.

        Raises:
            ConfigError: the file cannot be read.
        """
        if self.data is None:
            return []
        table, stated = self._table()
        found = {name: why for name in self.features if (why := numbering(table[name]))}
        for name in self.features:
            for output in self.outputs:
                one, other = (pd.to_numeric(table[column], errors="coerce") for column in (name, output.column))
                if np.array_equal(one, other, equal_nan=True):
                    found[name] = f"it repeats what is wanted of node {output.node}, column {output.column!r}"
                elif one.nunique() == 1:
                    found[name] = f"it is {one.dropna().iloc[0]:g} in all rows"
        notes = [
            f"{self.data}: column {name!r} is used as features ask for it, but {why}." for name, why in found.items()
        ]
        dropped = int(table[self._columns()].isna().any(axis=1).sum()) if self.missing == "drop" else 0
        columns = {name: pd.to_numeric(table[name], errors="coerce").abs() for name in self.features}
        largest = ", ".join(f"{name} {values.max():.6g}" for name, values in columns.items())
        scale = (
            f"{Path(self.data).name}: features are scaled ({self.scaling}): the largest over the training samples "
            f"becomes largest_force, {self.largest_force:.6g} N (largest of all rows: {largest})."
        )
        return [*stated, *notes, scale, *left_out(self.data, dropped)]

    def _drawn(self, generator: np.random.Generator, seed: int) -> tuple[Floats, Floats, Integers, Integers]:
        shares = generator.uniform(-1.0, 1.0, (self.count, 1))
        slopes = np.array([output.slope for output in self.outputs], dtype=np.float64)
        (port,) = self.inputs
        largest = self.largest_force if port.displacement is None else port.displacement
        return shares, largest * shares * slopes, *split(self.count, self.test_share, seed)

    def _read(self, seed: int) -> tuple[Floats, Floats, Integers, Integers]:
        assert self.data is not None
        table, _ = self._table()
        rows, _ = without_empty(self.data, table[self._columns()], self.missing)
        values = numbers(self.data, rows)
        training, test = split(len(values), self.test_share, seed)
        count = len(self.features)
        wanted = values[:, count:] * [self._unit(table, str(output.column)) for output in self.outputs]
        return scaled(values[:, :count], training, self.scaling), wanted, training, test

    def _unit(self, table: pd.DataFrame, column: str) -> float:
        """The unit of a column of displacements (m)."""
        stated = table.attrs[UNITS].get(column)
        try:
            return 1.0 if stated is None else parse_unit(stated, "m")
        except ValueError as error:
            raise ConfigError(f"{self.data}: column {column!r}: {error}.") from None

    def _columns(self) -> list[str]:
        return [*self.features, *(str(output.column) for output in self.outputs)]

    def _table(self) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """The file, with all columns that are needed, and notes on how it was read."""
        assert self.data is not None
        table, notes = read_table(self.data, self._columns())
        require_columns(self.data, table, self._columns())
        return table, notes


def agreement(reads: Integers, targets: Floats) -> Metric:
    """1 − ‖U − wanted‖ / ‖wanted‖ of each sample, over the outputs; NaN where nothing is wanted to move."""

    def measured(displacements: Floats, samples: Integers) -> Floats:
        misses = outputs_of(displacements, reads) - targets[samples]
        sizes = np.linalg.norm(targets[samples], axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(sizes > 0, 1 - np.linalg.norm(misses, axis=1) / sizes, np.nan))

    return measured
