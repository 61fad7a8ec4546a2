"""The file with providers and models."""

from pathlib import Path

import pytest

from services.kit.yaml_file import Unreadable
from services.llm.catalogue.file import read_models
from services.llm.model import Model, Price

ENVIRONMENT = {"KEY_A": "sk-a", "KEY_B": "sk-b"}
FILE = """\
default: fast
providers:
  - name: main
    type: openai
    keys: [KEY_A, KEY_B]
    concurrency: 20
  - name: own
    type: openai_compatible
    url: http://127.0.0.1:8000/v1
models:
  - id: fast
    provider: main
    upstream: gpt-4o-mini
    fallback: [local]
  - id: local
    provider: own
    upstream: qwen
    display_name: Our own
    window: 32000
    max_output: 4000
    capabilities: [tools]
    price: {input: 0.5, output: 2, as_of: 2026-11-01}
    tokenizer: /models/qwen/tokenizer.json
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "models.yaml"
    path.write_text(FILE)
    return path


def test_a_file_says_who_runs_which_models(path: Path):
    catalogue = read_models(path, ENVIRONMENT)

    main, own = catalogue.endpoints
    assert (main.name, main.type, main.concurrency) == ("main", "openai", 20)
    assert main.key_names == ("KEY_A", "KEY_B")
    assert own.url == "http://127.0.0.1:8000/v1"
    assert catalogue.default == "fast"
    local = catalogue.entries["local"]
    assert local.model == Model(
        "local",
        "own",
        display_name="Our own",
        window=32_000,
        max_output=4_000,
        capabilities=frozenset({"tools"}),
        price=Price(500_000, 2_000_000),
    )
    assert local.tokenizer == "/models/qwen/tokenizer.json"


def test_what_a_file_does_not_say_is_what_is_known_of_the_model(path: Path):
    fast = read_models(path, ENVIRONMENT).entries["fast"]

    assert fast.model.window == 128_000
    assert fast.model.price == Price(150_000, 600_000)
    assert "vision" in fast.model.capabilities
    assert fast.tokenizer == "o200k_base"


def test_the_environment_may_name_another_default(path: Path):
    assert (
        read_models(path, {**ENVIRONMENT, "PARLEY_MODEL": "local"}).default == "local"
    )
    with pytest.raises(Unreadable, match="PARLEY_MODEL names 'x', which is not in"):
        read_models(path, {**ENVIRONMENT, "PARLEY_MODEL": "x"})


def test_a_key_is_never_in_the_catalogue(path: Path):
    assert "sk-" not in repr(read_models(path, ENVIRONMENT))


@pytest.mark.parametrize(
    ("was", "now", "message"),
    [
        ("type: openai\n", "type: opanai\n", "line 4, providers[0].type: Input should"),
        ("concurrency: 20", "concurency: 20", "line 6, providers[0].concurency: Extra"),
        (
            "input: 0.5",
            "input: -0.5",
            "line 22, models[1].price.input: Input should be",
        ),
        ("id: local", "id: fast", "line 15, models[1].id: there are two models 'fast'"),
        (
            "name: own",
            "name: main",
            "line 7, providers[1].name: there are two provider",
        ),
        ("provider: own", "provider: onw", "no such provider; there are: main, own"),
        ("[local]", "[lokal]", "line 14, models[0].fallback[0]: is no other model of"),
        ("[local]", "[fast]", "models[0].fallback[0]: is no other model of this file"),
        ("default: fast", "default: slow", "line 1, default: there is no model 'slow'"),
        (
            "[KEY_A, KEY_B]",
            "[sk-abc123]",
            "line 5, providers[0].keys[0]: String should",
        ),
        (
            "    keys: [KEY_A, KEY_B]\n",
            "",
            "a provider of type openai needs `keys`: the",
        ),
        ("    url: http://127.0.0.1:8000/v1\n", "", "openai_compatible needs a `url`"),
        ("KEY_B", "KEY_C", "providers[0].keys: the environment variable KEY_C is not"),
        ("[tools]", "[smell]", "line 21, models[1].capabilities[0]: Input should be"),
        (
            "window: 32000",
            "window: 32k",
            "line 19, models[1].window: Input should be a",
        ),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place_and_what_to_write(
    path: Path, was: str, now: str, message: str
):
    assert was in FILE
    path.write_text(FILE.replace(was, now))

    with pytest.raises(Unreadable) as caught:
        read_models(path, ENVIRONMENT)

    assert message in str(caught.value)
