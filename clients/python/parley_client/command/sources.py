"""The places that an answer rests on."""

from collections.abc import Iterable

from rich.text import Text

from parley_client import Citation, Parley
from parley_client.command.failures import complain
from parley_client.command.harmless import harmless, one_line
from parley_client.command.screen import console, note

AROUND = 400  # characters before and after a passage


def show_sources(citations: Iterable[Citation]) -> None:
    """List the places by their numbers, beside the answer."""
    found = sorted(citations, key=lambda each: each.number)
    if found:
        note("\n" + "\n".join(f"[{each.number}] {where(each)}" for each in found))


def where(citation: Citation) -> str:
    """Say where a passage is, on one line."""
    name = one_line(citation.display_name) or "(a document without a name)"
    page = f", p. {citation.page}" if citation.page else ""
    section = one_line(citation.section)
    return f"{name}{page}" + (f" · {section}" if section else "")


async def show_source(
    parley: Parley, citations: Iterable[Citation], number: int
) -> None:
    """Show a passage at its place in the document."""
    meant = next((each for each in citations if each.number == number), None)
    if not meant:
        complain(f"There is no source {number}. See /sources")
        return
    await show_passage(parley, meant)


async def show_passage(parley: Parley, citation: Citation) -> None:
    """Print a passage, and what stands around it."""
    read = await parley.documents.read(citation.document, offset=citation.start_offset)
    page = read.page
    start = max(0, citation.start_offset - page.start_offset)
    end = max(start, citation.end_offset - page.start_offset)
    before, after = page.text[:start], page.text[end:]
    shown = Text()
    shown.append(harmless(cut_before(before)), style="dim")
    shown.append(harmless(page.text[start:end]), style="bold")
    shown.append(harmless(cut_after(after)), style="dim")
    console().print(Text(where(citation), style="cyan"), soft_wrap=True)
    console().print(shown, soft_wrap=True)


def cut_before(text: str) -> str:
    """Return the end of a text."""
    return text if len(text) <= AROUND else f"…{text[-AROUND:]}"


def cut_after(text: str) -> str:
    """Return the beginning of a text."""
    return text if len(text) <= AROUND else f"{text[:AROUND]}…"
