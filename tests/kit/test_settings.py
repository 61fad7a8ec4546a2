"""Settings that are wrong."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from services.chat.settings import Settings as ChatSettings
from services.kit.settings import Addresses, load
from services.llm.settings import Settings as LlmSettings


def test_names_every_variable_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    monkeypatch.delenv("CHAT_DATABASE_URL", raising=False)
    monkeypatch.setenv("CHAT_REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setenv("CHAT_AUTH_ADDRESS", "")
    monkeypatch.setenv("CHAT_LLM_ADDRESS", "127.0.0.1:1,127.0.0.1:2")
    monkeypatch.setenv("CHAT_SIGNING_KEY_FILE", str(tmp_path / "none"))

    with pytest.raises(SystemExit) as caught:
        load(ChatSettings)

    assert caught.value.code == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in said] == [
        "CHAT_DATABASE_URL",
        "CHAT_AUTH_ADDRESS",
        "CHAT_SIGNING_KEY_FILE",
    ]
    assert "postgresql:// URL" in said[0]
    assert f"cannot read {tmp_path / 'none'}: No such file" in said[2]


@pytest.mark.parametrize(
    ("addresses", "good"),
    [
        ("chat.example:50051", True),
        ("[::1]:50051", True),
        ("10.0.0.1:1,10.0.0.2:1,10.0.0.3:1", True),
        ("chat.example", False),
        ("one.example:1,two.example:1", False),
        ("10.0.0.1:1,", False),
        ("10.0.0.1:1, 10.0.0.2:1", False),
        ("unix:/run/parley/chat.sock", True),
        ("unix:chat.sock", False),
        ("unix:/run/one.sock,unix:/run/two.sock", False),
    ],
)
def test_several_addresses_are_numbers(addresses: str, good: bool):
    adapter = TypeAdapter(Addresses)

    if good:
        assert adapter.validate_python(addresses) == addresses
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python(addresses)


def test_says_what_a_wrong_value_should_be_and_keeps_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("LLM_AUTH_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("LLM_DATABASE_URL", "postgresql://127.0.0.1/llm")
    monkeypatch.setenv("LLM_REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setenv("OPENAI_BASE_URL", "ftp://example")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    with pytest.raises(SystemExit):
        load(LlmSettings)

    said = capsys.readouterr().err
    assert said.startswith("OPENAI_BASE_URL: ")
    assert "sk-secret" not in said


def test_a_folder_of_tokenizers_that_is_not_there_is_named_at_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    monkeypatch.setenv("LLM_AUTH_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("LLM_DATABASE_URL", "postgresql://127.0.0.1/llm")
    monkeypatch.setenv("LLM_REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setenv("LLM_TOKENIZERS_FOLDER", str(tmp_path / "none"))

    with pytest.raises(SystemExit):
        load(LlmSettings)

    assert capsys.readouterr().err.startswith("LLM_TOKENIZERS_FOLDER: ")
