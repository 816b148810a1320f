"""Every check of ``femnn verify`` passes, and fails where its figure is wrong."""

import pytest
from mpi4py import MPI

from femnn.verification import PARTS, Check, run_checks
from femnn.verification.check import print_checks


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_computed_figures_are_those_of_the_references(part):
    """All figures of a part, by quantity, on all ranks together."""
    checks = list(part(MPI.COMM_WORLD))
    assert checks
    assert [(c.quantity, c.computed, c.reference) for c in checks if not c.passed] == []
    assert len({c.quantity for c in checks}) == len(checks)


def test_all_parts_are_run(monkeypatch):
    ones = [[check(1.0)], [check(2.0), check(3.0)]]
    monkeypatch.setattr("femnn.verification.PARTS", [lambda comm, part=part: iter(part) for part in ones])
    assert [c.computed for c in run_checks(MPI.COMM_SELF)] == [1, 2, 3]


def check(computed: float, reference: float = 2.0, tolerance: float = 0.01) -> Check:
    return Check("a figure", computed, reference, tolerance, "nowhere")


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        (check(2.0), True),
        (check(2.0199), True),
        (check(2.0201), False),
        (check(-2.0), False),
        (check(-1.99, -2.0), True),
        (check(0.0, 0.0, 0.0), True),
        (check(0.02, 0.0), False),
        (check(float("nan")), False),
        (check(2.0, float("nan")), False),
        (check(float("inf")), False),
    ],
)
def test_a_check_passes_within_its_tolerance_only(given, passed):
    """Relative to the reference, absolute where that is zero; what is not a number never passes."""
    assert given.passed == passed


def test_the_table_counts_and_marks_what_fails(capsys):
    print_checks([check(2.0), check(float("nan"))])
    table = capsys.readouterr().out
    assert "1 of 2 checks passed" in table
    assert "NO" in table
