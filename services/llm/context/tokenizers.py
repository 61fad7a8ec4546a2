"""Tokens, counted as the model itself counts where its tokenizer is installed."""

import asyncio
import importlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from services.kit.tokens import estimate
from services.llm.context.ports import Tokenizer

log = logging.getLogger(__name__)

PIECE = 32 * 1024  # characters that are counted at once
INLINE = 4 * 1024  # characters that are counted without a thread
INLINE_ESTIMATE = 1024 * 1024
REMEMBERED = 20_000  # texts whose count is kept
SUFFIX = ".json"

# Says of a model what the operator named for it: a file, or an encoding, or nothing.
Named = Callable[[str], str]


class FileTokenizer:
    """A `tokenizer.json`, as published with open models."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, file: Path) -> "FileTokenizer":
        """Read the file; takes a while."""
        # Optional, so it is there only where an operator names tokenizers.
        tokenizers = importlib.import_module("tokenizers")
        return cls(tokenizers.Tokenizer.from_file(str(file)))

    def count(self, text: str) -> int:
        # A batch, even of one, is counted while other threads run; a single text is
        # not. Cutting it costs at most a token a cut.
        return sum(
            len(self._encode(text[start : start + PIECE]))
            for start in range(0, len(text), PIECE)
        )

    def _encode(self, piece: str) -> Sequence[int]:
        (encoded,) = self._tokenizer.encode_batch_fast(
            [piece], add_special_tokens=False
        )
        ids: Sequence[int] = encoded.ids
        return ids


class Counter:
    """Counts the tokens of texts for one model, each text once."""

    def __init__(self, tokenizer: Tokenizer | None) -> None:
        self._tokenizer = tokenizer
        self._known: OrderedDict[bytes, int] = OrderedDict()

    @property
    def exact(self) -> bool:
        """Tell whether the model would count the same."""
        return self._tokenizer is not None

    async def count(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text; long ones in a thread."""
        inline = INLINE if self._tokenizer else INLINE_ESTIMATE
        if sum(map(len, texts)) <= inline:
            return self._all(texts)
        return await asyncio.to_thread(self._all, texts)

    def _all(self, texts: Sequence[str]) -> list[int]:
        if self._tokenizer is None:
            return [estimate(text) for text in texts]
        return [self._one(self._tokenizer, text) for text in texts]

    def _one(self, tokenizer: Tokenizer, text: str) -> int:
        digest = blake2b(text.encode(), digest_size=16).digest()
        known = self._known.pop(digest, None)
        count = tokenizer.count(text) if known is None else known
        self._known[digest] = count
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return count


def unnamed(model: str) -> str:
    """Name nothing for any model."""
    return ""


class Tokenizers:
    """
    The tokenizers that the operator has, each read when it is first needed.

    A file that is named for a model comes first. Then come those of the folder:
    `gpt-4o.json` is for `gpt-4o`, and for what begins so unless another file fits
    better; in the name of a file, `--` stands for the `/` in a model's. The last is
    that of the model's encoding, as `o200k_base.json`.
    """

    def __init__(
        self, files: Mapping[str, Path] | None = None, named: Named = unnamed
    ) -> None:
        self._files = files or {}
        self._named = named
        self._counters: dict[Path, Counter] = {}
        self.estimating = Counter(None)
        self._loading = asyncio.Lock()

    @classmethod
    def of(cls, folder: Path | None, named: Named = unnamed) -> "Tokenizers":
        """Look which there are; raises `OSError` if there is no such folder."""
        files = folder.iterdir() if folder else ()
        return cls({file.stem: file for file in files if fits(file)}, named)

    async def counter(self, model: str) -> Counter:
        """Return what counts for a model: its own tokenizer, or else an estimate."""
        file = self._file(model)
        if file is None:
            return self.estimating
        if file not in self._counters:
            async with self._loading:
                if file not in self._counters:
                    self._counters[file] = await self._load(file)
        return self._counters[file]

    def _file(self, model: str) -> Path | None:
        # Nothing that a caller wrote becomes a path.
        named = self._named(model)
        if named.endswith(SUFFIX):
            return Path(named)
        name = model.replace("/", "--")
        fitting = [stem for stem in self._files if name.startswith(stem)]
        return self._files.get(max(fitting, key=len, default=named))

    async def _load(self, file: Path) -> Counter:
        try:
            return Counter(await asyncio.to_thread(FileTokenizer.load, file))
        except Exception as error:  # the library has no exceptions of its own
            log.warning(
                "a tokenizer cannot be read, so tokens are estimated",
                extra={"file": file.name, "error": str(error)},
            )
            return self.estimating


def fits(file: Path) -> bool:
    """Tell whether a file is a tokenizer, by its name."""
    return file.suffix == SUFFIX and bool(file.stem)
