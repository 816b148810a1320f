"""What ``femnn verify`` checks, by subject."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mpi4py import MPI

from femnn.errors import ConfigError, FemnnError
from femnn.progress import progress
from femnn.results.figure import Figure
from femnn.verification import (
    beams,
    continua,
    convergence,
    cook,
    figures,
    gradients,
    lateral_buckling,
    lattices,
    limits,
    materials,
    mechanics,
    patch,
    refinement,
    stability,
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
    Section("Springs and bars", (mechanics.lattice_moduli, mechanics.snap_through)),
    Section(
        "Beams",
        (beams.elastica, beams.roll_up, beams.bend, lattices.beam_lattice_moduli, convergence.beam_convergence),
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
            materials.moduli_at_rest,
            materials.frame_indifference,
            materials.incompressible_loadings,
            materials.compressible_loadings,
            materials.treloar,
        ),
        (figures.treloar,),
    ),
    Section(
        "Bodies",
        (patch.patch_tests, patch.homogeneous_states, cook.cook, continua.sphere, refinement.smooth_convergence),
        (figures.cook_membrane, figures.convergence),
    ),
    Section(
        "Models against each other",
        (
            limits.bars_as_springs,
            limits.beams_as_bars,
            limits.bodies_as_beams,
            limits.solid_as_plane_stress,
            limits.cells_across,
        ),
        (figures.slender,),
    ),
    Section(
        "Gradients",
        (gradients.published_gradients, gradients.published_errors, gradients.orders, gradients.taylor),
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
