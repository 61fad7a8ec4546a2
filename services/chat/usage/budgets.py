"""What a reply may use, and what it costs."""

from services.chat.usage.model import (
    ANY_MODEL,
    DEFAULT_MODEL,
    MILLION,
    Limits,
    Price,
    Prices,
    Reservation,
    Used,
    Want,
)

FREE = Price(0, 0)
ROOM_TOKENS = 1_000  # set aside beyond what is wanted


class Budgets:
    """Turns tokens into money, and what is set aside for a reply into its length."""

    def __init__(self, limits: Limits, prices: Prices) -> None:
        self.limits = limits
        self._prices = prices

    def want(self, model: str, *, input_tokens: int, output_tokens: int) -> Want:
        """Say what to set aside for a reply that reads and writes so many tokens."""
        price = self._price_ahead(model)
        return Want(
            tokens=input_tokens + output_tokens,
            micros=cost(price, input_tokens, output_tokens),
            least_tokens=input_tokens + 1,
            least_micros=cost(price, input_tokens, 1),
        )

    def more(self, model: str, output_tokens: int) -> Want:
        """Say what to set aside for a reply to go on for so many tokens."""
        return self.want(model, input_tokens=0, output_tokens=output_tokens)

    def further(
        self, model: str, reserved: Reservation, *, input_tokens: int, wanted: int
    ) -> Want | None:
        """
        Say what else to set aside for something to write `wanted` tokens in all.

        None if it may already. A bit more than it wants, so that it need not ask soon.
        """
        allowed = self.allowance(reserved, model, input_tokens=input_tokens)
        if allowed is None or allowed >= wanted:
            return None
        whole = self.want(
            model, input_tokens=input_tokens, output_tokens=wanted + ROOM_TOKENS
        )
        least = self.more(model, 1)
        return Want(
            tokens=max(0, whole.tokens - reserved.tokens),
            micros=max(0, whole.micros - reserved.micros),
            least_tokens=least.least_tokens,
            least_micros=least.least_micros,
        )

    def allowance(
        self, reserved: Reservation, model: str, *, input_tokens: int
    ) -> int | None:
        """
        Return how many tokens a reply may have, given what it reads.

        None if nothing was set aside, because there is no limit. A reply that comes to
        so many tokens and is not whole is to be stopped: BUDGET_EXHAUSTED.
        """
        if not reserved.tokens:
            return None
        price = self._price_ahead(model)
        allowed = reserved.tokens - input_tokens
        if price.output and not self._free_of_money:
            money = reserved.micros * MILLION - price.input * input_tokens
            allowed = min(allowed, money // price.output)
        return max(0, allowed)

    def cost(self, model: str, used: Used, *, asked: str = DEFAULT_MODEL) -> int:
        """
        Return what tokens cost, in micro-USD.

        A model may answer under a name that nobody has priced, as that of a snapshot:
        then it costs what the one does that was asked for.
        """
        named = model if model in self._prices else asked
        return cost(self._price(named), used.input_tokens, used.output_tokens)

    @property
    def _free_of_money(self) -> bool:
        limits = self.limits
        return limits.micros_per_day is None and limits.micros_per_month is None

    def _price_ahead(self, model: str) -> Price:
        """Take the dearest, until it is known which model is the default."""
        if model or not self._prices or DEFAULT_MODEL in self._prices:
            return self._price(model)
        return max(self._prices.values(), key=lambda price: (price.output, price.input))

    def _price(self, model: str) -> Price:
        return self._prices.get(model) or self._prices.get(ANY_MODEL, FREE)


def cost(price: Price, input_tokens: int, output_tokens: int) -> int:
    """Return what tokens cost, in whole micro-USD; a fraction counts as one."""
    return -(-(price.input * input_tokens + price.output * output_tokens) // MILLION)
