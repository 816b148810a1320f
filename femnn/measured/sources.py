"""Measured gradients by what a user names: a folder of measurements/, a table, or a copy of the paper's workbook."""

from femnn.config import resources
from femnn.measured.measured_gradient import MeasuredGradient, read_gradients
from femnn.measured.published import GRADIENTS
from femnn.measured.workbook import read_workbook
from femnn.network.network import Network

WORKBOOKS = (".xlsx", ".xlsm")
"""Suffixes of workbooks."""


def measured_gradients(name: str, network: Network) -> dict[str, MeasuredGradient]:
    """Gradients that were measured on a network, by the case's name.

    Args:
        name: of a folder in measurements/, or a path: of a table with the columns bond, measured, deviation and case,
            or of a copy of the workbook of Li & Mao (2024).
        network: that they were measured on.

    Raises:
        ConfigError: there is no such file, it cannot be read, or it holds no gradients.
        NetworkError: the bonds are those of another network.
    """
    found = resources.find("measurements", name)
    if found.suffix.lower() in WORKBOOKS:
        return {case: match.gradient for case, match in read_workbook(found, network).items()}
    return read_gradients(found / GRADIENTS if found.is_dir() else found, network)
