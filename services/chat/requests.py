"""The requests that chat remembers, and what they are about."""

from services.kit.requests.store import Requests

REQUESTS = Requests("conversation_id", "message_id", "resource_id")
