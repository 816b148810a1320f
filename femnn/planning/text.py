"""A bench sheet as text."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from femnn.planning.sheet import Sheet
from femnn.report.texts import Table

WIDTH = 110


def as_text(sheet: Sheet, width: int = WIDTH) -> str:
    """The sheet as lines of text.

    Args:
        sheet: the sheet.
        width: characters in a line.
    """
    console = Console(width=width, highlight=False, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(f"[bold]{escape(sheet.title)}[/bold]\n")
        facts = Grid(box=None, show_header=False, pad_edge=False)
        facts.add_column(no_wrap=True)
        facts.add_column()
        for name, value in sheet.facts:
            facts.add_row(escape(name), escape(value))
        console.print(facts)
        for table in sheet.tables:
            console.print(f"\n[bold]{escape(table.title)}[/bold]")
            console.print(_grid(table))
            if table.note:
                console.print(escape(table.note))
        console.print()
        for note in sheet.notes:
            console.print(f"- {escape(note)}")
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _grid(table: Table) -> Grid:
    grid = Grid(box=None, pad_edge=False, header_style="")
    for name in table.header:
        grid.add_column(escape(name))
    for row in table.rows:
        grid.add_row(*(escape(cell) for cell in row))
    return grid
