"""Settings that are wrong."""

import pytest

from services.chat.settings import Settings as ChatSettings
from services.kit.settings import load
from services.llm.settings import Settings as LlmSettings


def test_names_every_variable_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("CHAT_DATABASE_URL", raising=False)
    monkeypatch.setenv("CHAT_AUTH_ADDRESS", "")
    monkeypatch.setenv("CHAT_LLM_ADDRESS", "127.0.0.1:1")

    with pytest.raises(SystemExit) as caught:
        load(ChatSettings)

    assert caught.value.code == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in said] == [
        "CHAT_DATABASE_URL",
        "CHAT_AUTH_ADDRESS",
    ]
    assert "postgresql:// URL" in said[0]


def test_says_what_a_wrong_value_should_be_and_keeps_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("LLM_AUTH_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("OPENAI_BASE_URL", "ftp://example")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    with pytest.raises(SystemExit):
        load(LlmSettings)

    said = capsys.readouterr().err
    assert said.startswith("OPENAI_BASE_URL: ")
    assert "sk-secret" not in said
