"""The tables of `docs/asvs.md`: what the tests of this tree are marked with."""

from collections.abc import Iterator

from tools.asvs.catalogue import COUNTED, Catalogue, order
from tools.asvs.coverage import CHAPTERS, Count, Coverage
from tools.asvs.findings import ROOT

DOCUMENT = ROOT / "docs/asvs.md"
BEGINS = "<!-- What `make asvs ARGS=--write` counted begins here. -->"
ENDS = "<!-- What `make asvs ARGS=--write` counted ends here. -->"


def tables(coverage: Coverage) -> str:
    """Write both tables."""
    return "\n".join(
        [
            *chapters(coverage),
            "",
            *missing(coverage),
            "",
            *inapplicable(coverage.catalogue),
        ]
    )


def chapters(coverage: Coverage) -> Iterator[str]:
    """Count the chapters and all of it."""
    yield "| chapter | about | level 1 | level 2 | proved / applicable | of |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for chapter, about in CHAPTERS.items():
        yield row(coverage, chapter, f"V{chapter} | {about}")
    yield row(coverage, None, "all | ")


def row(coverage: Coverage, chapter: int | None, title: str) -> str:
    """Write one chapter."""
    both = coverage.of(*COUNTED, chapter=chapter)
    one, two = (coverage.of(level, chapter=chapter) for level in COUNTED)
    percent = f" ({both.percent} %)" if both.applicable else ""
    return (
        f"| {title} | {fraction(one)} | {fraction(two)} "
        f"| {fraction(both)}{percent} | {both.total} |"
    )


def fraction(count: Count) -> str:
    """Write a count; a dash where nothing applies."""
    return f"{count.proved} / {count.applicable}" if count.applicable else "-"


def missing(coverage: Coverage) -> Iterator[str]:
    """List what no test proves."""
    yield "Applies, and no test proves it: " + ", ".join(coverage.missing()) + "."


def inapplicable(catalogue: Catalogue) -> Iterator[str]:
    """List what does not apply, and why."""
    yield "| does not apply | because |"
    yield "| --- | --- |"
    groups: dict[str, list[str]] = {}
    for name in sorted(catalogue.reasons, key=order):
        groups.setdefault(catalogue.reasons[name], []).append(name)
    for reason, names in groups.items():
        yield f"| {', '.join(names)} | {reason} |"


def published() -> str:
    """Read what the page says."""
    return DOCUMENT.read_text().partition(BEGINS)[2].partition(ENDS)[0].strip()


def publish(text: str) -> None:
    """Write it there."""
    before, _, rest = DOCUMENT.read_text().partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    DOCUMENT.write_text(f"{before}{BEGINS}\n\n{text}\n\n{ENDS}{after}")
