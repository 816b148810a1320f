"""What studies share that hold models against measured gradients: which measurement, and what was hung."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from femnn.config import nearest
from femnn.errors import ConfigError
from femnn.learning.tasks import BehaviourSettings
from femnn.measured.gradient import MeasuredGradient
from femnn.measured.published import LATTICE, measured_gradients
from femnn.network import Network
from femnn.quantities import Force
from femnn.study import CaseSettings


def _absolute(name: str) -> str:
    """A path that does not depend on where the run's report is made again; a name as it is."""
    return str(Path(name).resolve()) if Path(name).is_file() else name


class MeasuredSettings(CaseSettings):
    """Settings of studies about a measured gradient."""

    measured: Annotated[str, AfterValidator(_absolute)] = LATTICE
    """Folder of measurements/, or a table of gradients as ``femnn measured`` writes it."""
    adjoint_force: Force = Field(gt=0)
    """Norm of the adjoint force that was hung (N)."""
    behaviour: dict[Literal["trained", "mirror"], BehaviourSettings] = Field(default_factory=dict)
    """Behaviours that springs are trained to, by the names of the published experiments."""

    @property
    def experiments(self) -> dict[Literal["trained", "mirror"], BehaviourSettings]:
        """The behaviours whose displacements were measured: none but on the published lattice."""
        return self.behaviour if self.measured == LATTICE else {}

    def gradients(self, network: Network) -> dict[str, MeasuredGradient]:
        """What was measured, by case.

        Raises:
            ConfigError: nothing was measured of a case that is run, or the table cannot be read.
            NetworkError: another network was measured.
        """
        found = measured_gradients(self.measured, network)
        for name in self.cases:
            if name not in found:
                raise ConfigError(f"Nothing was measured of case {name!r} in {self.measured}; {nearest(name, found)}")
        return found

    def check(self, network: Network) -> None:
        """Check cases and behaviours against the network, and the network against the measurements.

        Raises:
            ConfigError, NetworkError: what does not fit, by name.
        """
        self.gradients(network)
        self.check_cases(network)
        for name, behaviour in self.experiments.items():
            behaviour.task(network)
            if len(behaviour.outputs) != 2:
                raise ConfigError(f"behaviour {name!r} has {len(behaviour.outputs)} outputs; two were measured.")
