"""Groups of ranks that take points of a study, and which points each of them takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from femnn.errors import ConfigError
from femnn.runtime.stack import MPI, SLEPc
from femnn.study.points import Point


@dataclass(frozen=True)
class Groups:
    """The ranks of a run, split into groups of equal size that each measure points by themselves."""

    comm: MPI.Comm
    """All ranks."""
    group: MPI.Comm
    """Ranks of this group."""
    index: int
    """Number of this group."""
    count: int
    """How many there are."""


def split(comm: MPI.Comm, ranks_per_group: int | None) -> Groups:
    """Split ranks into groups; neighbouring ranks come into one, as they share a node.

    Args:
        comm: all ranks.
        ranks_per_group: size of a group; all ranks are one where None.

    Raises:
        ConfigError: the ranks do not form whole groups of this size.
    """
    size = comm.size if ranks_per_group is None else ranks_per_group
    if not 1 <= size <= comm.size or comm.size % size:
        raise ConfigError(
            f"{comm.size} rank{'s' if comm.size > 1 else ''} cannot form groups of {size}; give --ranks-per-group a "
            f"number that divides {comm.size}."
        )
    if size == comm.size:
        return Groups(comm, comm, 0, 1)
    # Started by one group alone, SLEPc would leave that group waiting for the others as the processes end
    _ = SLEPc.EPS
    index = comm.rank // size
    return Groups(comm, comm.Split(index, comm.rank), index, comm.size // size)


def require_work(groups: Groups, points: Sequence[Point]) -> None:
    """Refuse groups that would have nothing to do.

    Raises:
        ConfigError: there are more groups than points.
    """
    if groups.count > len(points):
        raise ConfigError(
            f"{groups.count} groups of ranks are more than the points of the study, {len(points)}; give "
            "--ranks-per-group a larger number, or start fewer ranks."
        )


def shares(points: Sequence[Point], count: int) -> list[list[Point]]:
    """Return which points each group takes: those of one structure together, the longest work first.

    Args:
        points: what is to be measured.
        count: number of groups.
    """
    if count == 1:
        return [list(points)]
    by_structure: dict[tuple[str, ...], list[Point]] = {}
    for point in points:
        by_structure.setdefault(point.structure, []).append(point)
    most = sum(point.cost for point in points) / count
    pieces = [piece for own in by_structure.values() for piece in _pieces(own, most)]
    taken: list[list[Point]] = [[] for _ in range(count)]
    load = [0.0] * count
    for piece in sorted(pieces, key=_cost, reverse=True):
        least = load.index(min(load))
        taken[least] += piece
        load[least] += _cost(piece)
    return taken


def _pieces(points: Sequence[Point], most: float) -> list[list[Point]]:
    """Points in pieces that are no longer than a group's fair share, unless they are of one point."""
    pieces: list[list[Point]] = [[]]
    for point in points:
        if pieces[-1] and _cost(pieces[-1]) + point.cost > most * (1 + 1e-9):
            pieces.append([])
        pieces[-1].append(point)
    return pieces


def _cost(points: Sequence[Point]) -> float:
    return sum(point.cost for point in points)
