"""What all tests share."""

from pathlib import Path

import pytest
from mpi4py import MPI


@pytest.fixture
def comm_tmp_path(tmp_path: Path) -> Path:
    """A temporary folder that is the same on every rank."""
    return MPI.COMM_WORLD.bcast(tmp_path)
