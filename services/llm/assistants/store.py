"""Assistants in Postgres."""

from services.kit.postgres import Database
from services.llm.assistants.model import (
    MAX_ASSISTANTS,
    Assistant,
    AssistantNotFound,
    TooManyAssistants,
)
from services.llm.kept.store import Kept, Table

TABLE = Table(
    name="assistants",
    noun="assistant",
    row=Assistant,
    columns=(
        "display_name",
        "description",
        "instructions",
        "prompt_id",
        "model",
        "knowledge_all",
        "collections",
        "documents",
        "tools",
        "temperature",
    ),
    by_name=True,
    maximum=MAX_ASSISTANTS,
    missing=AssistantNotFound,
    too_many=TooManyAssistants,
)


class PostgresAssistants(Kept[Assistant]):
    """Stores assistants."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, TABLE)
