"""Tables of trainings: their epochs, the stiffness that they end at, and samples that were left out."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from femnn.network.network import Network
from femnn.study.contents import Finding
from femnn.study.results import Results


def epochs_table(results: Results) -> pd.DataFrame:
    """Loss and metrics at every evaluation of every training, a row each, with the columns of the points."""
    rows = [row for point, data in _trainings(results) for row in _epochs(point, data)]
    return pd.DataFrame(rows, columns=None if rows else [*_keys(results), "epoch", "training_loss", "test_loss"])


def stiffness_table(results: Results) -> pd.DataFrame:
    """Stiffness k of every bond after every training (N/m), a row a bond, with its width (m).

    Trainings of a network with fewer bonds, as one that is damaged, are left out.
    """
    rows = [
        point | row
        for point, data in _trainings(results)
        if len(data["stiffness"]) == len(results.network.bonds)
        for row in bond_rows(results.network, data["stiffness"])
    ]
    return pd.DataFrame(rows, columns=None if rows else [*_keys(results), "bond", "stiffness", "width"])


def bond_rows(network: Network, stiffness: npt.ArrayLike) -> Iterator[dict[str, Any]]:
    """Return stiffness k (N/m) and width (m) of every bond, a row a bond.

    Args:
        network: the network.
        stiffness: k (N/m), shape (B,).
    """
    k_of_width = network.stiffness / network.sections.width
    for bond, k in enumerate(np.asarray(stiffness, dtype=np.float64).tolist()):
        yield {"bond": network.bond_name(bond), "stiffness": k, "width": k / float(k_of_width[bond])}


def skipped_table(results: Results) -> pd.DataFrame:
    """Samples that had no equilibrium, in a step or an evaluation, a row each; ``sample`` counts from 1."""
    rows = [
        point | {"step": step, "sample": sample + 1, "why": why}
        for point, data in _trainings(results)
        for step, sample, why in data["skipped"]
    ]
    return pd.DataFrame(rows, columns=None if rows else [*_keys(results), "step", "sample", "why"])


def skipped_findings(results: Results) -> list[Finding]:
    """A sentence on samples without an equilibrium, if there are any."""
    count = sum(len(data["skipped"]) for _, data in _trainings(results))
    if not count:
        return []
    return [Finding(f"{count} times a sample had no equilibrium and was left out; skipped.csv says where and why.")]


def _keys(results: Results) -> list[str]:
    return list(dict.fromkeys(key for point, _ in results for key in point.values))


def _trainings(results: Results) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Records of trainings wherever they are in the outcomes, with their points; a ``stage`` where nested."""
    for point, values in results:
        for stage, data in _records(values):
            yield dict(point.values) | ({"stage": stage} if stage else {}), data


def _records(data: Any, stage: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(data, list):
        for i, item in enumerate(data):
            yield from _records(item, f"{stage} {i + 1}")
    elif isinstance(data, dict):
        if {"epochs", "stiffness", "skipped"} <= data.keys():
            yield stage.strip(), data
            return
        for key, value in data.items():
            yield from _records(value, stage if key in ("history", "stages") else f"{stage} {key}")


def _epochs(point: dict[str, Any], data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    columns = data["epochs"]
    for values in zip(*columns.values(), strict=True):
        yield point | dict(zip(columns, values, strict=True))
