"""What the environment decides."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, DirectoryPath, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.kit.settings import (
    Addresses,
    KeySetFile,
    ServiceSettings,
    SigningKeyFile,
)
from services.llm.catalogue.file import read_models
from services.llm.guards.rulebook import read_rules
from services.llm.tools.policy import holding_policy


def holding_models(path: Path) -> Path:
    """Refuse a catalogue that is wrong, before anything starts."""
    read_models(path, os.environ)
    return path


def holding_rules(path: Path) -> Path:
    """Refuse a file of rules that is wrong, before anything starts."""
    read_rules(path)
    return path


CatalogueFile = Annotated[Path, AfterValidator(holding_models)]
RulesFile = Annotated[Path, AfterValidator(holding_rules)]


def readable(folder: Path) -> Path:
    """Refuse a folder that nothing here can read, before anything starts."""
    if not find_spec("tokenizers"):
        raise ValueError("the package `tokenizers` is not installed")
    return folder


TokenizersFolder = Annotated[DirectoryPath, AfterValidator(readable)]
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
        " users who ask llm itself are held to their budgets, and models can search"
        " conversations",
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
    anthropic_api_key: SecretStr | None = Field(
        None, validation_alias="ANTHROPIC_API_KEY", description="key of Anthropic"
    )
    gemini_api_key: SecretStr | None = Field(
        None, validation_alias="GEMINI_API_KEY", description="key of Google's Gemini"
    )
    models_file: CatalogueFile | None = Field(
        None,
        description="YAML file with providers and models, instead of the keys above",
    )
    rules_file: RulesFile | None = Field(
        None, description="YAML file with what may not be asked or answered"
    )
    cache_seconds: int = Field(
        3_600,
        ge=0,
        le=30 * 86_400,
        description="seconds for which an answer may be given again; 0: never",
    )
    concurrency: int = Field(
        1_000,
        ge=1,
        le=10_000,
        description="answers that a provider writes at once, but for the file's own",
    )
    stall_seconds: float = Field(
        60.0, gt=0, le=3_600, description="how long an answer may stand still"
    )
    answer_seconds: float = Field(
        1_800.0, gt=0, le=86_400, description="how long an answer may take as a whole"
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
    speech_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="URL of an endpoint with OpenAI's /audio/*, as http://host/v1",
    )
    speech_api_key: SecretStr | None = Field(None, description="its key")
    transcription_model: str = Field(
        "whisper-1", description="its model that writes down what is said"
    )
    speech_model: str = Field("tts-1", description="its model that speaks")
    speech_voice: str = Field("alloy", description="the voice, if none is asked for")
    images_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="URL of an endpoint with OpenAI's /images/*, as http://host/v1",
    )
    images_api_key: SecretStr | None = Field(None, description="its key")
    images_model: str = Field("gpt-image-1", description="its model that makes images")
    tokenizers_folder: TokenizersFolder | None = Field(
        None,
        description="folder with the models' tokenizers, as `gpt-4o.json`",
    )
    milvus_uri: str = Field(
        "http://127.0.0.1:19530",
        pattern=r"^https?://",
        description="http(s):// URL of Milvus, or of a Milvus Lite that serves",
    )
    milvus_token: SecretStr | None = Field(
        None, description="`user:password`, or the key, of Milvus; none if unset"
    )
    embedding_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="URL whose /embeddings speaks OpenAI's protocol; none if unset",
    )
    embedding_model: str | None = Field(
        None, description="name of the embedding model, as that endpoint knows it"
    )
    embedding_api_key: SecretStr | None = Field(
        None, description="key of that endpoint"
    )
    rerank_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="URL whose /rerank speaks Jina's protocol; none if unset",
    )
    rerank_model: str = Field("", description="name of the model that reranks")
    rerank_api_key: SecretStr | None = Field(None, description="key of that endpoint")
    ollama_url: str = Field(
        "http://127.0.0.1:11434",
        pattern=r"^https?://",
        description="where to look for an Ollama when nothing else is configured",
    )

    @staticmethod
    def secret(given: SecretStr | None) -> str | None:
        """Return what is not to be shown."""
        return given.get_secret_value() if given else None
