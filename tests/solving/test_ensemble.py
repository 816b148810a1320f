"""Groups of ranks: what is shared out comes back in order, on every rank."""

import numpy as np
import pytest
from mpi4py import MPI

from femnn.errors import ConfigError
from femnn.solving.ensemble import Ensemble

COMM = MPI.COMM_WORLD
DIVISORS = [groups for groups in range(1, COMM.size + 1) if COMM.size % groups == 0]


@pytest.mark.parametrize("groups", [None, *DIVISORS])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_what_is_shared_out_comes_back_in_order(groups, count):
    ensemble = Ensemble(COMM, groups)
    assert ensemble.groups * ensemble.group.size == COMM.size
    samples = 10 * np.arange(count)
    own = ensemble.own(samples)
    assert ensemble.gathered([f"{sample} of group" for sample in own]) == [f"{sample} of group" for sample in samples]
    taken = COMM.allgather((ensemble.number, own.tolist()))
    assert sorted(sample for _, own in dict(taken).items() for sample in own) == samples.tolist()
    ensemble.close()


@pytest.mark.parametrize("groups", [0, -1, COMM.size + 1])
def test_groups_that_ranks_cannot_form_are_refused(groups):
    with pytest.raises(ConfigError, match=f"{COMM.size} ranks cannot form {groups} equal groups"):
        Ensemble(COMM, groups)
