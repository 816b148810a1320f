"""A user's own copy of the workbook data.xlsx of Li & Mao (2024): measured gradients with all their digits.

Nothing is assumed of where they are in it. Every sheet is searched for runs of as many consecutive numbers as there are
bonds, down a column or along a row, that agree with the published figures to their printed digits; what stands beside
such a run is taken for trials only if its mean agrees too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from femnn.errors import ConfigError
from femnn.measured.measured_gradient import MeasuredGradient
from femnn.measured.published import published_gradients
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

DIGITS = 3
"""Significant digits of the published figures."""
TRIALS = 3
"""Trials of every experiment of the paper."""


@dataclass(frozen=True)
class Found:
    """A gradient of the workbook, and where it came from."""

    gradient: MeasuredGradient
    where: str
    """Sheet and columns of every part."""


@dataclass(frozen=True)
class Block:
    """Consecutive numbers of a sheet, side by side."""

    where: str
    """Sheet, and the rows, or the columns where the block lies along them."""
    names: tuple[str, ...]
    """Of the columns, or of the rows."""
    numbers: Floats
    """Shape (columns, B)."""


def read_workbook(
    path: Path, network: Network, sheet: str | None = None, columns: Mapping[str, str] | None = None
) -> dict[str, Found]:
    """Measured gradients of a copy of data.xlsx, by case.

    Args:
        path: the workbook.
        network: the lattice of the paper.
        sheet: the only sheet that is searched; all where None.
        columns: letters of the columns by what they hold ("simulated", "measured", "deviation" or "trials", as in
            ``{"trials": "D:F"}``): only these are searched, each for what it is said to hold.

    Raises:
        ConfigError: the file cannot be read, has no such sheet, or holds none of the published gradients; the message
            lists the sheets.
        NetworkError: the network is not the lattice of the paper.
    """
    published = published_gradients(network)
    sheets = _sheets(path, sheet)
    wanted = {part: _letters(text, path) for part, text in (columns or {}).items()}
    found: dict[str, Found] = {}
    for name, cells in sheets.items():
        for block in _blocks(name, cells, len(network.bonds)):
            for case, reference in published.items():
                match = _matched(block, reference, wanted)
                # Trials say more than their mean, wherever they are
                if match is not None and (case not in found or match.gradient.trials is not None):
                    found[case] = match
    if not found:
        raise ConfigError(
            f"{path}: no sheet of {', '.join(sheets)} has {len(network.bonds)} consecutive numbers that agree with "
            f"the measured gradients of {' or '.join(published)} to {DIGITS} digits, or {TRIALS} such runs whose mean "
            "does; name a sheet and columns, or write the gradients to a CSV file."
        )
    return found


def _sheets(path: Path, sheet: str | None) -> dict[str, pd.DataFrame]:
    try:
        sheets: dict[str, pd.DataFrame] = pd.read_excel(path, sheet_name=None, header=None, engine="openpyxl")
    except Exception as error:
        # openpyxl reports a file that is no workbook by many types, those of zip and XML among them
        raise ConfigError(f"Cannot read {path}: {str(error).rstrip('.')}.") from error
    if sheet is None:
        return sheets
    if sheet not in sheets:
        raise ConfigError(f"{path}: there is no sheet {sheet!r}; there are: {', '.join(sheets)}.")
    return {sheet: sheets[sheet]}


def _blocks(sheet: str, cells: pd.DataFrame, length: int) -> Iterator[Block]:
    """All columns that are numbers over a run of rows, for every run; then the same of rows."""
    numbers = cells.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64).reshape(cells.shape)
    letters = [_letter(i) for i in range(numbers.shape[1])]
    rows = [str(i + 1) for i in range(numbers.shape[0])]
    for table, across, along, kind in ((numbers, letters, rows, "rows"), (numbers.T, rows, letters, "columns")):
        for first in range(len(table) - length + 1):
            run = table[first : first + length]
            good = np.flatnonzero(np.isfinite(run).all(axis=0))
            if good.size:
                where = f"sheet {sheet!r}, {kind} {along[first]} to {along[first + length - 1]}"
                yield Block(where, tuple(across[i] for i in good), run[:, good].T)


def _matched(block: Block, reference: MeasuredGradient, wanted: Mapping[str, list[str]]) -> Found | None:
    """The gradient of one case in a block, if its measured values are there in the order of the network's bonds."""
    trials = _trials(block, reference.value, wanted)
    measured, measured_from = _part(block, "measured", reference.value, wanted)
    if trials is None and measured is None:
        return None
    deviation, deviation_from = _part(block, "deviation", reference.deviation, wanted)
    simulated, simulated_from = _part(block, "simulated", reference.simulated, wanted)
    values = None
    if trials is not None:
        values = block.numbers[trials]
        measured, measured_from = values.mean(axis=0), f"trials in {', '.join(block.names[i] for i in trials)}"
        if deviation is None:
            deviation, deviation_from = _scatter(values, reference.deviation)
    gradient = MeasuredGradient(
        reference.case,
        reference.value if measured is None else measured,
        reference.deviation if deviation is None else deviation,
        reference.simulated if simulated is None else simulated,
        values,
        TRIALS,
    )
    return Found(gradient, f"{block.where}: {measured_from}; {deviation_from}; {simulated_from}")


