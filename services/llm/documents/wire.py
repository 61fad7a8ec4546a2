"""Collections and documents as protobuf: there and back."""

from collections.abc import Iterable
from uuid import UUID

from parley.error.v1 import error_reason_pb2
from parley.llm.v1 import collection_service_pb2 as collections_pb
from parley.llm.v1 import document_pb2 as pb
from services.kit import fields
from services.kit.caller import Caller, require
from services.kit.errors import InvalidField
from services.kit.lines import one_line
from services.kit.names import parse_name
from services.kit.times import timestamp
from services.llm.documents.model import (
    MAX_COLLECTION_NAME,
    MAX_DESCRIPTION,
    MAX_DOCUMENT_BYTES,
    MAX_NAME,
    MAX_READERS,
    Collection,
    CollectionChange,
    Document,
    DocumentChange,
    DocumentTooLarge,
    Flag,
    NewDocument,
    State,
)
from services.llm.documents.readers import Readers
from services.llm.generation.wire import to_citation
from services.llm.model import Passage
from services.llm.names import CollectionName, DocumentName

SEES_GROUPS = "users_read"  # who may list all groups
OF_COLLECTION = ("display_name", "description", "readers")
OF_DOCUMENT = ("display_name", "collection")

STATES: dict[State, pb.Document.State.ValueType] = {
    "uploading": pb.Document.STATE_UPLOADING,
    "processing": pb.Document.STATE_PROCESSING,
    "ready": pb.Document.STATE_READY,
    "failed": pb.Document.STATE_FAILED,
}
FLAGS: dict[Flag, pb.Document.Flag.ValueType] = {
    "truncated": pb.Document.FLAG_TRUNCATED,
    "pages_without_text": pb.Document.FLAG_PAGES_WITHOUT_TEXT,
    "active_content": pb.Document.FLAG_ACTIVE_CONTENT,
    "name_misleads": pb.Document.FLAG_NAME_MISLEADS,
    "no_embedding": pb.Document.FLAG_NO_EMBEDDING,
}


def to_collection(collection: Collection, reader_id: UUID) -> collections_pb.Collection:
    """Put a collection on the wire; its readers are for its owner to see."""
    mine = collection.name.user_id == reader_id
    return collections_pb.Collection(
        name=str(collection.name),
        display_name=collection.display_name,
        description=collection.description,
        readers=readers_of(collection) if mine else (),
        document_count=collection.document_count,
        create_time=timestamp(collection.create_time),
        update_time=timestamp(collection.update_time),
    )


def readers_of(collection: Collection) -> list[str]:
    """Name who else may read a collection."""
    users = [f"users/{reader}" for reader in collection.readers]
    return users + [f"groups/{group}" for group in collection.reader_groups]


def to_document(document: Document) -> pb.Document:
    """Put a document on the wire."""
    owner_id, collection_id = document.name.user_id, document.collection_id
    within = str(CollectionName(owner_id, collection_id)) if collection_id else ""
    failure = f"ERROR_REASON_{document.failure or 'UNSPECIFIED'}"
    return pb.Document(
        name=str(document.name),
        display_name=document.display_name,
        collection=within,
        size_bytes=document.size_bytes,
        uploaded_bytes=document.uploaded_bytes,
        media_type=document.media_type,
        state=STATES[document.state],
        failure_reason=error_reason_pb2.ErrorReason.Value(failure),
        progress_percent=document.progress_percent,
        page_count=document.page_count,
        passage_count=document.passage_count,
        character_count=document.character_count,
        flags=sorted(FLAGS[flag] for flag in document.flags),
        create_time=timestamp(document.create_time),
        update_time=timestamp(document.update_time),
    )


def to_passage(number: int, passage: Passage) -> pb.Passage:
    """Put a passage on the wire."""
    return pb.Passage(citation=to_citation(number, passage), score=passage.score)


def from_collection(
    owner: Caller, collection: collections_pb.Collection, changed: Iterable[str]
) -> CollectionChange:
    """Read what fields of a collection are to be."""
    change: CollectionChange = {}
    for field in changed:
        match field:
            case "display_name":
                change["display_name"] = one_line(
                    "collection.display_name",
                    collection.display_name,
                    minimum=1,
                    maximum=MAX_COLLECTION_NAME,
                )
            case "description":
                change["description"] = fields.text(
                    "collection.description",
                    collection.description,
                    maximum=MAX_DESCRIPTION,
                )
            case "readers":
                change["readers"] = to_readers(owner, collection.readers)
    return change


def to_readers(owner: Caller, names: Iterable[str]) -> Readers:
    """
    Read who else may read a collection; its owner may anyway.

    Who sees all groups may name any, others those that they are in.
    """
    users: dict[UUID, None] = {}
    groups: dict[UUID, None] = {}
    for name in names:
        if name.startswith("groups/"):
            groups[parse_name(name, "groups")[0]] = None
        else:
            users[parse_name(name, "users")[0]] = None
    users.pop(owner.user_id, None)
    if len(users) + len(groups) > MAX_READERS:
        expected = f"at most {MAX_READERS}"
        raise InvalidField(field="collection.readers", expected=expected)
    known = None if SEES_GROUPS in owner.scope else owner.groups
    return Readers(tuple(users), tuple(groups), known)


def from_document(document: pb.Document, changed: Iterable[str]) -> DocumentChange:
    """Read what fields of a document are to be."""
    change: DocumentChange = {}
    for field in changed:
        match field:
            case "display_name":
                change["display_name"] = file_name(document)
            case "collection":
                change["collection_id"] = to_own_collection(document.collection)
    return change


def file_name(document: pb.Document) -> str:
    """Read what a document is to be called."""
    return one_line(
        "document.display_name", document.display_name, minimum=1, maximum=MAX_NAME
    )


def to_own_collection(name: str) -> UUID | None:
    """Read a collection, which has to be the caller's own; None if there is no name."""
    if not name:
        return None
    collection = CollectionName.parse(name)
    require(collection.user_id)
    return collection.id


def to_new_document(user_id: UUID, document: pb.Document) -> NewDocument:
    """Read what is to be uploaded, or refuse it."""
    if document.size_bytes < 1:
        raise InvalidField(field="document.size_bytes", expected="1 or more")
    if document.size_bytes > MAX_DOCUMENT_BYTES:
        raise DocumentTooLarge(maximum=MAX_DOCUMENT_BYTES)
    return NewDocument(
        name=DocumentName.new(user_id),
        display_name=file_name(document),
        collection_id=to_own_collection(document.collection),
        size_bytes=document.size_bytes,
    )
