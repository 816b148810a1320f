"""Studies whose data are load cases."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from femnn.config.settings import nearest
from femnn.insitu.fitting import Fitting
from femnn.insitu.load_cases import Case
from femnn.network.network import Network
from femnn.study.setting_types import Listed
from femnn.study.study import Study
from femnn.training.port_settings import PORTS, port_case, strange


class CaseStudy(Study):
    """A study whose data are load cases."""

    cases: Listed[str] = Field(default=[PORTS], min_length=1)
    """Names of the cases that are run; "ports" for the network's own inputs and outputs."""
    case: dict[str, Case] = Field(default_factory=dict)
    """Load cases by name."""

    @model_validator(mode="after")
    def _cases_exist(self) -> Self:
        for name in self.cases:
            if name not in self.case and name != PORTS:
                raise ValueError(f"there is no case {name!r}; {nearest(name, [*self.case, PORTS]).rstrip('.')}")
        return self

    def check(self, network: Network) -> None:
        """Raise NetworkError where a case that is run does not fit the network."""
        for name in self.cases:
            self.case[name].held(network)
            self.case[name].loss(network)

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, with its own ports in the place of cases of another."""
        settings = super().fitted(fitting)
        own = {name: case for name, case in self.case.items() if fitting.belongs(case, f"case.{name}")}
        names = [name for name in self.cases if name in own]
        strange = [name for name in self.cases if name not in own]
        if strange:
            own |= {PORTS: self.port_case(fitting, strange)}
            names.append(PORTS)
        return settings.model_copy(update={"cases": names, "case": own})

    def port_case(self, fitting: Fitting, names: list[str]) -> Case:
        """Return what takes the place of cases that name nodes of another network.

        Args:
            fitting: the network of the run.
            names: of the cases.

        Raises:
            ConfigError: the network lacks inputs or outputs; the message says what to write.
        """
        return port_case(fitting, strange(fitting, "case", names, self.case))
