"""One computed figure against its reference, and the table of all of them."""

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Check:
    """One figure held against its reference."""

    quantity: str
    computed: float
    reference: float
    tolerance: float
    """Largest error that passes: relative, or absolute where the reference is zero."""
    source: str

    @property
    def error(self) -> float:
        """Relative error; absolute where the reference is zero."""
        scale = abs(self.reference) or 1.0
        return float(abs(self.computed - self.reference) / scale)

    @property
    def passed(self) -> bool:
        """Whether the error is within the tolerance; NaN never is."""
        return bool(self.error <= self.tolerance)


def print_checks(checks: list[Check]) -> None:
    """Print the checks as a table."""
    table = Table(
        title=f"{sum(c.passed for c in checks)} of {len(checks)} checks passed", title_justify="left", box=None
    )
    for header in ("quantity", "computed", "reference", "error", "allowed", "pass", "source"):
        table.add_column(header, overflow="fold")
    for c in checks:
        verdict = "[green]yes[/]" if c.passed else "[bold red]NO[/]"
        figures = (f"{c.computed:.7g}", f"{c.reference:.7g}", f"{c.error:.1e}", f"{c.tolerance:.0e}")
        table.add_row(c.quantity, *figures, verdict, c.source)
    Console(width=None if Console().is_terminal else 160).print(table)
