"""Documents of this repository, in chunks, and what might be asked of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5
from zipfile import ZipFile

import yaml

from services.llm.documents.model import Chunk

QUESTIONS = Path(__file__).with_name("questions.yaml")
# The documents as they were when the questions were written: over documents that
# change, a bar would say nothing.
CORPUS = Path(__file__).with_name("corpus.zip")
LONGEST = 1_000  # characters of a chunk


@dataclass(frozen=True)
class Asked:
    """A question, and which passages answer it."""

    ask: str
    file: str
    holds: str

    def answered_by(self, file: str, chunk: Chunk) -> bool:
        """Tell whether a passage does."""
        return file == self.file and self.holds in " ".join(chunk.text.split())


@cache
def corpus() -> Mapping[str, Sequence[Chunk]]:
    """Read the files; a document's name is its path."""
    with ZipFile(CORPUS) as files:
        return {
            name: list(chunks(files.read(name).decode())) for name in files.namelist()
        }


@cache
def questions() -> Sequence[Asked]:
    """Read the questions."""
    return [Asked(**each) for each in yaml.safe_load(QUESTIONS.read_text())]


def document_id(name: str) -> UUID:
    """Name a document as the index does."""
    return uuid5(NAMESPACE_URL, name)


def chunks(text: str) -> Iterator[Chunk]:
    """Pack paragraphs under one heading together, up to a length."""
    number, start, section, packed = 0, 0, "", ""
    for paragraph in paragraphs(text):
        heading = paragraph.startswith("#")
        if packed and (heading or len(packed) + len(paragraph) > LONGEST):
            yield Chunk(number, start, start + len(packed), 0, section, packed)
            number, start, packed = number + 1, start + len(packed), ""
        if heading:
            section = paragraph.partition("\n")[0].strip("# ")
        packed += paragraph + "\n\n"
    yield Chunk(number, start, start + len(packed), 0, section, packed)


def paragraphs(text: str) -> Iterator[str]:
    """Part a text at its empty lines; a paragraph that is too long, at its lines."""
    for paragraph in text.split("\n\n"):
        if len(paragraph) <= LONGEST:
            yield paragraph
            continue
        part = ""
        for line in paragraph.splitlines(keepends=True):
            if part and len(part) + len(line) > LONGEST:
                yield part
                part = ""
            part += line
        yield part
