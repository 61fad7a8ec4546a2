"""The files that keys come from, and what a service says when one is wrong."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from services.kit.jwk import read_key_set, to_jwk
from services.kit.settings import load
from services.llm.settings import Settings as LlmSettings

KEY = ec.generate_private_key(ec.SECP256R1())
JWK = to_jwk(KEY)
PRIVATE = {**ECAlgorithm.to_jwk(KEY, as_dict=True), "kid": JWK["kid"]}
OTHER_CURVE = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()), as_dict=True)
NAMELESS = {name: value for name, value in JWK.items() if name != "kid"}
SECRET = {"kty": "oct", "k": "AAAA", "kid": "x", "alg": "HS256"}


def test_reads_a_key_set(tmp_path: Path):
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [JWK]}))

    assert read_key_set(file) == [JWK]


def test_what_other_programs_write_beside_a_key_is_not_taken(tmp_path: Path):
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [{**JWK, "key_ops": ["verify"], "x5t": "?"}]}))

    assert read_key_set(file) == [JWK]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        "7",
        "\udcff",
        '{"keys": []}',
        '{"keys": 7}',
        '{"keys": [7]}',
        '{"keys": [{}]}',
        json.dumps({"keys": [PRIVATE]}),
        json.dumps({"keys": [OTHER_CURVE]}),
        json.dumps({"keys": [NAMELESS]}),
        json.dumps({"keys": [{**JWK, "kid": 7}]}),
        json.dumps({"keys": [SECRET]}),
        json.dumps({"keys": [{**JWK, "y": JWK["x"]}]}),
        json.dumps({"keys": [JWK, {}]}),
    ],
)
def test_another_key_set_is_refused(tmp_path: Path, content: str):
    file = tmp_path / "jwks.json"
    file.write_text(content, errors="surrogateescape")

    with pytest.raises(ValueError, match="expected a JWK set of public keys on P-256"):
        read_key_set(file)


def test_llm_says_which_setting_names_a_file_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    monkeypatch.setenv("LLM_AUTH_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("LLM_DATABASE_URL", "postgresql://nobody@nowhere/none")
    monkeypatch.setenv("LLM_REDIS_URL", "redis://nowhere")
    monkeypatch.setenv("LLM_TRUSTED_KEYS_FILE", str(tmp_path / "none"))

    with pytest.raises(SystemExit):
        load(LlmSettings)

    said = capsys.readouterr().err
    assert said.startswith("LLM_TRUSTED_KEYS_FILE: ")
    assert f"cannot read {tmp_path / 'none'}: No such file or directory" in said
