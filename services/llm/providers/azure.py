"""Azure OpenAI: OpenAI's chat completions at addresses and with keys of its own."""

from collections.abc import Sequence
from urllib.parse import quote

import aiohttp

from services.llm.providers.beat import Beat
from services.llm.providers.endpoint import PATIENCE, Patience
from services.llm.providers.openai import OpenAiProvider

API_VERSION = "2024-10-21"


class AzureProvider(OpenAiProvider):
    """Asks the deployments of one resource, which are its models."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        key: str,
        models: Sequence[str],
        name: str = "azure",
        model: str | None = None,
        api_version: str = API_VERSION,
        beat: Beat | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        super().__init__(
            session,
            url=url,
            name=name,
            model=model,
            models=models,
            beat=beat,
            patience=patience,
        )
        self._headers["api-key"] = key
        self._api_version = api_version

    @property
    def _list_path(self) -> None:
        """Deployments are not listed to those who may only ask them."""

    def _path(self, model: str) -> str:
        deployment = quote(model, safe="")
        version = quote(self._api_version, safe="")
        return (
            f"/openai/deployments/{deployment}/chat/completions?api-version={version}"
        )
