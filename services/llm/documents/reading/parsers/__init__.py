"""One parser a kind of file, each a LangChain `BaseBlobParser`."""

import importlib
from collections.abc import Mapping

from langchain_core.document_loaders import BaseBlobParser

from services.llm.documents.reading.naming import DOCX, PPTX, TEXTS, XLSX

# By name, because each is imported only when a file is of its kind.
PARSERS: Mapping[str, str] = {
    **dict.fromkeys(TEXTS.values(), "text.TextParser"),
    "application/epub+zip": "epub.EpubParser",
    "application/json": "json.JsonParser",
    "application/pdf": "pdf.PdfParser",
    "message/rfc822": "mail.MailParser",
    "text/csv": "delimited.DelimitedParser",
    "text/html": "html.HtmlParser",
    "text/markdown": "markdown.MarkdownParser",
    "text/tab-separated-values": "delimited.DelimitedParser",
    DOCX: "docx.DocxParser",
    PPTX: "pptx.PptxParser",
    XLSX: "xlsx.XlsxParser",
}


def parser_of(media_type: str) -> BaseBlobParser:
    """Make the parser of a kind."""
    module, name = PARSERS[media_type].split(".")
    parser: BaseBlobParser = getattr(
        importlib.import_module(f"{__name__}.{module}"), name
    )()
    return parser
