"""Settings from the environment, with errors that say what to write."""

import sys
from typing import TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """What every service reads; a service adds its own and an `env_prefix`."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    listen_address: str = Field(
        "127.0.0.1:0", description="host:port to serve gRPC on", pattern=r"^.+:\d+$"
    )
    metrics_address: str | None = Field(
        None,
        description="host:port to serve Prometheus metrics on; none if unset",
        pattern=r"^.+:\d+$",
    )


S = TypeVar("S", bound=BaseSettings)


def load(settings: type[S]) -> S:
    """Read the environment, or say which variables are wrong and end with status 2."""
    try:
        return settings()
    except ValidationError as error:
        prefix = str(settings.model_config.get("env_prefix", ""))
        for problem in error.errors():
            field = str(problem["loc"][0])
            alias = settings.model_fields[field].validation_alias
            variable = alias if isinstance(alias, str) else f"{prefix}{field}".upper()
            described = settings.model_fields[field].description or ""
            sys.stderr.write(f"{variable}: {problem['msg']}. It is: {described}.\n")
        sys.exit(2)