def _part(block: Block, part: str, printed: Floats, wanted: Mapping[str, list[str]]) -> tuple[Floats | None, str]:
    """The first column that agrees with printed figures, among those that are wanted, and a word on where it is."""
    for place in np.flatnonzero(_agree(block.numbers, printed)):
        name = block.names[place]
        if not wanted or name in wanted.get(part, []):
            return block.numbers[place], f"{part} in {name}"
    return None, f"{part} as published"


def _trials(block: Block, printed: Floats, wanted: Mapping[str, list[str]]) -> list[int] | None:
    """Neighbouring columns whose mean agrees with printed figures; or those that are wanted, if it does."""
    if wanted:
        names = wanted.get("trials", [])
        groups = [[block.names.index(name) for name in names]] if names and set(names) <= set(block.names) else []
    else:
        groups = [list(range(i, i + TRIALS)) for i in range(len(block.names) - TRIALS + 1)]
    if not groups:
        return None
    values = block.numbers[np.array(groups)]
    # Copies of the mean are no trials
    good = np.flatnonzero(_agree(values.mean(axis=1), printed) & np.ptp(values, axis=1).any(axis=1))
    return groups[good[0]] if good.size else None


def _scatter(trials: Floats, printed: Floats) -> tuple[Floats, str]:
    """Standard deviation of the trials as the paper has it, if that can be told, else with n − 1."""
    for degrees, text in ((1, "n − 1"), (0, "n")):
        deviation = trials.std(axis=0, ddof=degrees)
        if _agree(deviation[None], printed)[0]:
            return deviation, f"deviation of the trials with {text}, as published"
    return trials.std(axis=0, ddof=1), "deviation of the trials with n − 1, which is not that published"


def _agree(rows: Floats, printed: Floats) -> npt.NDArray[np.bool_]:
    """Which rows, shape (n, B), round to figures that are printed with three significant digits, shape (B,)."""
    last_place = 10.0 ** (np.floor(np.log10(np.abs(printed))) - (DIGITS - 1))
    agreed: npt.NDArray[np.bool_] = (np.abs(rows - printed) <= 0.5001 * last_place).all(axis=1)
    return agreed


def _letter(index: int) -> str:
    """Letters of a column from its number from 0: A to Z, AA, AB and so on."""
    return (_letter(index // 26 - 1) if index >= 26 else "") + chr(ord("A") + index % 26)


def _index(letters: str) -> int:
    return sum((ord(letter) - ord("A") + 1) * 26**i for i, letter in enumerate(reversed(letters))) - 1


def _letters(text: str, path: Path) -> list[str]:
    """Columns from ``"B"``, ``"B,D"`` or ``"D:F"``."""
    first, colon, last = (part.strip().upper() for part in text.partition(":"))
    parts = [part.strip().upper() for part in text.split(",")] if not colon else [first, last]
    if not all(part.isascii() and part.isalpha() for part in parts):
        raise ConfigError(f"{path}: {text!r} are no columns; give letters, as in B, 'B,D,F' or D:F.")
    return [_letter(i) for i in range(_index(first), _index(last) + 1)] if colon else parts
