"""A user's own copy of the workbook data.xlsx of Li & Mao (2024): measured gradients with all their digits.

Nothing is assumed of where they are in it. Every sheet is searched for runs of as many consecutive numbers as there are
bonds, down a column or along a row, that agree with the published figures to their printed digits in one order of the
bonds and in no other; what stands beside such a run is taken for trials only if its mean agrees too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.measured.bond_order import assigned, exchangeable, last_places, may_be
from femnn.measured.measured_gradient import MeasuredGradient
from femnn.measured.number_runs import Block, Line, blocks, letters, lines_of
from femnn.measured.published import published_gradients
from femnn.network.network import Network
from femnn.tables.workbook_cells import Sheet, formulas_without_values, read_sheets

type Floats = npt.NDArray[np.float64]

DIGITS = 3
"""Significant digits of the published figures."""
MOST_COLUMNS = 2**14
"""Columns of a sheet."""
TRIALS = 3
"""Trials of every experiment of the paper."""


@dataclass(frozen=True)
class Found:
    """A gradient of the workbook, and where it came from."""

    gradient: MeasuredGradient
    where: str
    """Sheet and columns of every part."""


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
    sheets = _chosen(path, sheet)
    wanted = {part: _letters(text, path) for part, text in (columns or {}).items()}
    found: dict[str, Found] = {}
    unclear: list[str] = []
    for one in sheets:
        for block in _blocks(one, published):
            for match in _matches(block, published, wanted, network, unclear):
                # Trials say more than their mean, wherever they are
                case = match.gradient.case
                if case not in found or (match.gradient.trials is not None and found[case].gradient.trials is None):
                    found[case] = match
    if not found:
        if unclear:
            raise ConfigError(f"{path}: {unclear[0]}")
        dead = formulas_without_values(path)
        hint = f"; {dead} formulas have no stored values: save it in a spreadsheet program" if dead else ""
        raise ConfigError(
            f"{path}: no sheet of {', '.join(one.name for one in sheets)[:80]} has {len(network.bonds)} consecutive "
            f"numbers that agree with the measured gradients of {' or '.join(published)} to {DIGITS} digits, or "
            f"{TRIALS} such runs whose mean does{hint}; name a sheet and columns, or write the gradients to a CSV file."
        )
    return found


def _chosen(path: Path, sheet: str | None) -> list[Sheet]:
    sheets = read_sheets(path)
    if sheet is None:
        return sheets
    chosen = [one for one in sheets if one.name == sheet]
    if not chosen:
        names = ", ".join(one.name for one in sheets)[:150]
        raise ConfigError(f"{path}: there is no sheet {sheet[:60]!r}; there are: {names}.")
    return chosen


def _blocks(sheet: Sheet, published: Mapping[str, MeasuredGradient]) -> Iterator[Block]:
    """All places where a run, or the mean of neighbouring ones, may hold what was measured in any order."""
    length = len(next(iter(published.values())).value)

    def may_begin(values: Floats) -> npt.NDArray[np.bool_]:
        windows = np.lib.stride_tricks.sliding_window_view(values, length)
        low, high = windows.min(axis=1), windows.max(axis=1)
        begins = np.zeros(len(windows), dtype=np.bool_)
        for reference in published.values():
            places = last_places(reference.value, DIGITS)
            ends = (np.argmin(reference.value), np.argmax(reference.value))
            near = [np.abs(seen - reference.value[i]) <= places[i] for seen, i in zip((low, high), ends, strict=True)]
            begins |= near[0] & near[1]
        return begins

    for along, across in (("rows", sheet.columns), ("columns", sheet.rows)):
        lines: list[Line] = lines_of(sheet, across, along, length)
        yield from blocks(sheet.name, lines, along, length, TRIALS, may_begin)


def _matches(
    block: Block,
    published: Mapping[str, MeasuredGradient],
    wanted: Mapping[str, list[str]],
    network: Network,
    unclear: list[str],
) -> Iterator[Found]:
    """The gradients in a block, in the order of the network's bonds; what fits in several orders is noted."""
    parts = {case: _parts(block, reference, wanted) for case, reference in published.items()}
    held = {case: own for case, own in parts.items() if own is not None}
    together = np.logical_and.reduce([own.possible for own in held.values()]) if held else None
    for case, own in held.items():
        # Rows that hold both cases have one order for both
        assert together is not None
        possible = together if assigned(together) is not None else own.possible
        rows = assigned(possible)
        if rows is None:
            unclear.append(f"{block.where}: its columns agree with the case {case!r} in different orders of the bonds.")
            continue
        circle = exchangeable(possible, rows)
        if circle:
            names = ", ".join(network.bond_name(bond) for bond in circle[:6])
            unclear.append(f"{block.where}: values agree with case {case!r} in several orders of the bonds {names}.")
            continue
        yield _found(block, published[case], own, rows)


@dataclass(frozen=True)
class _Parts:
    """Where a block holds what of a case, and which of its rows may be which bond's."""

    measured: int | None
    deviation: int | None
    simulated: int | None
    trials: list[int] | None
    possible: npt.NDArray[np.bool_]
    """Shape (bonds, rows)."""


