"""Shows a run in the terminal."""

from rich.console import Console
from rich.table import Table

from tests.bench.goals import alone, goals
from tests.bench.results import Results
from tests.bench.summary import parts, tables


def show(results: Results, console: Console) -> None:
    """Print every table."""
    for note in results.notes:
        console.print(f"[yellow]{note}[/]")
    compared = (*tables(results), parts(results))
    for table in (*compared, *alone(results), goals(results)):
        if not table.rows:
            continue
        shown = Table(title=table.title, title_justify="left")
        for column in table.columns:
            shown.add_column(column)
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
