"""What the environment decides."""

from typing import Annotated

from pydantic import Field, Json, NonNegativeInt, PositiveInt
from pydantic_settings import SettingsConfigDict

from services.chat.usage.model import Limits, Price, Prices
from services.kit.buckets import Size
from services.kit.settings import Addresses, KeySetFile, ServiceSettings, SigningKeyFile

Amount = Annotated[int, Field(ge=0, le=10**15)]  # fits where sums of it are stored


class Settings(ServiceSettings):
    """The settings of the chat service: `CHAT_…`."""

    model_config = SettingsConfigDict(env_prefix="CHAT_")

    database_url: str = Field(description="postgresql:// URL of chat's database")
    redis_url: str = Field(description="redis:// or unix:// URL of Redis")
    replica_name: str = Field(
        default="chat",
        description="a name that no other running process of chat has: after a restart"
        " under the same name, replies are taken over at once",
    )
    auth_address: Addresses = Field(
        description="host:port of auth, or ip:port,ip:port of its replicas"
    )
    llm_address: Addresses = Field(
        description="host:port of llm, or ip:port,ip:port of its replicas"
    )
    signing_key_file: SigningKeyFile = Field(
        description="file with the P-256 private key (PEM) that signs chat's calls"
    )
    trusted_keys_file: KeySetFile | None = Field(
        default=None,
        description="file with the JWK set of the keys that sign llm's calls",
    )
    # Days and months are those of UTC.
    titles: bool = Field(
        default=True,
        description="whether a model finds titles, after a conversation's first reply",
    )
    budget_tokens_per_day: Amount = Field(
        default=0, description="tokens that a user may use in a day; 0 is no limit"
    )
    budget_tokens_per_month: Amount = Field(
        default=0, description="tokens that a user may use in a month; 0 is no limit"
    )
    budget_micros_per_day: Amount = Field(
        default=0, description="micro-USD that a user may use in a day; 0 is no limit"
    )
    budget_micros_per_month: Amount = Field(
        default=0, description="micro-USD that a user may use in a month; 0 is no limit"
    )
    prices: Json[dict[str, tuple[Amount, Amount]]] = Field(
        default={},
        validate_default=False,  # it is not JSON
        description="micro-USD for a million tokens read and written, as JSON: "
        '{"model": [input, output]}; "*" is any other model; one not there is free',
    )
    rate_per_minute: PositiveInt = Field(
        default=60, description="requests a minute that a user gets back"
    )
    rate_burst: NonNegativeInt = Field(
        default=60, description="requests that a user may make at once; 0 is no limit"
    )
    retention_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        description="days after which conversations that nobody uses or pins are gone "
        "for good; 0 keeps them",
    )

    @property
    def limits(self) -> Limits:
        """What every user may use."""
        return Limits(
            tokens_per_day=self.budget_tokens_per_day or None,
            tokens_per_month=self.budget_tokens_per_month or None,
            micros_per_day=self.budget_micros_per_day or None,
            micros_per_month=self.budget_micros_per_month or None,
        )

    @property
    def price_list(self) -> Prices:
        """What tokens cost, by model."""
        return {model: Price(*price) for model, price in self.prices.items()}

    @property
    def rate(self) -> Size:
        """How often a user may ask."""
        return Size(burst=self.rate_burst, per_minute=self.rate_per_minute)
