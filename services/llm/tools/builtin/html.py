"""What a page says, without what it is made of."""

import re

from lxml import etree, html

UNSEEN = (
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "iframe",
    "object",
    "head",
    "form",
    "nav",
)
BLOCKS = (
    *("p", "div", "br", "li", "ul", "ol", "dl", "dt", "dd", "tr", "table", "pre", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer"),
    *("main", "aside", "blockquote", "figure", "figcaption"),
)
SPACES = re.compile(r"[^\S\n]+")
LINES = re.compile(r"\s*\n\s*")


def text_of(page: bytes, encoding: str | None) -> str:
    """Return the title and the text of a page; empty for what is none."""
    # No DTD, no network, and a tree whose depth libxml2 bounds.
    parser = html.HTMLParser(
        encoding=encoding, no_network=True, remove_comments=True, huge_tree=False
    )
    try:
        root = html.document_fromstring(page, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    title = " ".join((root.findtext(".//title") or "").split())
    for element in root.xpath("|".join(f"//{tag}" for tag in UNSEEN)):
        element.drop_tree()
    for element in root.iter(*BLOCKS):
        element.text = "\n" + (element.text or "")
        element.tail = "\n" + (element.tail or "")
    body = LINES.sub("\n", SPACES.sub(" ", root.text_content())).strip()
    return f"{title}\n\n{body}" if title else body
