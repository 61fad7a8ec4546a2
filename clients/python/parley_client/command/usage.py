"""What was used, and what is left."""

from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Budget, Charge, Parley
from parley_client.command.harmless import one_line
from parley_client.command.listing import local, show_rows
from parley_client.command.options import Url, run
from parley_client.command.screen import note

PERIODS = {Budget.PERIOD_DAY: "today", Budget.PERIOD_MONTH: "this month"}
MICROS = 1_000_000

Charges = Annotated[
    bool, typer.Option("--charges", help="List what each answer cost instead.")
]
Limit = Annotated[int, typer.Option(min=1, help="How many to list at most.")]


def usage(charges: Charges = False, limit: Limit = 50, url: Url = DEFAULT_URL) -> None:
    """
    Show what you have used, and what is left; in a pipe, tab-separated.

    \b
    Examples:
      $ parley usage
      $ parley usage --charges --limit 10
    """
    run(url, lambda parley: list_charges(parley, limit) if charges else show(parley))


async def show(parley: Parley) -> None:
    """Print the budgets."""
    found = await parley.usage.get()
    rows = [row for budget in found.budgets for row in (tokens(budget), cost(budget))]
    names = ("period", "what", "used", "set aside", "limit", "begins anew")
    show_rows(names, rows, nothing="Nothing is counted here.")
    if found.rate_limit.burst:
        limit = found.rate_limit
        note(
            f"You may ask {limit.remaining} more times at once; "
            f"{limit.per_minute} come back a minute."
        )


async def list_charges(parley: Parley, limit: int) -> None:
    """Print what the latest answers cost."""
    rows = []
    async for charge in parley.usage.charges():
        rows.append(row(charge))
        if len(rows) == limit:
            break
    names = ("when", "model", "read", "written", "cost")
    show_rows(names, rows, nothing="Nothing was charged yet.")


def tokens(budget: Budget) -> tuple[str, ...]:
    """Return what is shown of a budget's tokens."""
    amount = budget.tokens
    limit = str(amount.limit) if amount.HasField("limit") else "none"
    used, reserved = str(amount.used), str(amount.reserved)
    return (period(budget), "tokens", used, reserved, limit, local(budget.end_time))


def cost(budget: Budget) -> tuple[str, ...]:
    """Return what is shown of a budget's money."""
    amount = budget.cost_micros
    limit = dollars(amount.limit) if amount.HasField("limit") else "none"
    used, reserved = dollars(amount.used), dollars(amount.reserved)
    return (period(budget), "cost", used, reserved, limit, local(budget.end_time))


def period(budget: Budget) -> str:
    """Say which period a budget is for."""
    return PERIODS.get(budget.period, "in all")


def row(charge: Charge) -> tuple[str, ...]:
    """Return what is shown of a charge."""
    counted = "~" if charge.estimated else ""
    return (
        local(charge.create_time),
        one_line(charge.model),
        f"{counted}{charge.input_tokens}",
        f"{counted}{charge.output_tokens}",
        dollars(charge.cost_micros),
    )


def dollars(micros: int) -> str:
    """Show an amount of money."""
    return f"${micros / MICROS:.4f}"
