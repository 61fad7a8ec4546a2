"""Files as people have them, made here."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping, Sequence
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import openpyxl
import pptx

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06"
    b"\x00\x00\x00\x1f\x15\xc4\x89"
)
SCAN = None  # a page that is only a picture


def pdf_of(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Put a PDF together; object 1 is its catalogue."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """Make the body of an object that holds data."""
    packed = zlib.compress(data)
    head = b"<< /Length %d /Filter /FlateDecode %s >>" % (len(packed), entries)
    return head + b"\nstream\n" + packed + b"\nendstream"


def make_pdf(
    pages: Sequence[str | None],
    *,
    outline: Sequence[tuple[str, int]] = (),
    catalogue: bytes = b"",
) -> bytes:
    """Make a PDF of pages of Latin text, or `SCAN`; its outline counts from 1."""
    objects = [b"", b""]  # the catalogue and the pages come last

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    font = add(
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica"
        b" /Encoding /WinAnsiEncoding >>"
    )
    picture = add(
        stream(
            b"\0",
            b"/Type /XObject /Subtype /Image /Width 1 /Height 1"
            b" /BitsPerComponent 8 /ColorSpace /DeviceGray",
        )
    )
    resources = b"<< /Font << /F %d 0 R >> >>" % font
    pictured = b"<< /XObject << /I %d 0 R >> >>" % picture
    numbers = []
    for text in pages:
        content = add(
            stream(b"q 600 0 0 800 0 0 cm /I Do Q" if text is None else written(text))
        )
        numbers.append(
            add(
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792]"
                b" /Contents %d 0 R /Resources %s >>"
                % (content, pictured if text is None else resources)
            )
        )
    root = b"/Type /Catalog /Pages 2 0 R " + catalogue
    if outline:
        first = len(objects) + 1
        for at, (title, page) in enumerate(outline):
            following = b"/Next %d 0 R" % (first + at + 1)
            add(
                b"<< /Title (%s) /Parent %d 0 R /Dest [%d 0 R /Fit] %s >>"
                % (
                    escaped(title),
                    first + len(outline),
                    numbers[page - 1],
                    following if at + 1 < len(outline) else b"",
                )
            )
        top = add(
            b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>"
            % (first, first + len(outline) - 1, len(outline))
        )
        root += b" /Outlines %d 0 R" % top
    objects[0] = b"<< %s >>" % root
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(numbers), kids)
    return pdf_of(objects)


def written(text: str) -> bytes:
    """Make the drawing of lines of text."""
    lines = b"".join(b"(%s) Tj T*\n" % escaped(line) for line in text.splitlines())
    return b"BT /F 11 Tf 14 TL 50 740 Td\n%sET" % lines


def escaped(text: str) -> bytes:
    """Make a string of a PDF."""
    data = text.encode("cp1252")
    for character in (b"\\", b"(", b")"):
        data = data.replace(character, b"\\" + character)
    return data


def make_docx(
    paragraphs: Sequence[str], *, table: Sequence[Sequence[str]] = ()
) -> bytes:
    """Make a DOCX; paragraphs that begin with `# `, `## ` and so on are headings."""
    document = docx.Document()
    for text in paragraphs:
        hashes = len(text) - len(text.lstrip("#"))
        if hashes:
            document.add_heading(text[hashes:].strip(), level=hashes)
        else:
            document.add_paragraph(text)
    if table:
        made = document.add_table(rows=len(table), cols=len(table[0]))
        for row, cells in enumerate(table):
            for column, cell in enumerate(cells):
                made.cell(row, column).text = cell
    return saved(document.save)


def make_pptx(slides: Sequence[tuple[str, str]], *, notes: str = "") -> bytes:
    """Make a PPTX of slides, each a title and what stands under it."""
    show = pptx.Presentation()
    for title, text in slides:
        slide = show.slides.add_slide(show.slide_layouts[1])
        assert slide.shapes.title
        slide.shapes.title.text_frame.text = title
        slide.placeholders[1].text_frame.text = text
        if notes:
            frame = slide.notes_slide.notes_text_frame
            assert frame
            frame.text = notes
    return saved(show.save)


def make_xlsx(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """Make an XLSX."""
    book = openpyxl.Workbook()
    assert book.active
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return saved(book.save)


def make_epub(chapters: Sequence[str], **others: bytes) -> bytes:
    """Make an EPUB of chapters, each the body of a page of HTML."""
    names = [f"chapter {number}.xhtml" for number in range(len(chapters))]
    items = "".join(
        f'<item id="c{at}" href="{name.replace(" ", "%20")}"'
        ' media-type="application/xhtml+xml"/>'
        for at, name in enumerate(names)
    )
    spine = "".join(f'<itemref idref="c{at}"/>' for at in range(len(names)))
    entries = {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": (
            b'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
            b'<rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
        ),
        "OEBPS/book.opf": (
            '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
            f"{items}</manifest><spine>{spine}</spine></package>"
        ).encode(),
        **{
            f"OEBPS/{name}": (
                '<?xml version="1.0"?><!DOCTYPE html><html xmlns='
                f'"http://www.w3.org/1999/xhtml"><body>{body}</body></html>'
            ).encode()
            for name, body in zip(names, chapters, strict=True)
        },
        **{f"META-INF/{name}.xml": data for name, data in others.items()},
    }
    return make_zip(entries)


def make_zip(entries: Mapping[str, bytes]) -> bytes:
    """Make an archive."""
    with io.BytesIO() as file:
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            for name, data in entries.items():
                archive.writestr(name, data)
        return file.getvalue()


def altered(archive: bytes, entries: Mapping[str, bytes]) -> bytes:
    """Return an archive with some of its entries put in another's place."""
    with ZipFile(io.BytesIO(archive)) as read:
        old = {name: read.read(name) for name in read.namelist()}
    return make_zip({**old, **entries})


def saved(save: object) -> bytes:
    """Return what is saved."""
    with io.BytesIO() as file:
        assert callable(save)
        save(file)
        return file.getvalue()
