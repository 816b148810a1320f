"""Studies by their points: the same bits on groups of ranks as on one, and lost points are measured again."""

from pathlib import Path
from typing import Any

import pytest
from mpi4py import MPI

from femnn.runtime.sealing import unsealed
from femnn.study.runner import run

COMM = MPI.COMM_WORLD

STUDIES = {
    "finite-difference": ["models=spring,bar", "steps=1e-6 N, 1e-5 N", "cases=same"],
    "gradient-error": ["models=spring,bar", "adjoint_forces=1 gf, 5 gf", "noise=5 µm", "cases=same",
                       "estimators=adjoint,product,centred-energy", "buckling=bar"],
    "behaviour": ["models=spring,bar", "behaviours=left 0.6 mm", "training.epochs=6"],
    "classification": [
        "ports=published", "models=spring,bar", "gradients=exact,product", "seeds=0", "training.epochs=2",
        "start.epochs=2", "training.noise=5 µm",
    ],
}  # fmt: skip
"""With few points, draws of a camera, and results that points share: springs that are trained first."""


def tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}


@pytest.mark.parametrize("name", STUDIES)
def test_groups_of_one_rank_give_the_bits_of_one_rank(name: str, comm_tmp_path: Path) -> None:
    """On one rank, with points lost in the middle: shared results among them are computed where they are needed."""
    alone, together = comm_tmp_path / "alone", comm_tmp_path / "together"
    if COMM.rank == 0:
        assert run(name, STUDIES[name], alone, False, MPI.COMM_SELF).failures == []
    COMM.barrier()
    if COMM.size > 1:
        assert run(name, STUDIES[name], together, False, COMM, ranks_per_group=1).failures == []
        assert tables(together) == COMM.bcast(tables(alone))
        return
    before, checkpoint = tables(alone), alone / "checkpoint.jsonl"
    header, *lines = checkpoint.read_bytes().splitlines(keepends=True)
    checkpoint.write_bytes(header + b"".join(line for i, line in enumerate(lines) if i % 3 != 1))
    assert run(name, STUDIES[name], alone, True, COMM).failures == []
    assert tables(alone) == before
    # What was not lost is not measured again: the time that it took is the one of the first run
    kept = [(line["key"], line["record"]["seconds"]) for line in map(read, checkpoint.read_bytes().splitlines()[1:])]
    first = [(line["key"], line["record"]["seconds"]) for line in map(read, lines)]
    assert [one for one in first if one in kept] == [one for i, one in enumerate(first) if i % 3 != 1]


def read(line: bytes) -> dict[str, Any]:
    return unsealed(line.rstrip(b"\n")) or {}
