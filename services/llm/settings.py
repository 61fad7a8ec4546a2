"""What the environment decides."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.kit.settings import Addresses, KeySetFile, ServiceSettings


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
    milvus_uri: str | None = Field(
        None,
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
