"""Settings from the environment, with errors that say what to write."""

import sys
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit.jwk import read_key_set, read_signing_key
from services.kit.server import DRAIN_SECONDS

# One `host:port`, the replicas at `ip:port,ip:port,…`, or a Unix socket's path.
ADDRESSES = r"^[^,\s]+:\d+$|^\d+(\.\d+){3}:\d+(,\d+(\.\d+){3}:\d+)+$|^unix:/[^,\s]+$"


def holding_signing_key(path: Path) -> Path:
    """Refuse a file that holds no signing key, before anything starts."""
    read_signing_key(path)
    return path


def holding_key_set(path: Path) -> Path:
    """Refuse a file that holds no public keys, before anything starts."""
    read_key_set(path)
    return path


Addresses = Annotated[str, Field(pattern=ADDRESSES)]
SigningKeyFile = Annotated[Path, AfterValidator(holding_signing_key)]
KeySetFile = Annotated[Path, AfterValidator(holding_key_set)]


class ServiceSettings(BaseSettings):
    """What every service reads; a service adds its own and an `env_prefix`."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    listen_address: str = Field(
        "127.0.0.1:0",
        description="host:port to serve gRPC on, or unix:/path of a socket",
        pattern=r"^.+:\d+$|^unix:/.+$",
    )
    metrics_address: str | None = Field(
        None,
        description="host:port to serve Prometheus metrics on; none if unset",
        pattern=r"^.+:\d+$",
    )
    notice_seconds: float = Field(
        0.0,
        ge=0,
        le=60,
        description="how long to take calls after SIGTERM, until callers have noticed",
    )
    drain_seconds: float = Field(
        DRAIN_SECONDS,
        ge=0,
        le=3600,
        description="how long calls may then go on, seconds below the kill's delay",
    )


S = TypeVar("S", bound=BaseSettings)


def load(settings: type[S]) -> S:
    """Read the environment, or say which variables are wrong and end with status 2."""
    try:
        return settings()
    except ValidationError as error:
        for problem in error.errors():
            variable, description = described(settings, str(problem["loc"][0]))
            sys.stderr.write(f"{variable}: {problem['msg']}. It is: {description}.\n")
        sys.exit(2)


def described(settings: type[BaseSettings], location: str) -> tuple[str, str]:
    """Name the variable that a problem is about, and say what it is for."""
    prefix = str(settings.model_config.get("env_prefix", ""))
    for name, field in settings.model_fields.items():
        if location in (name, field.validation_alias):
            variable = field.validation_alias or f"{prefix}{name}".upper()
            return str(variable), field.description or "a setting"
    return location, "a setting"
