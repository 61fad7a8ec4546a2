"""What the environment decides."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.kit.settings import ServiceSettings


class Settings(ServiceSettings):
    """The settings of the chat service: `CHAT_…`."""

    model_config = SettingsConfigDict(env_prefix="CHAT_")

    database_url: str = Field(description="postgresql:// URL of chat's database")
    auth_address: str = Field(description="host:port of the auth service")
    llm_address: str = Field(description="host:port of the llm service")
    drain_seconds: float = Field(
        default=25.0,
        description="how long replies may go on after SIGTERM, below the kill's delay",
    )
