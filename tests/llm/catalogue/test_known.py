"""What is known of well-known models."""

import pytest

from services.llm.catalogue.known import known_entries
from services.llm.catalogue.model import OTHER, Catalogue, without_date
from services.llm.model import Model, Price

CATALOGUE = Catalogue(
    endpoints=(), entries={}, known=known_entries(), default="house-model"
)


def test_every_known_model_says_all_about_itself():
    for name, entry in CATALOGUE.known.items():
        model = entry.model
        assert model.display_name
        assert 0 < model.max_output <= model.window, name
        assert 0 < model.price.input <= model.price.output, name


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("claude-sonnet-4-20250514", "claude-sonnet-4"),
        ("claude-3-5-haiku-latest", "claude-3-5-haiku"),
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("llama-3.2", "llama-3.2"),
        ("", ""),
    ],
)
def test_a_snapshot_is_known_as_its_model(name: str, stem: str):
    assert without_date(name) == stem


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("claude-opus-5", "claude-opus-5"),
        ("claude-opus-5-5", "claude-opus-5-5"),
        ("claude-opus-5-6", ""),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("gpt-6", ""),
        ("gpt-6-mini", ""),
        ("gpt-6-sol", "gpt-6-sol"),
        ("gpt-6.1-sol", "gpt-6.1-sol"),
        ("gpt-6.1-sol-pro", ""),
        ("gpt-5.4-mini-2026-03-17", "gpt-5.4-mini"),
        ("gemini-3.5-flash-lite", "gemini-3.5-flash-lite"),
        ("gemini-3.1-pro", ""),
    ],
)
def test_no_model_is_taken_for_another_whose_name_begins_alike(name: str, known: str):
    entry = CATALOGUE.known_as(name)

    assert (entry.upstream if entry else "") == known


def test_every_known_model_is_found_by_the_name_of_a_snapshot():
    for name, entry in CATALOGUE.known.items():
        assert CATALOGUE.known_as(f"{name}-20261127") is entry, name
        assert CATALOGUE.known_as(f"{name}-2026-11-27") is entry, name


def test_a_listed_model_is_described_by_what_is_known():
    described = CATALOGUE.describe(Model("gpt-4o-2024-08-06", "openai"))

    assert described.id == "gpt-4o-2024-08-06"
    assert described.provider == "openai"
    assert described.window == 128_000
    assert described.price == Price(2_500_000, 10_000_000)


def test_what_a_provider_says_itself_stays():
    described = CATALOGUE.describe(Model("gpt-4o", "own", window=8_000))

    assert (described.provider, described.window) == ("own", 8_000)


def test_nothing_is_made_up_about_a_model_that_nobody_knows():
    assert CATALOGUE.describe(Model("llama3.2", "ollama")) == Model(
        "llama3.2", "ollama"
    )


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("", "house-model"),
        ("house-model", "house-model"),
        ("made-up", OTHER),
    ],
)
def test_names_that_callers_make_up_have_no_account_of_their_own(name: str, label: str):
    assert CATALOGUE.account(name)[0] == label
