"""Every check of ``femnn verify`` passes, and fails where its figure is wrong."""

import pytest
from mpi4py import MPI

from femnn.errors import ConfigError, ConvergenceError
from femnn.verification import convergence, gradient_checks, lattice_checks, patch, truss_checks
from femnn.verification.check import Check, headline, print_checks
from femnn.verification.check_sections import SECTIONS, Section, chosen, run

COMM = MPI.COMM_WORLD

TESTED_ELSEWHERE = {convergence.beam_convergence, lattice_checks.beam_lattice_moduli}
"""In test_convergence.py and test_beam_lattices.py."""
ON_RANKS = {
    truss_checks.lattice_moduli,
    truss_checks.snap_through,
    patch.patch_tests,
    patch.homogeneous_states,
    gradient_checks.published_gradients,
}
"""Short, and of all kinds of meshes; models and solvers on several ranks are tested where they are."""
PARTS = [
    pytest.param(part, marks=() if part in ON_RANKS else pytest.mark.serial, id=part.__name__)
    for section in SECTIONS
    for part in section.parts
    if part not in TESTED_ELSEWHERE
]


@pytest.mark.parametrize("part", PARTS)
def test_computed_figures_are_those_of_the_references(part):
    """All figures of a part, by quantity, on all ranks together."""
    checks = list(part(COMM))
    assert checks
    assert [(c.quantity, c.computed, c.reference) for c in checks if not c.passed] == []
    assert len({c.quantity for c in checks}) == len(checks)


def test_all_parts_are_run_in_order():
    sections = (
        Section("first", (lambda comm: [check(1.0)],)),
        Section("second", (lambda comm: [check(2.0)], lambda comm: [check(3.0), check(4.0)])),
    )
    outcome = run(sections, COMM)
    assert [(title, [c.computed for c in checks]) for title, checks in outcome.sections] == [
        ("first", [1]),
        ("second", [2, 3, 4]),
    ]
    assert outcome.figures == []


def test_a_part_that_cannot_be_computed_fails_and_leaves_the_others():
    def broken(comm):
        yield check(2.0)
        raise ConvergenceError("snapped", reason="", load_factor=0.0, residual=0.0)

    outcome = run((Section("one", (broken, lambda comm: [check(2.0)])),), COMM)
    assert [c.passed for c in outcome.checks] == [True, False, True]
    assert outcome.checks[1].source == "snapped"


def test_sections_are_chosen_by_a_part_of_their_title():
    assert chosen(None) == SECTIONS
    assert [section.title for section in chosen("BEAM")] == ["Beams"]
    with pytest.raises(ConfigError, match="Beams"):
        chosen("plasticity")


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
        (check(5.0, tolerance=float("inf")), True),
    ],
)
def test_a_check_passes_within_its_tolerance_only(given, passed):
    """Relative to the reference, absolute where that is zero; what is not a number does not pass."""
    assert given.passed == passed


def test_the_table_counts_and_marks_what_fails(capsys):
    print_checks([("Subject", [check(2.0), check(float("nan"))]), ("Other", [check(3.0, tolerance=float("inf"))])])
    table = capsys.readouterr().out
    assert "1 of 2 checks passed; 1 further figure is reported" in table
    assert "NO" in table
    assert "Subject" in table


def test_figures_without_a_tolerance_do_not_count():
    assert headline([check(2.0)]) == "1 of 1 checks passed"
    assert check(3.0, tolerance=float("inf")).cells[4:6] == ("–", "")
