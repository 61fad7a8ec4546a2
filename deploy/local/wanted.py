"""What a person may set for what runs here."""

from collections.abc import Mapping
from math import ceil

# What a person may set for the model, handed on to llm as it is.
MODEL = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "PARLEY_MODEL",
)
# Whoever has a Milvus names it, and then none runs here.
MILVUS = "LLM_MILVUS_URI"
# Whoever has a server for mail names it, or says that there shall be none, and then no
# mailbox runs here.
SMTP = "AUTH_SMTP_URL"
NO_MAIL = "none"
PUBLIC = "AUTH_PUBLIC_URL"
# OpenTelemetry's own variables reach every service.
OPEN_TELEMETRY = "OTEL_"
OTLP = "OTEL_EXPORTER_OTLP_ENDPOINT"


def mail_server(environment: Mapping[str, str], mailbox: str) -> str:
    """Name what takes mail: the mailbox here, unless another is named, or none."""
    given = environment.get(SMTP)
    return given.removesuffix(NO_MAIL) if given else f"smtp://{mailbox}"


def seconds(environment: Mapping[str, str], variable: str, *, default: float) -> int:
    """Read a time span, in whole seconds that are enough."""
    found = environment.get(variable) or default
    try:
        return ceil(float(found))
    except (ValueError, OverflowError) as error:
        raise SystemExit(f"{variable}: {found!r} is not a number of seconds") from error
