"""What the environment decides."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict

from services.auth.identities.file import read_providers
from services.auth.sealing.sealer import read_sealer
from services.auth.sessions.tokens import read_refresh_key
from services.kit.settings import (
    Addresses,
    KeySetFile,
    ServiceSettings,
    SigningKeyFile,
)


def holding_sealing_keys(path: Path) -> Path:
    """Refuse a file that holds no sealing keys, before anything starts."""
    read_sealer(path)
    return path


def holding_refresh_key(path: Path) -> Path:
    """Refuse a file that holds no refresh key, before anything starts."""
    read_refresh_key(path)
    return path


def holding_providers(path: Path) -> Path:
    """Refuse a file of identity providers that does not fit, before anything starts."""
    read_providers(path, os.environ)
    return path


class Settings(ServiceSettings):
    """The settings of the auth service: `AUTH_…`."""

    model_config = SettingsConfigDict(env_prefix="AUTH_")

    database_url: str = Field(description="postgresql:// URL of auth's database")
    redis_url: str = Field(description="redis:// or unix:// URL")
    chat_address: Addresses = Field(
        description="host:port of chat, or ip:port,ip:port of its replicas"
    )
    llm_address: Addresses = Field(
        description="host:port of llm, or ip:port,ip:port of its replicas"
    )
    signing_key_file: SigningKeyFile = Field(
        description="file with the P-256 private key (PEM) that signs access tokens"
    )
    published_keys_file: KeySetFile | None = Field(
        None,
        description="file with a JWK set of keys to publish beside that one, such as "
        "the next one",
    )
    refresh_key_file: Annotated[Path, AfterValidator(holding_refresh_key)] = Field(
        description="file with 32 random bytes (base64) that sign refresh tokens"
    )
    sealing_keys_file: Annotated[Path, AfterValidator(holding_sealing_keys)] = Field(
        description="file with keys that encrypt secrets at rest, a line each: a "
        "version, a colon and 32 random bytes (base64); the first seals, all open"
    )
    public_url: str = Field(
        "http://localhost:8080",
        description="where people reach Parley: https://host, or http://localhost:port",
        pattern=r"^(https://[^/\s?#@]+|http://(localhost|127\.0\.0\.1)(:\d+)?)$",
    )
    identity_providers_file: (
        Annotated[Path, AfterValidator(holding_providers)] | None
    ) = Field(
        None,
        description="YAML file with the identity providers; none if unset",
    )
    identity_through_mesh: bool = Field(
        False,
        description="whether calls to identity providers leave unencrypted, for the "
        "mesh's egress gateway to begin TLS",
    )
