"""What a page says, without what it is made of."""

import re

from lxml import etree, html

UNSEEN = (
    *("head", "script", "style", "noscript", "template", "svg", "iframe", "object"),
    # Of a form, what it asks for: a whole page may stand in one.
    *("nav", "input", "select", "button", "textarea", "datalist"),
)
# Where a line ends. Looked for in the bytes: a page may have a million of them, and
# the parser, which is in C, lets others run meanwhile.
BLOCK = re.compile(
    rb"<(?=/?(?:p|div|br|li|ul|ol|d[ltd]|tr|table|pre|hr|h[1-6]|section|article|header"
    rb"|footer|main|aside|blockquote|fig\w+)\b)",
    re.IGNORECASE,
)
CELL = re.compile(rb"<(?=/t[dh]\b)", re.IGNORECASE)
SPACES = re.compile(r"[^\S\n]+")
LINES = re.compile(r"\s*\n\s*")


def text_of(page: bytes, encoding: str | None) -> str:
    """Return the title and the text of a page; empty for what is none."""
    # No network, and a tree whose depth libxml2 bounds.
    parser = html.HTMLParser(
        encoding=encoding, no_network=True, remove_comments=True, huge_tree=False
    )
    parted = CELL.sub(b" <", BLOCK.sub(b"\n<", page))
    try:
        root = html.document_fromstring(parted, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    title = " ".join((root.findtext(".//title") or "").split())
    etree.strip_elements(root, *UNSEEN, with_tail=False)
    body = LINES.sub("\n", SPACES.sub(" ", str(root.text_content()))).strip()
    return f"{title}\n\n{body}" if title else body
