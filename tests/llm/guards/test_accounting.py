"""What answers cost, however they end."""

from contextlib import aclosing
from dataclasses import replace
from uuid import uuid4

import pytest

from services.llm.guards.accounting import Accounting, estimated
from services.llm.model import (
    Completed,
    Delta,
    ModelProtocol,
    ModelUnavailable,
    Price,
    ProviderEvent,
    Reasoning,
    Usage,
)
from services.llm.ports import Provider
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.guards.asking import (
    WRITTEN,
    after_calls,
    ask,
    completed,
    question,
    sample,
    saying,
)

PRICE = Price(input=2_000_000, output=8_000_000)  # 2 and 8 USD a million


class Account:
    """A model of a name of its own, and what was counted for it."""

    def __init__(self) -> None:
        self.name = f"model-{uuid4()}"

    def __call__(self, model: str) -> tuple[str, Price]:
        return self.name, PRICE

    @property
    def tokens(self) -> tuple[float, float]:
        """How many were read and written."""
        return (
            sample("llm_tokens_total", model=self.name, type="input"),
            sample("llm_tokens_total", model=self.name, type="output"),
        )

    @property
    def usd(self) -> float:
        """What they cost."""
        return sample("llm_cost_usd_total", model=self.name)


@pytest.fixture
def account() -> Account:
    return Account()


async def test_a_whole_answer_costs_what_the_provider_counted(
    provider: Provider, account: Account
):
    events = await ask(Accounting(provider, account=account), question("a b c"))

    assert account.tokens == (3, 20)
    assert account.usd == pytest.approx((3 * 2 + 20 * 8) / 1e6)
    assert completed(events).output_tokens == 20


async def test_a_stopped_answer_costs_what_was_used(
    provider: Provider, upstream: Upstream, account: Account
):
    upstream.rescript(Script(tokens=words(20), stall_after=7, delay=0.001))
    asked = question("a" * 400)
    accounting = Accounting(provider, account=account)

    async with aclosing(accounting.generate(asked)) as events:
        read = 0
        while read < 7:
            event = await anext(events)
            assert isinstance(event, Delta)
            read += event.tokens

    assert account.tokens == (estimated(asked), 7)


async def test_an_answer_that_was_cut_costs_what_was_used(
    provider: Provider, upstream: Upstream, account: Account
):
    upstream.rescript(Script(tokens=words(20), cut_after=5))

    with pytest.raises(ModelProtocol):
        await ask(Accounting(provider, account=account))

    assert account.tokens[1] == 5


async def test_what_was_refused_costs_nothing(
    provider: Provider, upstream: Upstream, account: Account
):
    upstream.rescript(Script(status=500))

    with pytest.raises(ModelUnavailable):
        await ask(Accounting(provider, account=account))

    assert account.tokens == (0, 0)


@pytest.mark.parametrize(
    ("said", "read", "written"),
    [
        ((Delta("x", 2), Reasoning("y", 3), Completed("m")), estimated(question()), 5),
        ((Usage(9), Delta("x", 2), Completed("m")), 9, 2),
        ((Usage(9), Delta("x", 2), Completed("m", "stop", 10, 4)), 10, 4),
        ((Delta("free", 0), Completed("offline")), 0, 0),
    ],
)
async def test_who_does_not_count_is_counted(
    said: tuple[ProviderEvent, ...], read: int, written: int, account: Account
):
    events = await ask(Accounting(saying(*said), account=account))

    told = completed(events)
    assert (told.input_tokens, told.output_tokens) == (read, written)
    assert account.tokens == (read, written)


async def test_the_providers_own_word_stops_at_where_the_answer_was_closed(
    account: Account,
):
    said = (Usage(12), Delta("x", 2), Delta("y", 2), Completed("m", "stop", 12, 4))
    accounting = Accounting(saying(*said), account=account)

    async with aclosing(accounting.generate(question())) as events:
        await anext(events)
        await anext(events)

    assert account.tokens == (12, 2)


def test_what_a_model_thought_is_estimated_too():
    thought = after_calls(replace(WRITTEN, thoughts="x" * 400))

    more = estimated(thought) - estimated(after_calls(replace(WRITTEN, thoughts="")))

    assert more == 100
