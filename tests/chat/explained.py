"""Statements that people wait for, of one user each, and those about everybody."""

from datetime import UTC, datetime
from typing import Any

from services.chat.messages.store import begin, ends, load, messages, replica, rows
from services.chat.search import store as search
from services.chat.transfer import bulk, export_store
from services.chat.transfer import sql as imports
from tests.chat.explaining import HOLDER, LATE, LONG, USER
from tests.explaining import Case

NOW = datetime.now(UTC)
WALK = ("user_id", "conversation_id", "id")

SEARCH: dict[str, Any] = {
    "user_id": USER,
    "query": f"'{str(USER)[-4:]}7'",
    "start": None,
    "end": None,
    "time": None,
    "after": search.LAST_ID,
    "model": None,
    "limit": 21,
    "recent": search.RECENT,
    "max_text": 1000,
}
CONVERSATION: dict[str, Any] = {
    "user_id": USER,
    "id": LONG,
    "current": LATE,
    "title": "x",
    "after": LATE,
    "ids": [LONG],
    "limit": 200,
    "bytes": 1_000_000,
}
MESSAGE: dict[str, Any] = {
    **CONVERSATION,
    "message": LATE,
    "anchor": LATE,
    "parent": LATE,
    "reply": LATE,
    "characters": 1_500_000,
    "holder": HOLDER,
    "name": "chat-1",
    "time": NOW,
    "attempt": 1,
    "seq": 5,
    "tokens": 1,
    "micros": 1,
    "state": "completed",
    "text": "x",
    "failure": None,
    "model": "any",
    "first_token_time": NOW,
    "input_tokens": 1,
    "output_tokens": 1,
    "cost": 1,
    "estimated": False,
    "attachments": [],
    "options": None,
    "beside": None,
    "score": "good",
    "reasons": [],
    "comment": "",
}
HELD: dict[str, Any] = {
    **MESSAGE,
    "strangers": True,
    "history": 200,
    "users": [USER],
    "conversations": [LONG],
    "messages": [LATE],
    "texts": ["x"],
    "seqs": [5],
    "attempts": [1],
    "besides": [None],
    "replies": [LATE],
}
IMPORT: dict[str, Any] = {
    "user_id": USER,
    "id": LONG,
    "runner": HOLDER,
    "lease": 30,
    "start": 0,
    "data": b"x",
    "length": 1,
    "maximum": 5,
    "size": 1,
    "next_index": 1,
    "conversations": 1,
    "messages": 1,
    "skipped": 0,
    "problem": "",
    "names": ["Folder 1"],
    "display_name": "x",
    "limit": 20,
}

# Some find a message by its name in the index of its siblings, and leave out the
# others of its conversation: that depends on which of the two is smaller.
OF_MESSAGE = {
    "get": rows.GET,
    "what a reply needs": load.EXTRAS,
    "rate": messages.RATE,
    "stop": messages.STOP,
    "end": ends.END,
    "begin another attempt": replica.RESTART,
    "what is set aside": replica.RESERVED,
    "set aside more": replica.EXTEND,
    "what waited": ends.NEXT,
    "export some": export_store.SOME,
    "siblings": begin.SIBLINGS,
}
OF_CONVERSATION = {
    "lock": begin.LOCK,
    "use": begin.USED,
    "is there": messages.PRESENT,
}
BRANCHES = {
    "a branch": (rows.BRANCH, MESSAGE),
    "a branch, to begin": (begin.ANCHORED, MESSAGE),
    "a branch, to export": (export_store.BRANCH, CONVERSATION),
}
OF_IMPORT = {
    "make": imports.CREATE,
    "get": imports.GET,
    "lock": imports.LOCK,
    "is it running": imports.RUNNING,
    "uploaded": imports.UPLOADED,
    "claim": imports.CLAIM,
    "renew": imports.RENEW,
    "release": imports.RELEASE,
    "keep": imports.KEPT,
    "end": imports.END,
    "drop": imports.DROP,
}
OF_PARTS = {
    "the same part": imports.SAME_PART,
    "a part": imports.PART,
    "drop parts": imports.DROP_PARTS,
}

CASES = [
    Case(
        "search, of all",
        search.FIND,
        SEARCH,
        ("search_entries_by_word", "conversations_pkey", "messages_pkey"),
        owned=(),  # the words are the owner's
        anew=True,
    ),
    Case(
        "search, of the newest",
        search.FIND_RECENT,
        SEARCH,
        ("search_entries_by_time", "conversations_pkey", "messages_pkey"),
        anew=True,
    ),
    *(
        Case(f"messages, {name}", statement, MESSAGE, ())
        for name, statement in OF_MESSAGE.items()
    ),
    *(
        Case(f"messages, {name}", statement, CONVERSATION, ("conversations_pkey",))
        for name, statement in OF_CONVERSATION.items()
    ),
    *(
        Case(f"messages, {name}", statement, values, ("messages_pkey",))
        for name, (statement, values) in BRANCHES.items()
    ),
    Case("messages, list", messages.PAGE, MESSAGE, ("messages_pkey",), owned=WALK),
    Case(
        "messages, export",
        export_store.FOLLOWING,
        CONVERSATION,
        ("messages_pkey",),
        owned=WALK,
    ),
    Case(
        "conversations, export all",
        export_store.LISTED,
        CONVERSATION,
        ("conversations_pkey", "folders_pkey"),
    ),
    Case("conversations, export", export_store.NAMED, CONVERSATION, ("folders_pkey",)),
    *(
        Case(f"imports, {name}", statement, IMPORT, ("imports_pkey",))
        for name, statement in OF_IMPORT.items()
    ),
    *(
        Case(f"imports, {name}", statement, IMPORT, ("import_chunks_pkey",))
        for name, statement in OF_PARTS.items()
    ),
    Case("imports, find folders", bulk.FOLDERS, IMPORT, ("folders_pkey",)),
    Case("imports, add a folder", bulk.ADD_FOLDER, IMPORT, ("folders_pkey",)),
]

# A process looks once a second for what it holds, or could, whoever the users are: all
# that is being written is in one small index, and nothing that has ended.
EVERYONES = [
    Case(name, statement, HELD, ("messages_held",), owned=())
    for name, statement in {
        "what is to be stopped": replica.STOPS,
        "what nobody writes": replica.ADOPT,
        "what waits for nothing": replica.UNQUEUE,
        "how far it is": replica.KEEP,
        "what is handed over": replica.HAND_OVER,
        "what is held": replica.HELD,
        "what is given up": replica.RELEASE,
    }.items()
] + [
    # The janitor looks for what is old, whoever the users are.
    Case("imports that are stale", imports.STALE, IMPORT, ("imports_by_time",), ()),
]
# One row for each process: nothing is smaller than all of it.
SMALL = {"replicas"}