def _parts(block: Block, reference: MeasuredGradient, wanted: Mapping[str, list[str]]) -> _Parts | None:
    trials = _trials(block, reference.value, wanted)
    measured = _part(block, "measured", reference.value, wanted, None)
    if trials is None and measured is None:
        return None
    means = block.numbers[trials].mean(axis=0) if trials is not None else block.numbers[measured]
    possible = may_be(means, reference.value, DIGITS)
    others = []
    for part, printed in (("deviation", reference.deviation), ("simulated", reference.simulated)):
        place = _part(block, part, printed, wanted, possible)
        others.append(place)
        possible = possible if place is None else possible & may_be(block.numbers[place], printed, DIGITS)
    return _Parts(measured, others[0], others[1], trials, possible)


def _found(block: Block, reference: MeasuredGradient, parts: _Parts, rows: npt.NDArray[np.int64]) -> Found:
    """What a block holds of a case, with its rows in the order of the bonds."""

    def taken(place: int | None, printed: Floats, part: str) -> tuple[Floats, str]:
        if place is None:
            return printed, f"{part} as published"
        return block.numbers[place][rows], f"{part} in {block.names[place]}"

    measured, measured_from = taken(parts.measured, reference.value, "measured")
    deviation, deviation_from = taken(parts.deviation, reference.deviation, "deviation")
    simulated, simulated_from = taken(parts.simulated, reference.simulated, "simulated")
    values = None
    if parts.trials is not None:
        values = block.numbers[parts.trials][:, rows]
        measured = values.mean(axis=0)
        measured_from = f"trials in {', '.join(block.names[i] for i in parts.trials)}"
        if parts.deviation is None:
            deviation, deviation_from = _scatter(values, reference.deviation)
    order = "" if (rows == np.arange(len(rows))).all() else "; rows in an order of their own, the only one that agrees"
    gradient = MeasuredGradient(reference.case, measured, deviation, simulated, values, TRIALS)
    return Found(gradient, f"{block.where}: {measured_from}; {deviation_from}; {simulated_from}{order}")


def _part(
    block: Block,
    part: str,
    printed: Floats,
    wanted: Mapping[str, list[str]],
    among: npt.NDArray[np.bool_] | None,
) -> int | None:
    """The first column that agrees with printed figures in some order that is possible, among those that are wanted."""
    for place, name in enumerate(block.names):
        if wanted and name not in wanted.get(part, []):
            continue
        possible = may_be(block.numbers[place], printed, DIGITS)
        if assigned(possible if among is None else possible & among) is not None:
            return place
    return None


def _trials(block: Block, printed: Floats, wanted: Mapping[str, list[str]]) -> list[int] | None:
    """Neighbouring columns whose mean agrees with printed figures; or those that are wanted, if it does."""
    if wanted:
        names = wanted.get("trials", [])
        groups = [[block.names.index(name) for name in names]] if names and set(names) <= set(block.names) else []
    else:
        groups = [list(range(i, i + TRIALS)) for i in range(len(block.names) - TRIALS + 1)]
    for group in groups:
        values = block.numbers[group]
        # Copies of the mean are no trials
        if np.ptp(values, axis=0).any() and assigned(may_be(values.mean(axis=0), printed, DIGITS)) is not None:
            return group
    return None


def _scatter(trials: Floats, printed: Floats) -> tuple[Floats, str]:
    """Standard deviation of the trials as the paper has it, if that can be told, else with n − 1."""
    for degrees, text in ((1, "n − 1"), (0, "n")):
        deviation = trials.std(axis=0, ddof=degrees)
        if _agree(deviation, printed):
            return deviation, f"deviation of the trials with {text}, as published"
    return trials.std(axis=0, ddof=1), "deviation of the trials with n − 1, which is not that published"


def _agree(values: Floats, printed: Floats) -> bool:
    """Whether values round to figures that are printed with three significant digits, each of shape (B,)."""
    return bool(np.diag(may_be(values, printed, DIGITS)).all())


def _index(letters: str) -> int:
    return sum((ord(letter) - ord("A") + 1) * 26**i for i, letter in enumerate(reversed(letters))) - 1


def _letters(text: str, path: Path) -> list[str]:
    """Columns from ``"B"``, ``"B,D"`` or ``"D:F"``."""
    first, colon, last = (part.strip().upper() for part in text.partition(":"))
    parts = [part.strip().upper() for part in text.split(",")] if not colon else [first, last]
    if not all(part.isascii() and part.isalpha() for part in parts):
        raise ConfigError(f"{path}: {text[:40]!r} are no columns; give letters, as in B, 'B,D,F' or D:F.")
    if colon and max(_index(first), _index(last)) >= MOST_COLUMNS:
        raise ConfigError(f"{path}: {text[:40]!r} are no columns; the last of a sheet is {letters(MOST_COLUMNS - 1)}.")
    return [letters(i) for i in range(_index(first), _index(last) + 1)] if colon else parts
