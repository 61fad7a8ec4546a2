"""What the environment decides."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict

from services.auth.factors.relying import RelyingParty
from services.auth.identities.file import read_providers
from services.auth.mail.smtp import Server
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


def web_site(url: str) -> str:
    """Refuse what browsers cannot reach."""
    RelyingParty(url)
    return url


def naming_server(url: str) -> str:
    """Refuse a URL that names no server for mail, before anything starts."""
    Server.parse(url)
    return url


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
    signing_key_file: SigningKeyFile | None = Field(
        None,
        description="file with the P-256 private key (PEM) that signs access tokens; "
        "if unset, auth makes keys, and keeps them encrypted in its database",
    )
    signing_key_days: int = Field(
        90,
        ge=1,
        le=3650,
        description="after how many days another key takes over, if auth makes them",
    )
    published_keys_file: KeySetFile | None = Field(
        None,
        description="file with a JWK set of keys to publish beside that one, such as "
        "the next one",
    )
    signing_key_lead_seconds: int = Field(
        900,
        ge=10,
        le=86_400,
        description="how long such a key is published before it signs, and after: more "
        "than a token lives, and than anybody keeps a key set",
    )
    refresh_key_file: Annotated[Path, AfterValidator(holding_refresh_key)] = Field(
        description="file with 32 random bytes (base64) that sign refresh tokens"
    )
    public_url: Annotated[str, AfterValidator(web_site)] = Field(
        "http://localhost:8080",
        description="URL at which browsers reach Parley: passkeys belong to its host",
    )
    sealing_keys_file: Annotated[Path, AfterValidator(holding_sealing_keys)] = Field(
        description="file with keys that encrypt secrets at rest, a line each: a "
        "version, a colon and 32 random bytes (base64); the first seals, all open"
    )
    smtp_url: Annotated[str, AfterValidator(naming_server)] | None = Field(
        None,
        repr=False,
        description="smtp://user:password@host:587 (STARTTLS, unless it is this "
        "machine) or smtps:// URL of what takes mail; none is sent if unset",
    )
    mail_from: str = Field(
        "Parley <parley@localhost>",
        description="name and address that mail comes from",
        pattern=r"^[^<>@\r\n]*<[^<>\s@]+@[^<>\s@]+>$|^[^<>\s@]+@[^<>\s@]+$",
    )
    audit_key_file: SigningKeyFile = Field(
        description="file with the P-256 private key (PEM) that signs the audit log"
    )
    audit_keys_file: KeySetFile | None = Field(
        None,
        description="file with a JWK set of the keys that signed the audit log before",
    )
    audit_days: int = Field(
        730,
        ge=0,
        le=36_500,
        description="days that events stay in the audit log; 0 keeps them",
    )
    audit_place_days: int = Field(
        90,
        ge=0,
        le=36_500,
        description="days that the audit log knows where events came from; 0 keeps it",
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
