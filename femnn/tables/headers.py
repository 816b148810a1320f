"""The first rows of a table: whether there is a row of names, and whether a row of units is below it."""

import re
from collections.abc import Sequence

from femnn.config.quantities import UNIT
from femnn.errors import ConfigError
from femnn.tables.cell_values import MISSING, is_number, shown
from femnn.tables.grid import Line

LOOKED_AT = 500
"""Rows by which it is judged whether a column holds numbers."""
UNITS_ROW = re.compile(rf"[(\[]\s*(?:{UNIT}|-|1)?\s*[)\]]|{UNIT}")
"""A cell of a row of units: with or without brackets."""
UNIT_NAMES = frozenset(
    re.findall(
        r"\S+",
        "px pixel pixels m mm cm um µm μm nm in inch ft N mN kN gf g kg lb s ms min sec frame frames % deg ° rad °C C "
        "K Pa kPa MPa GPa N/m N/mm V mV A mA Hz",
    )
)
"""Units that stand for themselves; others need brackets."""


def require_header(
    source: str, head: Line, names: Sequence[str], rows: Sequence[Sequence[str]], comments: Sequence[tuple[int, str]]
) -> None:
    """Refuse a table whose first row is a sample, which would be lost as names.

    Args:
        source: the file, for messages.
        head: the first row.
        names: its cells, of columns that are not blank.
        rows: those below.
        comments: lines of comment, with their numbers.

    Raises:
        ConfigError: columns of numbers begin with numbers, and others with what stands below them too.
    """
    sample = rows[:LOOKED_AT]
    numeric, others = [], []
    for j, name in enumerate(names):
        cells = [row[j] for row in sample if row[j] not in MISSING]
        if cells and 2 * sum(map(is_number, cells)) >= len(cells):
            numeric.append(name)
        elif cells:
            others.append((name, cells))
    if not any(map(is_number, numeric)) or not all(is_number(name) or name in MISSING for name in numeric):
        return
    fractions = any(re.search("[.,]", name) for name in numeric)
    if not fractions and others and not all(name in cells for name, cells in others):
        return
    above = next((text for number, text in reversed(comments) if number == head.number - 1), None)
    hint = f"; remove the # before the names in row {head.number - 1}" if above else "; put a row of names above it"
    first = next(name for name in numeric if is_number(name))
    raise ConfigError(f"{source}: row {head.number} begins columns of numbers with numbers ({shown(first)}){hint}.")


def with_units_of_rows(
    names: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]
) -> tuple[int, dict[str, str], tuple[str, ...]]:
    """Return how many of the rows are samples, the units in a row above them, and a note on that row.

    Args:
        names: of the columns.
        rows: all that stand below the names.
        numbers: of the rows, as a spreadsheet counts them.
    """
    if len(rows) < 2:
        return len(rows), {}, ()
    first, sample = rows[0], rows[1 : LOOKED_AT + 1]
    units: dict[str, str] = {}
    for j, name in enumerate(names):
        cells = [row[j] for row in sample if row[j] not in MISSING]
        if not cells or 2 * sum(map(is_number, cells)) < len(cells) or first[j] in MISSING:
            continue
        bare = first[j].strip("()[] ")
        bracketed = first[j][:1] in "([" and UNITS_ROW.fullmatch(first[j]) is not None
        if not bracketed and bare not in UNIT_NAMES:
            return len(rows), {}, ()
        if re.fullmatch(UNIT, bare):
            units[name] = bare
    if not units:
        return len(rows), {}, ()
    listed = ", ".join(f"{name} {unit}" for name, unit in list(units.items())[:6])
    return len(rows) - 1, units, (f"row {numbers[0]} is taken for units ({listed})",)
