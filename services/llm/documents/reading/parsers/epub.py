"""EPUB: the chapters of a book in their order."""

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote
from zipfile import ZipFile

from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob
from lxml import etree

from services.llm.documents.model import DocumentCorrupt, DocumentEncrypted
from services.llm.documents.reading.archives import open_archive
from services.llm.documents.reading.decoding import decode
from services.llm.documents.reading.draft import Draft
from services.llm.documents.reading.parsers.html import write

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
# Fonts are scrambled in books that anyone may read.
FONTS = {
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#RC",
}
CHAPTERS = {"application/xhtml+xml", "text/html"}


class EpubParser(BaseBlobParser):
    """Reads a book."""

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield all of it."""
        draft = Draft()
        with open_archive(blob.as_bytes()) as archive:
            refuse_encrypted(archive)
            names = set(archive.namelist())
            for chapter in chapters(archive):
                if chapter in names and not draft.full:
                    write(decode(archive.read(chapter)) or "", draft)
        yield draft.document()


def refuse_encrypted(archive: ZipFile) -> None:
    """Refuse a book of which more than its fonts is encrypted."""
    if ENCRYPTION not in archive.namelist():
        return
    for method in tree(archive, ENCRYPTION).iter("{*}EncryptionMethod"):
        if method.get("Algorithm") not in FONTS:
            raise DocumentEncrypted


def chapters(archive: ZipFile) -> Iterator[str]:
    """Yield the names of the chapters in the order of reading."""
    root = tree(archive, CONTAINER).find(".//{*}rootfile")
    path = root.get("full-path") if root is not None else None
    if not path or path not in archive.namelist():
        raise DocumentCorrupt
    package = tree(archive, path)
    items = {
        item.get("id"): item.get("href", "")
        for item in package.iter("{*}item")
        if item.get("media-type") in CHAPTERS
    }
    folder = posixpath.dirname(path)
    for reference in package.iter("{*}itemref"):
        if href := items.get(reference.get("idref")):
            yield posixpath.normpath(posixpath.join(folder, unquote(href)))


def tree(archive: ZipFile, name: str) -> etree._Element:
    """Parse a small file; what it calls by reference stays unresolved."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(archive.read(name), parser)
