"""What the environment decides."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.kit.settings import (
    Addresses,
    KeySetFile,
    ServiceSettings,
    SigningKeyFile,
)
from services.llm.tools.policy import holding_policy

ToolsFile = Annotated[Path, AfterValidator(holding_policy)]


class Settings(ServiceSettings):
    """The settings of the llm service: `LLM_…`, and the names that others use."""

    model_config = SettingsConfigDict(env_prefix="LLM_", populate_by_name=True)

    database_url: str = Field(description="postgresql:// URL of llm's database")
    redis_url: str = Field(description="redis:// or unix:// URL of Redis")
    auth_address: Addresses = Field(
        description="host:port of auth, or ip:port,ip:port of its replicas"
    )
    trusted_keys_file: KeySetFile | None = Field(
        None,
        description="file with the JWK set of the keys that sign chat's calls",
    )
    chat_address: Addresses | None = Field(
        None,
        description="host:port of chat, or ip:port,ip:port of its replicas, so that"
        " models can search conversations",
    )
    signing_key_file: SigningKeyFile | None = Field(
        None,
        description="file with the P-256 private key (PEM) that signs llm's calls",
    )
    tools_file: ToolsFile | None = Field(
        None, description="YAML file that says which tools are allowed"
    )
    web_fetch: bool = Field(
        False, description="whether models may read pages of the public web"
    )
    openai_api_key: SecretStr | None = Field(
        None,
        validation_alias="OPENAI_API_KEY",
        description="key of an endpoint that speaks OpenAI's protocol",
    )
    openai_base_url: str | None = Field(
        None,
        validation_alias="OPENAI_BASE_URL",
        pattern=r"^https?://",
        description="http(s):// URL of that endpoint; OpenAI's own if unset",
    )
    model: str | None = Field(
        None, validation_alias="PARLEY_MODEL", description="name of the default model"
    )
    beat_ms: int = Field(
        25,
        ge=0,
        le=1_000,
        description="milliseconds that tokens may wait to be sent together; 0 for none",
    )
    ollama_url: str = Field(
        "http://127.0.0.1:11434",
        pattern=r"^https?://",
        description="where to look for an Ollama when nothing else is configured",
    )
