"""Cuts a text into chunks that can be found, and knows where each lies."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from langchain_text_splitters import Language, RecursiveCharacterTextSplitter

from services.llm.documents.model import Chunk, Content, Heading, Page
from services.llm.documents.reading.bounds import MAX_CHUNK, MAX_CHUNKS, MAX_SECTION

BETWEEN = " \u203a "  # headings of a path
OVERLAP = 150  # characters
NEW = MAX_CHUNK - OVERLAP  # what a chunk has that the one before has not
LEAST = NEW // 2  # a section below shares its chunk with the next
WINDOW = 20_000  # the splitter is given no more at once, however long a line is
SENTENCES = ["\n\n", "\n", "\u3002", ". ", "! ", "? ", "; ", " "]
ROWS = ["\n", " | ", " "]
TABLES = {
    "text/csv",
    "text/tab-separated-values",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LANGUAGES: Mapping[str, Language] = {
    "text/javascript": Language.JS,
    "text/markdown": Language.MARKDOWN,
    "text/x-c": Language.C,
    "text/x-c++": Language.CPP,
    "text/x-csharp": Language.CSHARP,
    "text/x-elixir": Language.ELIXIR,
    "text/x-go": Language.GO,
    "text/x-haskell": Language.HASKELL,
    "text/x-java": Language.JAVA,
    "text/x-kotlin": Language.KOTLIN,
    "text/x-lua": Language.LUA,
    "text/x-php": Language.PHP,
    "text/x-powershell": Language.POWERSHELL,
    "text/x-protobuf": Language.PROTO,
    "text/x-python": Language.PYTHON,
    "text/x-rst": Language.RST,
    "text/x-ruby": Language.RUBY,
    "text/x-rust": Language.RUST,
    "text/x-scala": Language.SCALA,
    "text/x-solidity": Language.SOL,
    "text/x-swift": Language.SWIFT,
    "text/x-tex": Language.LATEX,
    "text/x-typescript": Language.TS,
}


def split(content: Content) -> list[Chunk]:
    """Cut each page into chunks, at headings, paragraphs, sentences or rows."""
    splitter = splitter_of(content.media_type)
    overlap = 0 if content.media_type in TABLES else OVERLAP
    starts = [heading.start for heading in content.headings]
    paths = list(sections(content.headings))
    chunks: list[Chunk] = []
    for page in content.pages:
        for first, start, end in spans(page, starts, splitter):
            # The overlap does not reach back over a heading: it names another section.
            text = page.text[start - page.start : end - page.start]
            start, end = stripped(text, start)
            if start == end:
                continue
            path = bisect_right(starts, start) - 1
            if overlap and start > first:
                start = reached(page, max(first, start - overlap), start)
            if len(chunks) == MAX_CHUNKS:
                return chunks
            chunks.append(
                Chunk(
                    len(chunks),
                    start,
                    end,
                    page.number,
                    paths[path] if path >= 0 else "",
                    page.text[start - page.start : end - page.start],
                )
            )
    return chunks


def splitter_of(media_type: str) -> RecursiveCharacterTextSplitter:
    """Make the splitter of a kind: its pieces put together are the text."""
    if language := LANGUAGES.get(media_type):
        separators = RecursiveCharacterTextSplitter.get_separators_for_language(
            language
        )
        return RecursiveCharacterTextSplitter(
            [separator for separator in separators if separator],
            is_separator_regex=True,
            chunk_size=NEW,
            chunk_overlap=0,
            strip_whitespace=False,
        )
    return RecursiveCharacterTextSplitter(
        ROWS if media_type in TABLES else SENTENCES,
        keep_separator="end",
        chunk_size=NEW,
        chunk_overlap=0,
        strip_whitespace=False,
    )


def spans(
    page: Page, starts: Sequence[int], splitter: RecursiveCharacterTextSplitter
) -> Iterator[tuple[int, int, int]]:
    """Yield where the window begins, and where each piece in it begins and ends."""
    for first, last in windows(page, starts):
        at = first
        text = page.text[first - page.start : last - page.start]
        for piece in splitter.split_text(text):
            # One with nothing to part it at comes whole.
            for begin in range(0, len(piece), NEW):
                yield first, at + begin, at + min(begin + NEW, len(piece))
            at += len(piece)
        assert at == last, "the splitter lost text"


def windows(page: Page, starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Part a page at headings, and where it goes on for too long without one."""
    at, end = page.start, page.start + len(page.text)
    index = bisect_right(starts, at)
    while at < end:
        while index < len(starts) and starts[index] < at + LEAST:
            index += 1
        heading = starts[index] if index < len(starts) else end
        cut = min(heading, end)
        if cut > at + WINDOW:
            cut = at + WINDOW
            for separator in ("\n\n", "\n", " "):
                found = page.text.rfind(
                    separator, cut - WINDOW // 2 - page.start, cut - page.start
                )
                if found >= 0:
                    cut = page.start + found + len(separator)
                    break
        yield at, cut
        at = cut


def stripped(text: str, start: int) -> tuple[int, int]:
    """Return where text begins and ends without the white space around it."""
    left = len(text) - len(text.lstrip())
    kept = text.strip()
    return start + left, start + left + len(kept)


def reached(page: Page, back: int, start: int) -> int:
    """Return where the words begin that a chunk repeats of the one before."""
    before = page.text[back - page.start : start - page.start]
    for place, character in enumerate(before):
        if character.isspace():
            rest = before[place:].lstrip()
            return start - len(rest) if rest else start
    return back


def sections(headings: Sequence[Heading]) -> Iterator[str]:
    """Yield for each heading its path: those above it, and itself."""
    above: list[Heading] = []
    for heading in headings:
        while above and above[-1].level >= heading.level:
            above.pop()
        above.append(heading)
        yield BETWEEN.join(one.text for one in above)[:MAX_SECTION]
