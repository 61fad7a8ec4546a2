"""What an answer says, joined: a fast provider costs one event for many tokens."""

from services.llm.model import Delta, ProviderEvent, Reasoning, Usage

Said = type[Delta] | type[Reasoning]


class Pieces:
    """Joins what is said in one way, and counts it as closely as can be."""

    def __init__(self) -> None:
        self._events: list[ProviderEvent] = []
        self._said: Said = Delta
        self._texts: list[str] = []
        self.tokens = 0  # said so far, at least
        self._told = 0
        self._input_tokens = 0

    def say(self, said: Said, text: str, tokens: int = 1) -> None:
        """Go on in this way; as a rule an event of a provider is a token."""
        if said is not self._said:
            self._join()
            self._said = said
        self._texts.append(text)
        self.tokens += tokens

    def count(self, tokens: int) -> None:
        """Believe a provider that says how many tokens there were so far."""
        self.tokens = max(self.tokens, tokens)

    def read(self, input_tokens: int) -> None:
        """Tell how many tokens the provider has read, once it says so."""
        if input_tokens > self._input_tokens:
            self._input_tokens = input_tokens
            self._events.append(Usage(input_tokens))

    def take(self) -> list[ProviderEvent]:
        """Return what is new."""
        self._join()
        events, self._events = self._events, []
        return events

    def _join(self) -> None:
        if self._texts:
            text = "".join(self._texts)
            self._events.append(self._said(text, self.tokens - self._told))
            self._told = self.tokens
            self._texts = []
