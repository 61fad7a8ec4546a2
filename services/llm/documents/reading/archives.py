"""Opens archives, and says before anything is unpacked if it would be too much."""

import io
from zipfile import BadZipFile, LargeZipFile, ZipFile

from services.llm.documents.model import (
    DocumentCorrupt,
    DocumentEncrypted,
    DocumentTooComplex,
)
from services.llm.documents.reading.bounds import MAX_ENTRIES, MAX_UNPACKED_BYTES

ENCRYPTED = 0x1


def open_archive(data: bytes) -> ZipFile:
    """
    Open an archive that unpacks to no more than may be.

    What the archive says an entry holds is all that is ever unpacked of it.
    """
    try:
        archive = ZipFile(io.BytesIO(data))
    except (BadZipFile, LargeZipFile, NotImplementedError, ValueError) as error:
        raise DocumentCorrupt from error
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise DocumentTooComplex
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise DocumentTooComplex
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise DocumentEncrypted
    return archive
