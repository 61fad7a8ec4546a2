"""Tokens are counted by the model's own tokenizer if its file is there."""

import asyncio
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from services.kit.tokens import estimate
from services.llm.catalogue.known import known_entries
from services.llm.catalogue.model import Catalogue, Entry
from services.llm.context.filling import Windows
from services.llm.context.model import Content
from services.llm.context.summaries import NoSummaries
from services.llm.context.tokenizers import Counter, Tokenizers
from services.llm.model import Model
from tests.llm.generation.parts import ME, said

LEARNT = "the notice period is three months to the end of a quarter"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small tokenizer, trained here, of the model `scripted`."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator([LEARNT] * 10, trainer)
    folder = tmp_path_factory.mktemp("tokenizers")
    tokenizer.save(str(folder / "scripted.json"))
    (folder / "README.md").write_text("of Parley's tests")
    return folder


async def test_a_text_has_as_many_tokens_as_the_model_would_make_of_it(folder: Path):
    whole = Tokenizer.from_file(str(folder / "scripted.json"))
    counter = await Tokenizers.of(folder).counter("scripted")

    texts = ["", LEARNT, "Straße 你好", "x" * 1_000]

    assert counter.exact
    assert await counter.count(texts) == [len(whole.encode(text)) for text in texts]


@pytest.mark.parametrize("model", ["other", "", "../scripted", "scripte"])
async def test_any_other_model_is_estimated(folder: Path, model: str):
    counter = await Tokenizers.of(folder).counter(model)

    assert not counter.exact
    assert await counter.count([LEARNT, "你好"]) == [estimate(LEARNT), 2]


async def test_the_file_whose_name_fits_best_counts(folder: Path, tmp_path: Path):
    for name in ("acme--small.json", "acme--small-2.json"):
        (tmp_path / name).write_bytes((folder / "scripted.json").read_bytes())
    tokenizers = Tokenizers.of(tmp_path)

    one = await tokenizers.counter("acme/small")
    two = await tokenizers.counter("acme/small-2-preview")

    assert one.exact
    assert two.exact
    assert one is not two
    assert await tokenizers.counter("acme/small-1") is one


def catalogue(tokenizer: str) -> Catalogue:
    """Name a tokenizer for the model `own`; others are as Parley knows them."""
    own = Entry(model=Model("own", "any"), upstream="own", tokenizer=tokenizer)
    return Catalogue(endpoints=(), entries={"own": own}, known=known_entries())


async def test_the_file_that_is_named_for_a_model_counts(folder: Path, tmp_path: Path):
    (tmp_path / "own.json").write_text("{}")
    named = catalogue(str(folder / "scripted.json")).tokenizer
    tokenizers = Tokenizers.of(tmp_path, named)

    assert (await tokenizers.counter("own")).exact
    assert not (await tokenizers.counter("other")).exact


async def test_the_file_of_a_models_encoding_counts_unless_it_has_its_own(
    folder: Path, tmp_path: Path
):
    for name in ("o200k_base.json", "gpt-4o-mini.json"):
        (tmp_path / name).write_bytes((folder / "scripted.json").read_bytes())
    tokenizers = Tokenizers.of(tmp_path, catalogue("o200k_base").tokenizer)

    own = await tokenizers.counter("own")

    assert own.exact
    assert await tokenizers.counter("gpt-4o-2024-08-06") is own
    assert await tokenizers.counter("gpt-4o-mini-2024-07-18") is not own
    assert not (await tokenizers.counter("other")).exact


@pytest.mark.parametrize("tokenizer", ["/nowhere/tokenizer.json", "o200k_base"])
async def test_without_the_file_that_is_named_tokens_are_estimated(
    tmp_path: Path, tokenizer: str
):
    tokenizers = Tokenizers.of(tmp_path, catalogue(tokenizer).tokenizer)

    counter = await tokenizers.counter("own")

    assert await counter.count([LEARNT]) == [estimate(LEARNT)]


async def test_a_file_that_is_no_tokenizer_is_no_reason_not_to_answer(tmp_path: Path):
    (tmp_path / "scripted.json").write_text('{"model": 7}')
    tokenizers = Tokenizers.of(tmp_path)

    counter = await tokenizers.counter("scripted")

    assert not counter.exact
    assert await counter.count([LEARNT]) == [estimate(LEARNT)]


async def test_without_a_folder_everything_is_estimated():
    counter = await Tokenizers.of(None).counter("scripted")

    assert not counter.exact


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        Tokenizers.of(tmp_path / "missing")


async def test_counting_a_long_text_keeps_nobody_waiting(folder: Path):
    counter = await Tokenizers.of(folder).counter("scripted")
    text = " ".join(f"{number:x}" for number in range(300_000))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    running = asyncio.create_task(others())
    (tokens,) = await counter.count([text])
    running.cancel()

    assert tokens > 300_000
    assert turns > 20


class Tally:
    """Counts characters, and remembers which texts it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def count(self, text: str) -> int:
        self.asked.append(text)
        return len(text)


async def test_a_text_is_counted_once():
    tally = Tally()
    counter = Counter(tally)

    first = await counter.count(["one", "three"])
    again = await counter.count(["three", "one", "two"])

    assert (first, again) == ([3, 5], [5, 3, 3])
    assert tally.asked == ["one", "three", "two"]


async def test_a_window_counted_by_the_models_own_tokenizer_is_exact(folder: Path):
    windows = Windows(Tokenizers.of(folder), NoSummaries(), NoSummaries())
    content = Content(turns=said(LEARNT))
    model = Model("scripted", "openai", window=1_000)
    whole = Tokenizer.from_file(str(folder / "scripted.json"))

    filled = await windows.fill(ME, model, content)

    assert filled.fill.exact
    assert filled.fill.turns == len(whole.encode(LEARNT)) + 4
