"""Settings of studies that are modules of functions yet, under their former names."""

from collections.abc import Iterator, Mapping
from typing import Any, Self

from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.insitu.fitting import Fitting
from femnn.mechanics.models import BEAMS, MODELS
from femnn.network.network import Network
from femnn.study.adjoint_study import AdjointStudy
from femnn.study.case_study import CaseStudy
from femnn.study.model_settings import MODEL_TABLES
from femnn.study.setting_types import Listed, ModelName, SolverSettings
from femnn.study.study import Study

__all__ = ["CaseSettings", "Listed", "ModelName", "SolverSettings", "StudySettings", "nearest"]


class StudySettings(Study):
    """Settings of every study of the former kind."""

    def used_models(self) -> set[str]:
        """Return the names of the models that the settings ask for; studies that build others add them."""
        values = self.model_dump(exclude={"beam", "continuum_2d", "continuum_3d"})
        return {text for text in _texts(values) if text in MODELS}

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run."""
        settings = super().fitted(fitting)
        used = settings.used_models()
        # Loads of networks of one's own are found on beams where a study has solids alone
        used |= {BEAMS} if fitting.unsuited and not any(MODELS[name].traits.lines for name in used) else set()
        for table, names in MODEL_TABLES.items():
            if fitting.given(table) and not names & used:
                raise ConfigError(
                    f"[{table}] has no effect: the models of this run are {', '.join(sorted(used)) or 'none'}; add "
                    f"{' or '.join(sorted(names))} to its models, or leave the setting out."
                )
        return settings


class CaseSettings(StudySettings, CaseStudy):
    """Settings of studies whose data are load cases."""

    def check_cases(self, network: Network) -> None:
        """Raise NetworkError where a case that is run does not fit the network."""
        CaseStudy.check(self, network)


class AdjointSettings(CaseSettings, AdjointStudy):
    """Settings of studies that sweep the adjoint force."""


def _texts(values: Any) -> Iterator[str]:
    """All texts in nested tables and lists."""
    if isinstance(values, str):
        yield values
    elif isinstance(values, Mapping):
        for value in values.values():
            yield from _texts(value)
    elif isinstance(values, list | tuple | set | frozenset):
        for value in values:
            yield from _texts(value)
