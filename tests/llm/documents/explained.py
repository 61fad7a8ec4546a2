"""Statements about collections and documents, over tables with enough in them."""

from typing import Any, LiteralString
from uuid import UUID

from services.llm.documents.store import (
    collections,
    documents,
    files,
    jobs_sql,
    readership,
    rubbish,
    sql,
)
from services.llm.erasure import store as erasures
from tests.explaining import Case

USER = UUID("00000000-0000-7000-8000-00000000abcd")  # who has a quarter of everything
ID = UUID(int=USER.int + 1)
COLLECTION = UUID(int=USER.int + 2)
VERSION = UUID(int=USER.int + 3)
GROUP = UUID(int=USER.int + 4)  # which half a hundred collections are shared with

SEED: LiteralString = """
    CREATE TEMP TABLE people AS
        SELECT CASE n WHEN 0 THEN %(user)s ELSE gen_random_uuid() END AS id, n
        FROM generate_series(0, 199) AS n;
    INSERT INTO collections (
        user_id, id, display_name, description, readers, reader_groups, create_time,
        update_time
    )
        SELECT id, CASE WHEN n = 0 AND c = 1 THEN %(collection)s
            ELSE gen_random_uuid() END, 'Papers ' || c, '', ARRAY[%(user)s]::uuid[],
            CASE WHEN c = 1 AND n %% 4 = 1 THEN ARRAY[%(group)s]::uuid[] ELSE '{}' END,
            now(), now()
        FROM people, generate_series(1, CASE n WHEN 0 THEN 2000 ELSE 100 END) AS c;
    INSERT INTO collection_readers (user_id, owner_id, collection_id)
        SELECT reader, user_id, id FROM (
            SELECT c.*, CASE WHEN display_name IN ('Papers 1', 'Papers 2')
                THEN %(user)s ELSE gen_random_uuid() END AS reader FROM collections c
        );
    INSERT INTO documents (
        user_id, id, collection_id, display_name, size_bytes, uploaded_bytes, state,
        create_time, update_time, version, due_time, delete_time
    )
        SELECT p.id, CASE WHEN n = 0 AND d = 1 THEN %(id)s ELSE gen_random_uuid() END,
            CASE WHEN d %% 3 = 0 AND d %% 50 <> 1 THEN c.id END, 'x', 9, 9,
            CASE d %% 20 WHEN 0 THEN 'uploading' ELSE 'ready' END,
            now() - d * interval '1 h', now(), %(version)s,
            CASE WHEN d %% 20 = 3 THEN now() END,
            CASE WHEN d %% 50 = 7 THEN now() END
        FROM people p JOIN LATERAL (
            SELECT id FROM collections WHERE user_id = p.id LIMIT 1
        ) c ON true, generate_series(1, CASE n WHEN 0 THEN 6000 ELSE 100 END) AS d;
    INSERT INTO document_parts (user_id, document_id, start, data)
        SELECT user_id, id, 0, 'x' FROM documents;
    INSERT INTO document_pages (
        user_id, document_id, version, start, page, length, text
    )
        SELECT user_id, id, %(version)s, s * 10, s, 10, 'abcdefghij'
        FROM documents, generate_series(0, 2) AS s;
    INSERT INTO document_chunks (
        user_id, document_id, version, number, start, "end", page, section
    )
        SELECT user_id, id, %(version)s, s, s * 10, s * 10 + 10, s, ''
        FROM documents, generate_series(0, 2) AS s;
    INSERT INTO vector_deletions (user_id, document_id, due_time)
        SELECT user_id, id, now() + row_number() OVER () * interval '1 min'
        FROM documents;
    INSERT INTO requests (user_id, id, digest, create_time)
        SELECT user_id, id, '', now() FROM documents;
    ANALYZE;
"""

VALUES: dict[str, Any] = {
    "user_id": USER,
    "reader_id": USER,
    "groups": [GROUP],
    "id": ID,
    "collection_id": COLLECTION,
    "run": VERSION,
    "version": VERSION,
    "after": ID,
    "name": "Papers",
    "before": documents.LAST,
    "limit": 50,
    "lease": 10.0,
    "percent": 50,
    "start": 0,
    "offset": 5,
    "page": 1,
    "data": b"x",
    "length": 1,
    "size": 1,
    "maximum": 1_000,
    "maximum_bytes": 1_000_000,
    "display_name": "x",
    "description": "x",
    "readers": [USER],
    "reader_groups": [GROUP],
    "owners": [USER],
    "ids": [ID],
    "versions": [VERSION],
    "numbers": [1],
    "starts": [0],
    "ends": [20],
    "pages": [1],
    "texts": ["x"],
    "sections": ["x"],
    "near": 4,
    "stretch": 8_192,
    "reason": "DOCUMENT_CORRUPT",
    "media_type": "text/plain",
    "page_count": 1,
    "passage_count": 1,
    "character_count": 1,
    "flags": [],
    "until": "2026-01-01T00:00:00Z",
}

