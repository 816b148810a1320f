"""Adjoint forces of a study's load cases: in newtons, or relative to what the network carries, which a run resolves.

On the lattice of Li & Mao (2024) forces that are not given are the published ones; on any other network they are shares
of the least of three reference loads along the adjoint force of each case: see :mod:`femnn.insitu.reference_loads`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Discriminator, Field, Tag, TypeAdapter, model_validator

from femnn.errors import ConfigError
from femnn.insitu.reference_loads import ReferenceLoads, adjoint_pattern, reference_loads, usual_force
from femnn.insitu.relative_loads import Kind, RelativeForce, Share, ShareSweep
from femnn.insitu.sweeps import RelativeForces
from femnn.network.identity import is_li2024
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.study.case_study import CaseStudy
from femnn.study.setting_types import Listed, ModelName

_FORCES: TypeAdapter[list[float | Share]] = TypeAdapter(RelativeForces)
SWEEP = ShareSweep.model_validate({"from": 1e-4, "to": 1.0, "count": 13, "relative_to": "least"})
"""Adjoint forces of a network of one's own."""


def _kind(value: Any) -> str:
    """Whether forces are those of all cases, or a table of them by case."""
    sweep = {"from", "to", "count", "share", "relative_to"}
    return "<cases>" if isinstance(value, Mapping) and not sweep & set(value) else "<forces>"


type ForcesOfCases = Annotated[
    Annotated[RelativeForces, Tag("<forces>")] | Annotated[dict[str, RelativeForces], Tag("<cases>")],
    Discriminator(_kind),
]
type ForceOfCases = Annotated[
    Annotated[RelativeForce, Tag("<forces>")] | Annotated[dict[str, RelativeForce], Tag("<cases>")],
    Discriminator(_kind),
]


class AdjointStudy(CaseStudy):
    """A study that sweeps the adjoint force."""

    li2024_forces: ClassVar[tuple[Any, ...]]
    """Adjoint forces on the lattice of Li & Mao (2024), where none are given, as settings have them."""
    for_network: ClassVar[tuple[str, ...]] = ("adjoint_forces", "shown_adjoint_force", "reference_loads")

    models: Listed[ModelName] = Field(min_length=1)
    adjoint_forces: ForcesOfCases | None = None
    """Strengths of the adjoint force, its norm over all nodes (N), or shares of a reference load; of all cases, or by
    case. Where None, those of the paper on its lattice, and shares of the least reference load on others."""
    shown_adjoint_force: ForceOfCases | None = None
    """Strength at which fields are drawn and figures are read (N), or share of a reference load."""
    reference_loads: dict[str, ReferenceLoads] | None = None
    """By case, what relative forces were resolved against: written by a run, not to be set."""

    @model_validator(mode="after")
    def _some_forces(self) -> Self:
        given = self.adjoint_forces
        for forces in [] if given is None else given.values() if isinstance(given, Mapping) else [given]:
            if not forces:
                raise ValueError("adjoint_forces is empty; give one at least, or leave it out")
        return self

    def forces_of(self, case: str) -> list[float]:
        """Adjoint forces of a case (N), ascending where they were swept; settings must be resolved."""
        forces = self.adjoint_forces
        found = forces[case] if isinstance(forces, Mapping) else forces
        assert found is not None
        return [float(force) for force in found if not isinstance(force, Share)]

    def shown_of(self, case: str) -> float:
        """Shown adjoint force of a case (N); settings must be resolved."""
        shown = self.shown_adjoint_force
        found = shown[case] if isinstance(shown, Mapping) else shown
        assert isinstance(found, float)
        return found

    def resolved(self, network: Network, comm: MPI.Comm) -> Self:
        """The same with all forces in newtons.

        Raises:
            ConfigError: a case has no adjoint force, or no reference load of the kind asked for.
            MechanismError: no model of lines carries the network.
        """
        forces, shown = self._given(network)
        for name, value in (("adjoint_forces", forces), ("shown_adjoint_force", shown)):
            lacking = [case for case in self.cases if case not in value] if isinstance(value, Mapping) else []
            if lacking:
                raise ConfigError(f"{name} has none for case {lacking[0]!r}; give it there, or one for all cases.")
        asked = {case: self._shares(forces, shown, case) for case in self.cases}
        if not any(asked.values()):
            return self.model_copy(update={"adjoint_forces": forces, "shown_adjoint_force": shown})
        CaseStudy.check(self, network)
        loads = {
            case: self._reference(network, case, frozenset(share.relative_to for share in found), comm)
            for case, found in asked.items()
            if found
        }

        def newtons(force: float | Share, case: str) -> float:
            return loads[case].force(force, f"{network.name}, case {case}") if isinstance(force, Share) else force

        swept = {c: sorted({newtons(force, c) for force in _of(forces, c)}) for c in self.cases}
        at = {c: newtons(_of(shown, c), c) for c in self.cases}
        return self.model_copy(
            update={"adjoint_forces": swept, "shown_adjoint_force": at, "reference_loads": loads},
        )

    def _given(self, network: Network) -> tuple[Any, Any]:
        """Forces and the one that is shown as they are given, or the usual ones of the network."""
        published = is_li2024(network)
        forces: Any = self.adjoint_forces
        if forces is None and published:
            forces = _FORCES.validate_python(list(self.li2024_forces))
        elif forces is None:
            forces = [Share(share=share, relative_to=SWEEP.relative_to) for share in SWEEP.numbers()]
        shown: Any = self.shown_adjoint_force
        return forces, usual_force(network) if shown is None else shown

    def _shares(self, forces: Any, shown: Any, case: str) -> list[Share]:
        return [force for force in [*_of(forces, case), _of(shown, case)] if isinstance(force, Share)]

    def _reference(self, network: Network, case: str, kinds: frozenset[Kind], comm: MPI.Comm) -> ReferenceLoads:
        load, loss = self.case[case].force(network), self.case[case].loss(network)
        return reference_loads(
            network,
            self.models_by_name(),
            self.models,
            lambda solver: adjoint_pattern(solver, load, loss),
            kinds,
            comm,
            self.solver.resolved(),
        )


def _of(value: Any, case: str) -> Any:
    return value[case] if isinstance(value, Mapping) else value


def reference(settings: AdjointStudy) -> dict[str, Any]:
    """Return what summary.json says of the reference loads; nothing where all forces were given in newtons."""
    if not settings.reference_loads:
        return {}
    loads = {case: found.model_dump(exclude_none=True) for case, found in settings.reference_loads.items()}
    return {"reference_loads": loads, "adjoint_forces": {case: settings.forces_of(case) for case in loads}}


def in_words(settings: AdjointStudy) -> list[str]:
    """Return a sentence for each case on what its relative forces were resolved against."""
    words = {
        "strain": "strains a bond by 1 %",
        "rotation": "turns a bond by 0.1 rad",
        "critical": "is the first critical load",
    }
    found = []
    for case, loads in (settings.reference_loads or {}).items():
        which, forces = loads.governing, settings.forces_of(case)
        model = loads.critical_model if which == "critical" else loads.model
        found.append(
            f"Case {case}: adjoint forces are {min(forces):.3g} to {max(forces):.3g} N; the one that {words[which]} is "
            f"{loads.least:.3g} N ({model}; linear response at rest, or first critical point from rest)."
        )
    return found
