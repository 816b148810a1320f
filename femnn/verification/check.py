"""One computed figure against its reference, and the table of all of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

NOT_A_TERMINAL = 180
"""Characters that a line of the table may have in a log."""


@dataclass(frozen=True)
class Check:
    """One figure held against its reference."""

    quantity: str
    computed: float
    reference: float
    tolerance: float
    """Largest error that passes: relative, or absolute where the reference is zero; infinite for a figure that is
    reported and not judged."""
    source: str

    @property
    def error(self) -> float:
        """Relative error; absolute where the reference is zero."""
        scale = abs(self.reference) or 1.0
        return float(abs(self.computed - self.reference) / scale)

    @property
    def judged(self) -> bool:
        """Whether the figure can fail."""
        return not math.isinf(self.tolerance)

    @property
    def passed(self) -> bool:
        """Whether the error is within the tolerance; NaN never is, where the figure is judged."""
        return not self.judged or bool(self.error <= self.tolerance)

    @property
    def cells(self) -> tuple[str, ...]:
        """What a table shows: quantity, computed, reference, error, allowed, verdict, source."""
        verdict = ("yes" if self.passed else "NO") if self.judged else ""
        allowed = f"{self.tolerance:.0e}" if self.judged else "–"
        figures = (f"{self.computed:.7g}", f"{self.reference:.7g}", f"{self.error:.1e}", allowed)
        return self.quantity, *figures, verdict, self.source


HEADER = ("quantity", "computed", "reference", "error", "allowed", "pass", "source")


def headline(checks: Sequence[Check]) -> str:
    """How many of the figures that are judged pass."""
    judged = [check for check in checks if check.judged]
    reported = len(checks) - len(judged)
    further = f"; {reported} further figure{'s are' if reported > 1 else ' is'} reported" if reported else ""
    return f"{sum(check.passed for check in judged)} of {len(judged)} checks passed{further}"


def print_checks(sections: Sequence[tuple[str, Sequence[Check]]]) -> None:
    """Print the checks as a table.

    Args:
        sections: checks under the title of their subject.
    """
    every = [check for _, checks in sections for check in checks]
    table = Table(title=headline(every), title_justify="left", box=None)
    for header in HEADER:
        table.add_column(header, overflow="fold")
    for title, checks in sections:
        table.add_row(f"[bold]{title}[/]")
        for check in checks:
            cells = list(check.cells)
            cells[5] = {"yes": "[green]yes[/]", "NO": "[bold red]NO[/]"}.get(cells[5], "")
            table.add_row(f"  {cells[0]}", *cells[1:])
        table.add_row()
    Console(width=None if Console().is_terminal else NOT_A_TERMINAL).print(table)
