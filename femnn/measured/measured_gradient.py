"""Measured gradients: a value for every bond and how far it scatters, as tables by the names of the bonds."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from femnn.errors import ConfigError, NetworkError
from femnn.network.network import Network
from femnn.tables.cell_values import DATE
from femnn.tables.csv_text import without_formulas
from femnn.tables.table import read_table

type Floats = npt.NDArray[np.float64]

COLUMNS = ("bond", "measured", "deviation")
"""Columns of a table of gradients; ``case``, ``simulated`` and ``repeats`` may be there too."""
OTHER_COLUMNS = ("case", "simulated", "repeats")


@dataclass(frozen=True)
class MeasuredGradient:
    """Product of forward and adjoint elongation of every bond of a network, in the order of its bonds."""

    case: str
    """Name of the load case."""
    value: Floats
    """Mean over the trials (m²), shape (B,)."""
    deviation: Floats
    """Standard deviation over the trials (m²), shape (B,); NaN where there was one trial only."""
    simulated: Floats
    """What linear springs say (m²), shape (B,); NaN where the source does not tell."""
    trials: Floats | None = None
    """Every trial (m²), shape (trials, B), where they are known one by one."""
    repeats: int | None = None
    """Number of trials that the mean is of, where the source tells."""


def read_gradients(path: Path, network: Network) -> dict[str, MeasuredGradient]:
    """Gradients by case from a CSV file with the columns bond, measured, deviation; case, simulated, repeats if known.

    Args:
        path: the file. Bonds are called as in ``1–2`` or ``1-2``, in any order and either way round.
        network: that they were measured on.

    Raises:
        ConfigError: the file cannot be read, lacks a column, or holds something else than numbers.
        NetworkError: the bonds are those of another network; the message names the first that does not match.
    """
    table = read_table(path, (*COLUMNS, *OTHER_COLUMNS))
    table.require(COLUMNS, f"a table of gradients has {', '.join(COLUMNS)}; tracked positions and workbooks become one "
                  "by femnn measured FILE --out gradient.csv")  # fmt: skip
    numbers = [name for name in ("measured", "deviation", "simulated", "repeats") if name in table]
    frame = pd.DataFrame(table.values(numbers, dict.fromkeys(numbers[:2], "m**2")), columns=numbers)
    frame["bond"] = table.column("bond")
    if "case" in table:
        frame["case"] = table.column("case")
        if unnamed := [number for number, case in zip(table.numbers, frame["case"], strict=True) if not case]:
            raise ConfigError(f"{path}: row {unnamed[0]} names no case; name one in every row.")
    cases = frame.groupby("case", sort=False) if "case" in frame else [(path.stem, frame)]
    return {str(case): _gradient(str(case), rows, network, path) for case, rows in cases}


def _gradient(case: str, rows: pd.DataFrame, network: Network, path: Path) -> MeasuredGradient:
    given = {_ends(name): place for place, name in enumerate(rows["bond"].astype(str))}
    names = {_ends(name): name for name in map(network.bond_name, range(len(network.bonds)))}
    absent = [name for ends, name in names.items() if ends not in given]
    unknown = [str(name) for name in rows["bond"] if _ends(str(name)) not in names]
    if absent or unknown:
        if dated := [name for name in unknown if DATE.match(name)]:
            raise ConfigError(
                f"{path}: bond {dated[0][:40]!r}: a spreadsheet made a date of its name; write the column as text."
            )
        what = (
            f"{path.name} has no bond {absent[0]}" if absent else f"bond {unknown[0][:40]} of {path.name} is not in it"
        )
        raise NetworkError(f"{network.name}: {what}: another network was measured; take that one.")
    if len(rows) != len(names):
        raise ConfigError(f"{path}: a bond is given twice for case {case!r}; give each once.")
    rows = rows.iloc[[given[ends] for ends in names]]
    value, deviation = (rows[name].to_numpy() for name in ("measured", "deviation"))
    simulated = rows["simulated"].to_numpy() if "simulated" in rows else np.full(len(names), np.nan)
    if not np.isfinite(value).all():
        raise ConfigError(f"{path}: bond {network.bond_name(int(np.argmin(np.isfinite(value))))} has no value.")
    return MeasuredGradient(case, value, deviation, simulated, repeats=_repeats(rows, case, path))


def _repeats(rows: pd.DataFrame, case: str, path: Path) -> int | None:
    """The number of trials, which is that of all bonds."""
    if "repeats" not in rows or rows["repeats"].isna().all():
        return None
    counts = rows["repeats"].to_numpy()
    if not (counts == counts[0]).all() or counts[0] < 1 or counts[0] % 1:
        raise ConfigError(
            f"{path}: repeats of case {case!r} must be one whole number from 1 on, the same in every row."
        )
    return int(counts[0])


def _ends(name: str) -> frozenset[str]:
    return frozenset(part.strip() for part in name.replace("–", "-").split("-"))


def write_gradients(path: Path, network: Network, gradients: Iterable[MeasuredGradient]) -> None:
    """Write gradients as :func:`read_gradients` reads them.

    Raises:
        ConfigError: the file cannot be written.
    """
    names = [network.bond_name(bond) for bond in range(len(network.bonds))]
    tables = [
        pd.DataFrame(
            {"case": g.case, "bond": names, "measured": g.value, "deviation": g.deviation}
            | ({} if g.repeats is None else {"repeats": g.repeats})
        )
        for g in gradients
    ]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        without_formulas(pd.concat(tables)).to_csv(path, index=False)
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror}.") from error