EITHER = ""  # of two indexes that do
# By the owner that the name says, or that a row which was found says.
BY: dict[str, tuple[str, LiteralString]] = {
    "collection, get": ("collections_pkey", sql.GET_COLLECTION),
    "collection, create": ("collections_pkey", collections.CREATE),
    "collection, change": ("collections_pkey", collections.CHANGE),
    "collection, groups": ("collections_pkey", collections.GROUPS),
    "collection, lock": ("collections_pkey", collections.LOCK),
    "collection, empty": ("documents_by_collection", collections.EMPTY),
    "collection, delete": ("collections_pkey", collections.DELETE),
    "collections, own": ("collections_by_name", collections.OWN),
    "document, get": ("documents_pkey", sql.GET),
    "document, create": ("documents_by_size", documents.CREATE),
    "document, hold its collection": ("collections_pkey", documents.HOLD),
    "document, lock": ("documents_pkey", documents.LOCK),
    "document, the same part": ("document_parts_pkey", documents.SAME_PART),
    "document, uploaded": ("documents_pkey", documents.UPLOADED),
    "documents, list": ("documents_pkey", documents.PAGE),
    "documents, of a collection": ("documents_by_collection", documents.PAGE_WITHIN),
    "document, rename": ("documents_pkey", documents.RENAME),
    "document, move": ("documents_pkey", documents.MOVE),
    "document, again": ("documents_pkey", documents.AGAIN),
    "document, delete": ("documents_pkey", documents.DELETE),
    "file, a part": ("document_parts_pkey", files.PART),
    "file, its version": ("documents_pkey", files.VERSION),
    "text, a page": ("document_pages_by_page", files.FIRST),
    "text, around": ("document_pages_pkey", files.AROUND),
    "text, read": ("document_pages_by_page", files.TEXT),
    "image": ("documents_pkey", files.IMAGE),
    "job, a part": ("document_parts_pkey", jobs_sql.PART),
    "job, renew": ("documents_pkey", jobs_sql.RENEW),
    "job, add pages": ("documents_pkey", jobs_sql.ADD_PAGES),
    "job, add chunks": ("documents_pkey", jobs_sql.ADD_CHUNKS),
    "job, publish": ("documents_pkey", jobs_sql.PUBLISH),
    "job, fail": ("documents_pkey", jobs_sql.FAIL),
    "job, delay": ("documents_pkey", jobs_sql.DELAY),
    "job, retry": ("documents_pkey", jobs_sql.RETRY),
    "job, release": ("documents_pkey", jobs_sql.RELEASE),
    "job, let go": ("documents_pkey", jobs_sql.LET_GO),
    "job, take back": ("documents_pkey", jobs_sql.TAKE_BACK),
    "job, unused pages": (EITHER, jobs_sql.UNUSED[0]),
    "job, unused chunks": ("document_chunks_pkey", jobs_sql.UNUSED[1]),
    "vectors gone": ("vector_deletions_pkey", rubbish.VECTORS_GONE),
    "sweep parts": ("document_parts_pkey", rubbish.OF_DOCUMENT[0]),
    "sweep pages": (EITHER, rubbish.OF_DOCUMENT[1]),
    "sweep chunks": ("document_chunks_pkey", rubbish.OF_DOCUMENT[2]),
    "sweep the document": ("documents_pkey", rubbish.DOCUMENT),
    "drop an upload": ("documents_pkey", rubbish.MARK_STALE),
}
CASES = [
    Case(name, statement, VALUES, (index,) if index else ())
    for name, (index, statement) in BY.items()
]

# These go from one user to others: what was found says to whom. What is asked is that
# no table is read as a whole.
ACROSS = [
    Case(name, statement, VALUES, indexes, ())
    for name, indexes, statement in (
        (
            "collections, shared",
            ("collection_readers_pkey", "collections_by_group", "collections_pkey"),
            collections.SHARED,
        ),
        (
            "collection, leave",
            ("collection_readers_by_collection",),
            collections.LEAVE,
        ),
        (
            "search, shared",
            ("collection_readers_pkey", "collections_by_group"),
            readership.ALL_SHARED,
        ),
        ("search, collections", ("collections_pkey",), readership.COLLECTIONS),
        ("search, documents", ("documents_pkey",), readership.DOCUMENTS),
        ("images", ("documents_pkey",), files.IMAGES),
        ("search, check", ("documents_pkey",), readership.FOUND),
        ("search, chunks", ("document_chunks_pkey",), readership.CHUNKS),
        ("search, texts", ("document_pages_pkey",), readership.TEXTS),
        ("claim a job", ("documents_due",), jobs_sql.CLAIM),
        ("vectors to remove", ("vector_deletions_by_due_time",), rubbish.VECTORS),
        ("documents to sweep", ("documents_deleted",), rubbish.DELETED),
        ("uploads to drop", ("documents_uploading",), rubbish.STALE),
        ("erase, leave", ("collection_readers_pkey",), erasures.LEAVE),
    )
]
