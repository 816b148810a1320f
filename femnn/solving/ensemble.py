"""Ranks in groups, each of which holds the whole structure and solves its share of many problems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.runtime.stack import MPI

type Integers = npt.NDArray[np.int64]


class Ensemble:
    """Groups of equal size, made once a run: communicators are few, and structures are built on ``group``.

    Attributes:
        comm: all ranks.
        groups: number of groups.
        number: of this rank's group, from 0.
        group: communicator of this rank's group, over which its structure is distributed.
    """

    def __init__(self, comm: MPI.Comm, groups: int | None = None) -> None:
        """Split the ranks.

        Args:
            comm: all ranks; all of them call.
            groups: number of groups; as many as there are ranks where None.

        Raises:
            ConfigError: the ranks cannot be shared out evenly.
        """
        groups = comm.size if groups is None else groups
        if groups < 1 or comm.size % groups:
            raise ConfigError(f"{comm.size} ranks cannot form {groups} equal groups; choose a divisor of {comm.size}.")
        ranks = comm.size // groups
        self.comm, self.groups, self.number = comm, groups, comm.rank // ranks
        # Communicators are few: where all ranks are in one group, or each is one of its own, there are such already
        self._split = 1 < groups < comm.size
        self.group = comm.Split(self.number, comm.rank) if self._split else comm if groups == 1 else MPI.COMM_SELF
        # The ranks that have the same place in their groups
        self._across = comm.Split(comm.rank % ranks, comm.rank) if self._split else comm

    def own(self, samples: Integers) -> Integers:
        """Which of several samples this rank's group takes: every ``groups``-th."""
        return samples[self.number :: self.groups]

    def gathered[Item](self, own: Sequence[Item]) -> list[Item]:
        """What came of all samples in order, on every rank, from what each group made of its :meth:`own`; all call."""
        if self.groups == 1:
            return list(own)
        parts = cast(list[list[Item]], self._across.allgather(list(own)))
        return [parts[i % self.groups][i // self.groups] for i in range(sum(map(len, parts)))]

    def close(self) -> None:
        """Free the communicators that were made; nothing built on ``group`` may be used after it."""
        if self._split:
            self.group.Free()
            self._across.Free()
