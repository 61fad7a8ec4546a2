"""XLSX: a page for each sheet, its rows under the names of their columns."""

from collections.abc import Iterator
from datetime import date, datetime, time

from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob
from openpyxl import load_workbook

from services.llm.documents.reading.archives import open_archive
from services.llm.documents.reading.draft import Draft
from services.llm.documents.reading.parsers.delimited import joined


class XlsxParser(BaseBlobParser):
    """Reads a workbook: what its cells show, not their formulas."""

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield sheets."""
        open_archive(blob.as_bytes()).close()
        with blob.as_bytes_io() as file:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            sheets = book.worksheets
            for number, sheet in enumerate(sheets, start=1):
                draft = Draft(number)
                draft.mark(1, sheet.title)
                # The size that a sheet claims to have is not to be believed.
                sheet.reset_dimensions()
                named = False
                for cells in sheet.iter_rows(values_only=True):
                    row = joined([shown(cell) for cell in cells]).rstrip("| ")
                    if row and not named:
                        draft.mark(2, row)
                        named = True
                    draft.row(row)
                    if draft.full:
                        break
                yield draft.document(percent=number * 100 // len(sheets))


def shown(cell: object) -> str:
    """Return what a cell shows."""
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return f"{cell:.15g}"
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat(sep=" ") if isinstance(cell, datetime) else str(cell)
    return str(cell)
