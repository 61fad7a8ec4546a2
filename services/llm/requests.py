"""The requests that llm remembers, and what they are about."""

from services.kit.requests.store import Requests

REQUESTS = Requests("resource_id")
