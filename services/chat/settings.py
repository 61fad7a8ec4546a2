"""What the environment decides."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.kit.settings import Addresses, ServiceSettings, SigningKeyFile


class Settings(ServiceSettings):
    """The settings of the chat service: `CHAT_…`."""

    model_config = SettingsConfigDict(env_prefix="CHAT_")

    database_url: str = Field(description="postgresql:// URL of chat's database")
    auth_address: Addresses = Field(
        description="host:port of auth, or ip:port,ip:port of its replicas"
    )
    llm_address: Addresses = Field(
        description="host:port of llm, or ip:port,ip:port of its replicas"
    )
    signing_key_file: SigningKeyFile = Field(
        description="file with the P-256 private key (PEM) that signs chat's calls"
    )
    drain_seconds: float = Field(
        default=25.0,
        description="how long replies may go on after SIGTERM, below the kill's delay",
    )
