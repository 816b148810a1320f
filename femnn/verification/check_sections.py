"""What ``femnn verify`` checks, by subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from femnn.errors import ConfigError, FemnnError
from femnn.report.figure import Figure
from femnn.runtime.progress import progress
from femnn.runtime.stack import MPI
from femnn.verification import (
    beam_checks,
    convergence,
    cook,
    figures,
    gradient_checks,
    lateral_buckling,
    lattice_checks,
    material_checks,
    model_limits,
    patch,
    refinement,
    solid_checks,
    stability,
    truss_checks,
)
from femnn.verification.check import Check

type Part = Callable[[MPI.Comm], Iterable[Check]]
type Draw = Callable[[MPI.Comm], Figure]


@dataclass(frozen=True)
class Section:
    """Checks of one subject, and figures of them."""

    title: str
    parts: tuple[Part, ...]
    figures: tuple[Draw, ...] = ()


SECTIONS = (
    Section("Springs and bars", (truss_checks.lattice_moduli, truss_checks.snap_through)),
    Section(
        "Beams",
        (
            beam_checks.elastica,
            beam_checks.roll_up,
            beam_checks.bend,
            lattice_checks.beam_lattice_moduli,
            convergence.beam_convergence,
        ),
        (figures.elastica,),
    ),
    Section(
        "Stability",
        (stability.two_bar_path, stability.lee_frame, stability.euler_loads, lateral_buckling.lateral_buckling),
        (figures.lee_frame,),
    ),
    Section(
        "Laws of elasticity",
        (
            material_checks.moduli_at_rest,
            material_checks.frame_indifference,
            material_checks.incompressible_loadings,
            material_checks.compressible_loadings,
            material_checks.treloar,
        ),
        (figures.treloar,),
    ),
    Section(
        "Solids",
        (patch.patch_tests, patch.homogeneous_states, cook.cook, solid_checks.sphere, refinement.smooth_convergence),
        (figures.cook_membrane, figures.convergence),
    ),
    Section(
        "Models against each other",
        (
            model_limits.bars_as_springs,
            model_limits.beams_as_bars,
            model_limits.solids_as_beams,
            model_limits.solid_as_plane_stress,
            model_limits.cells_across,
        ),
        (figures.slender,),
    ),
    Section(
        "Gradients",
        (
            gradient_checks.published_gradients,
            gradient_checks.published_errors,
            gradient_checks.orders,
            gradient_checks.taylor,
        ),
    ),
)


def chosen(only: str | None) -> tuple[Section, ...]:
    """The sections whose title contains a text, in either case; all of them where there is none.

    Raises:
        ConfigError: there are none; the message lists those there are.
    """
    found = tuple(section for section in SECTIONS if (only or "").casefold() in section.title.casefold())
    if not found:
        titles = ", ".join(section.title for section in SECTIONS)
        raise ConfigError(f"There are no checks under {only!r}; there are: {titles}.")
    return found


@dataclass(frozen=True)
class Outcome:
    """What came of the checks."""

    sections: tuple[tuple[str, list[Check]], ...]
    figures: list[Figure]

    @property
    def checks(self) -> list[Check]:
        """All of them."""
        return [check for _, checks in self.sections for check in checks]


def run(sections: Sequence[Section], comm: MPI.Comm, draw: bool = False) -> Outcome:
    """Compute the checks of some sections, on the ranks of ``comm``.

    Args:
        sections: which.
        comm: every rank of it must call.
        draw: whether their figures are made too.
    """
    total = sum(len(section.parts) + draw * len(section.figures) for section in sections)
    outcome, drawn = [], []
    with progress(comm, "verify", total) as advance:
        for section in sections:
            checks: list[Check] = []
            for part in section.parts:
                checks += _computed(part, comm)
                advance(f"{section.title}: {_title(part)}")
            outcome.append((section.title, checks))
            for figure in section.figures if draw else ():
                drawn.append(figure(comm))
                advance(f"{section.title}: figure")
    return Outcome(tuple(outcome), drawn)


def _computed(part: Part, comm: MPI.Comm) -> list[Check]:
    """The checks of a part; one that fails in the place of those that an error has kept from being computed."""
    checks: list[Check] = []
    try:
        checks.extend(part(comm))
    except FemnnError as error:
        checks.append(Check(f"{_title(part)}: not computed", float("nan"), float("nan"), 0.0, str(error)))
    return checks


def _title(part: Part) -> str:
    return part.__name__.replace("_", " ")
