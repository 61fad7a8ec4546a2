"""
Every statement of the release before, word for word.

They have to work on the tables of this release, because while a release is rolled out
its code and that before it run side by side. When a release is made, its statements
take the place of these.
"""

from typing import LiteralString

CONVERSATIONS_CREATE: LiteralString = """
    INSERT INTO conversations (user_id, id, title, create_time, update_time)
    VALUES (%(user_id)s, %(id)s, %(title)s, now(), now())
"""

CONVERSATIONS_GET: LiteralString = """
    SELECT id, title, create_time, update_time FROM conversations
    WHERE user_id = %(user_id)s AND id = %(id)s
"""

CONVERSATIONS_PAGE: LiteralString = """
    SELECT id, title, create_time, update_time FROM conversations
    WHERE user_id = %(user_id)s
      AND (update_time, id) < (%(time)s, %(after)s)
    ORDER BY update_time DESC, id DESC LIMIT %(limit)s
"""

CONVERSATIONS_FIRST_PAGE: LiteralString = """
    SELECT id, title, create_time, update_time FROM conversations
    WHERE user_id = %(user_id)s
    ORDER BY update_time DESC, id DESC LIMIT %(limit)s
"""

CONVERSATIONS_LOCK: LiteralString = """
    SELECT FROM conversations WHERE user_id = %(user_id)s AND id = %(id)s FOR UPDATE
"""

CONVERSATIONS_GENERATING: LiteralString = """
    SELECT id FROM messages
   
    WHERE user_id = %(user_id)s AND conversation_id = %(id)s AND state = 'generating'
    LIMIT 1
"""

CONVERSATIONS_DELETE: LiteralString = """
    DELETE FROM conversations WHERE user_id = %(user_id)s AND id = %(id)s
"""

MESSAGES_ADD: LiteralString = """
    INSERT INTO messages (
        user_id, conversation_id, id, parent_id, role, text, state, model, seq,
        create_time, end_time, lease_expire_time
    ) VALUES (
        %(user_id)s, %(id)s, %(message)s, %(parent)s, 'user', %(text)s, 'completed',
        '', 0, now(), now(), NULL
    ), (
        %(user_id)s, %(id)s, %(reply)s, %(message)s, 'assistant', '', 'generating',
        %(model)s, 1, now(), NULL, now() + interval '15 seconds'
    ) RETURNING
    id, parent_id, role, text, state, model, failure, input_tokens, output_tokens, seq,
    create_time, end_time
"""

MESSAGES_USED: LiteralString = """
    UPDATE conversations
    SET update_time = now(), title = CASE title WHEN '' THEN %(title)s ELSE title END
    WHERE user_id = %(user_id)s AND id = %(id)s
"""

MESSAGES_NEWEST: LiteralString = """
SELECT id, state FROM messages
    WHERE user_id = %(user_id)s AND conversation_id = %(id)s ORDER BY id DESC LIMIT 1
"""

MESSAGES_STATE: LiteralString = """
SELECT id, state FROM messages
    WHERE user_id = %(user_id)s AND conversation_id = %(id)s AND id = %(parent)s
"""

MESSAGES_BRANCH: LiteralString = """
WITH RECURSIVE branch AS (SELECT 1 AS depth, m.* FROM messages m
    WHERE user_id = %(user_id)s AND conversation_id = %(id)s
      AND id = %(parent)s
    UNION ALL
    SELECT depth + 1, m.* FROM branch b JOIN messages m
      ON m.user_id = %(user_id)s AND m.conversation_id = %(id)s AND m.id = b.parent_id
    WHERE depth < %(limit)s
    ) SELECT
    id, parent_id, role, text, state, model, failure, input_tokens, output_tokens, seq,
    create_time, end_time
FROM branch ORDER BY depth DESC
"""

MESSAGES_GET: LiteralString = """
SELECT
    id, parent_id, role, text, state, model, failure, input_tokens, output_tokens, seq,
    create_time, end_time
FROM messages
    WHERE user_id = %(user_id)s AND conversation_id = %(id)s AND id = %(message)s
"""

MESSAGES_PAGE: LiteralString = """
SELECT
    id, parent_id, role, text, state, model, failure, input_tokens, output_tokens, seq,
    create_time, end_time
FROM messages
    WHERE user_id = %(user_id)s AND conversation_id = %(id)s AND id > %(after)s
    ORDER BY id LIMIT %(limit)s
"""

MESSAGES_END: LiteralString = """
    UPDATE messages SET
        state = %(state)s, text = %(text)s, seq = %(seq)s, failure = %(failure)s,
        model = coalesce(nullif(%(model)s, ''), model), end_time = now(),
        input_tokens = %(input_tokens)s, output_tokens = %(output_tokens)s,
        lease_expire_time = NULL
    WHERE user_id = %(user_id)s AND conversation_id = %(id)s AND id = %(message)s
      AND state = 'generating'
    RETURNING
    id, parent_id, role, text, state, model, failure, input_tokens, output_tokens, seq,
    create_time, end_time
"""

MESSAGES_KEEP: LiteralString = """
    UPDATE messages m SET
        lease_expire_time = now() + interval '15 seconds',
        text = kept.text, seq = kept.seq
    FROM unnest(
        %(users)s::uuid[], %(conversations)s::uuid[], %(messages)s::uuid[],
        %(texts)s::text[], %(seqs)s::bigint[]
    ) AS kept (user_id, conversation_id, id, text, seq)
    WHERE m.user_id = kept.user_id AND m.conversation_id = kept.conversation_id
      AND m.id = kept.id AND m.state = 'generating'
"""

MESSAGES_FAIL_ABANDONED: LiteralString = """
    UPDATE messages SET
        state = 'failed', failure = 'REPLY_INTERRUPTED', seq = seq + 1,
        end_time = now(), lease_expire_time = NULL
    WHERE state = 'generating' AND lease_expire_time < now()
"""

REQUESTS_CLAIM: LiteralString = """
    INSERT INTO requests (user_id, id, digest, conversation_id, message_id, create_time)
    VALUES (%(user_id)s, %(request)s, %(digest)s, %(id)s, %(reply)s, now())
    ON CONFLICT (user_id, id) DO NOTHING
"""

REQUESTS_FIND: LiteralString = """
    SELECT digest, conversation_id, message_id FROM requests
    WHERE user_id = %(user_id)s AND id = %(request)s
"""

REQUESTS_FORGET: LiteralString = """
    DELETE FROM requests WHERE create_time < now() - interval '24 hours'
"""
