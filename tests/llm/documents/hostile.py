"""Files that mean harm, or were harmed."""

import io
from zipfile import ZIP_DEFLATED, ZipFile

from pypdf import PdfReader, PdfWriter

from tests.llm.documents.files import altered, make_docx, make_pdf, pdf_of, stream

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LAUGHS = "".join(
    f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10)
)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def encrypted_pdf(password: str) -> bytes:
    """Make a PDF that opens with a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make_pdf(["Between us"]))))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    with io.BytesIO() as file:
        writer.write(file)
        return file.getvalue()


def slow_pdf(pages: int = 200) -> bytes:
    """Make a small PDF that keeps a reader busy for minutes."""
    drawing = stream(b"BT /F 9 Tf " + b"(a) Tj 1 0 Td " * 1_000_000)
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R"
        b" /Resources << /Font << /F 5 0 R >> >> >>"
    )
    kids = b"3 0 R " * pages
    tree = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids)
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", tree, page, drawing, font])


def cyclic_pdf() -> bytes:
    """Make a PDF whose tree of pages holds itself."""
    tree = b"<< /Type /Pages /Count 9 /Kids [2 0 R 2 0 R] >>"
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", tree])


def deep_pdf(depth: int = 50_000) -> bytes:
    """Make a PDF whose only page lies deep in its tree."""
    tree = [
        b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (at + 3) for at in range(depth)
    ]
    page = b"<< /Type /Page /MediaBox [0 0 9 9] >>"
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", *tree, page])


def unfolding_pdf() -> bytes:
    """Make a PDF with an array that lies 100,000 deep."""
    tree = b"<< /Type /Pages /Count 1 /Kids " + b"[" * 100_000
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", tree])


def bomb(whole: bytes, copies: int = 100) -> bytes:
    """Put 64 MiB into an archive, and name them many times."""
    with io.BytesIO(whole) as file:
        with ZipFile(file, "a", ZIP_DEFLATED) as archive:
            archive.writestr("word/media/0.xml", bytes(64 * 1024 * 1024))
            entry = archive.infolist()[-1]
            for _ in range(copies):
                archive.filelist.append(entry)
        return file.getvalue()


def laughing_docx() -> bytes:
    """Make a DOCX whose text is a billion laughs."""
    return altered(
        make_docx(["Fine"]),
        {
            "word/document.xml": (
                f'<!DOCTYPE d [<!ENTITY l0 "ha">{LAUGHS}]><w:document xmlns:w="{WORD}">'
                "<w:body><w:p><w:r><w:t>before &l9; after</w:t></w:r></w:p></w:body>"
                "</w:document>"
            ).encode()
        },
    )


def asking_docx(address: str) -> bytes:
    """Make a DOCX whose text is what lies at an address."""
    return altered(
        make_docx(["Fine"]),
        {
            "word/document.xml": (
                f'<!DOCTYPE d [<!ENTITY x SYSTEM "{address}">]>'
                f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>before &x; after'
                "</w:t></w:r></w:p></w:body></w:document>"
            ).encode()
        },
    )


def locked(archive: bytes) -> bytes:
    """Say of each entry of an archive that it is encrypted."""
    data = bytearray(archive)
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = data.find(mark)
        while at >= 0:
            data[at + place] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)
