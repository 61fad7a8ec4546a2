"""SearchService: what is found, and what is not."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.calls import refusal
from tests.chat.searching import START, Searching, searching
from tests.identity import Identity

FOUND = [
    ("quick fox", "The quick brown fox"),
    ("FOX Quick", "the QUICK brown fox"),
    ("the quick bro", "The quick brown fox"),
    ("brow", "The quick brown fox"),
    ('"brown fox"', "The quick brown fox"),
    ('"brown fox', "The quick brown fox"),
    ("“brown fox”", "The quick brown fox"),
    ("fox -dog", "The quick brown fox"),
    ('fox -"fox brown"', "The quick brown fox"),
    ("cafe creme", "Un Café-Crème, s'il vous plaît"),
    ("CAFÉ", "un cafe\u0301"),
    ("été", "l'ETE"),
    ("οδος", "ΟΔΟΣ"),
    ("istanbul", "İstanbul"),
    ("123", "\uff11\uff12\uff13 \uff21\uff22\uff23"),
    ("中文", "我喜欢学习中文"),
    ("喜欢", "我喜欢学习中文"),
    ("日本", "日本語のテキスト"),
    ("テキスト", "日本語のﾃｷｽﾄ"),
    ("ไทย", "ภาษาไทย"),
    ("हिन्दी", "मैं हिन्दी बोलता हूँ"),
    ("한국", "한국어 텍스트"),
    ("baz", "foo_bar.baz(x->y)"),
    ("foo_bar", "foo_bar.baz(x->y)"),
    ("class", '<div class="x">'),
    ("jane@example.com", "Write to Jane@Example.com."),
    ("example", "Write to Jane@Example.com."),
    ("https://example.com/a?b=c", "see https://example.com/a?b=c#d"),
    ("don't", "I don't know"),
    ("c++ std::vector", "In C++, std::vector<int> grows"),
    ("3.14", "about 3.14159"),
    ("hidden", "hid\u200bden \u202eword"),
    ("hid\u202eden", "a hidden word"),
]

NOT_FOUND = [
    ("quick dog", "The quick brown fox"),
    ("qui fox", "The quick brown fox"),
    ("rown", "The quick brown fox"),
    ('"brown quick"', "The quick brown fox"),
    ('"brow"', "The quick brown fox"),
    ("quick -fox", "The quick brown fox"),
    ('quick -"brown fox"', "The quick brown fox"),
    ("喜文", "我喜欢学习中文"),
    ("example@jane.com", "Write to Jane@Example.com."),
]

# Each is harmless, and finds the word in it.
SYNTAX = [
    "a & | ! :* ' \\ `",
    "a' | 'a",
    "a:*",
    "!a",
    "(a",
    "a <-> a",
    "a\\'",
    "%s a $1",
]


@pytest.fixture
async def me(chat_database: str, identity: Identity) -> AsyncIterator[Searching]:
    """A user without messages."""
    async with searching(chat_database, identity) as searcher:
        yield searcher


async def test_messages_are_found_by_their_words(me: Searching):
    missed = []

    for query, text in FOUND:
        someone = me.somebody_else()
        await someone.say("Something else altogether")
        said = await someone.say(text)
        if await someone.found(query) != [said]:
            missed.append((query, text))

    assert missed == []


async def test_messages_are_not_found_by_other_words(me: Searching):
    found = []

    for query, text in NOT_FOUND:
        someone = me.somebody_else()
        await someone.say(text)
        if await someone.found(query):
            found.append((query, text))

    assert found == []


@pytest.mark.asvs("1.2.4", "1.3.10")
async def test_what_is_syntax_elsewhere_is_not_here(me: Searching):
    said = await me.say("s a a 1")
    await me.say("b")

    assert [await me.found(query) for query in SYNTAX] == [[said]] * len(SYNTAX)


async def test_the_words_are_marked_in_the_part_where_most_of_them_are(me: Searching):
    await me.say("fox " + "lorem ipsum " * 100 + "a Quick, brown fox here" + " x" * 500)

    shown = await me.shown("quick fox")

    assert "a [Quick], brown [fox] here" in shown
    assert len(shown) < 250


async def test_accents_and_wide_characters_are_marked_where_they_are(me: Searching):
    await me.say("ﬁne: un cafe\u0301, \uff21\uff22\uff23, 喜欢中文")

    assert (
        await me.shown("fine cafe abc 中文")
        == "[ﬁne]: un [cafe\u0301], [\uff21\uff22\uff23], 喜欢[中文]"
    )


@pytest.mark.asvs("1.1.2")
async def test_html_comes_through_as_text(me: Searching):
    await me.say('<script>alert("fox")</script> &amp;')

    assert await me.shown("fox") == '<script>alert("[fox]")</script> &amp;'


async def test_a_hit_tells_who_said_it_where_and_when(me: Searching):
    name = await me.say("A fox", model="small")

    (hit,) = (await me.search("fox")).hits

    assert hit.message == name
    assert hit.conversation_title == "A title"
    assert hit.model == "small"
    assert hit.create_time.ToDatetime(START.tzinfo) == START


async def test_times_and_the_model_narrow_a_search(me: Searching):
    first, second, third = [
        await me.say("A fox", model=model) for model in ("small", "large", "small")
    ]
    minute = timedelta(minutes=1)

    assert await me.found("fox", start_time=START + minute) == [third, second]
    assert await me.found("fox", end_time=START + minute) == [first]
    assert await me.found("fox", model="small") == [third, first]
    assert await me.found("fox", model="other") == []


async def test_pages_hold_everything_once_the_newest_first(me: Searching):
    talk = await me.conversation()
    said = [await me.say(f"Fox {number}", talk) for number in range(5)]
    # Three at one moment: their order has to be the same on each page.
    await me.database.execute(
        "UPDATE search_entries SET create_time = %s WHERE create_time > %s",
        (START + timedelta(hours=1), START + timedelta(minutes=1)),
    )

    found, token = [], ""
    for _ in range(3):
        page = await me.search("fox", page_size=2, page_token=token)
        found += [hit.message for hit in page.hits]
        token = page.next_page_token

    assert not token
    assert sorted(found) == sorted(said)
    assert found[3:] == [said[1], said[0]]


async def test_a_page_token_is_of_one_search_alone(me: Searching):
    for other in (me, me.somebody_else()):
        await other.say("fox and dog")
        await other.say("fox and dog")
    token = (await me.search("fox", page_size=1)).next_page_token

    refused = [
        await refusal(me.search("dog", page_token=token)),
        await refusal(me.search("fox", page_token=token, model="small")),
        await refusal(me.somebody_else().search("fox", page_token=token)),
    ]

    assert {each.reason for each in refused} == {"INVALID_PAGE"}
    assert len(await me.found("fox", page_token=token)) == 1


@pytest.mark.asvs("8.2.2")
async def test_nobody_finds_what_another_said(me: Searching):
    other = me.somebody_else()
    await other.say("A fox")

    assert await me.found("fox") == []
    assert len(await other.found("fox")) == 1


async def test_a_reply_is_found_once_it_has_ended(me: Searching):
    name = await me.say("A fo", model="small", state="generating")
    before = await me.found("fo")
    await me.database.execute("UPDATE messages SET text = 'A fox and'")
    during = await me.found("fox")

    await me.database.execute(
        "UPDATE messages SET text = 'A fox and a dog', model = 'smaller',"
        " state = 'stopped', end_time = now()"
    )

    assert before == during == []
    assert await me.found("fox dog", model="smaller") == [name]


async def test_deleted_and_temporary_conversations_are_left_out(me: Searching):
    kept = await me.say("A fox")
    deleted, temporary = await me.conversation(), await me.conversation()
    again = await me.say("A fox", deleted)
    await me.say("A fox", temporary)
    await me.database.execute(
        "UPDATE conversations SET delete_time = now() WHERE id = %s", [deleted]
    )
    await me.database.execute(
        "UPDATE conversations SET temporary = true WHERE id = %s", [temporary]
    )

    assert await me.found("fox") == [kept]

    await me.database.execute("UPDATE conversations SET delete_time = NULL")
    assert await me.found("fox") == [again, kept]


async def test_nothing_is_left_of_a_conversation_that_is_gone(me: Searching):
    await me.say("A fox")
    await me.database.execute("DELETE FROM conversations")

    cursor = await me.database.execute("SELECT count(*) FROM search_entries")

    assert await cursor.fetchone() == (0,)
