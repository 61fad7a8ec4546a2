"""Snippets: the part of a text where the words are."""

from services.chat.search.snippets import LENGTH, Highlighter


def shown(text: str, *phrases: str, open_end: bool = False) -> str:
    """Cut out the snippet, with what is marked in brackets."""
    highlighter = Highlighter([tuple(p.split()) for p in phrases], open_end=open_end)
    pieces = highlighter.snippet(text)
    return "".join(f"[{p.text}]" if p.highlighted else p.text for p in pieces)


def test_whole_words_are_marked_and_the_beginning_of_the_last():
    assert shown("foxes and a fox", "fox") == "foxes and a [fox]"
    assert shown("foxes and a fox", "a", "fox", open_end=True) == (
        "[foxes] and [a] [fox]"
    )


def test_words_that_stand_together_are_marked_together_only():
    assert shown("brown a, Brown-Fox fox", "brown fox") == "brown a, [Brown-Fox] fox"
    assert shown("a b, a bc", "a b", open_end=True) == "[a b], [a bc]"


def test_a_text_without_the_words_shows_its_beginning():
    # So may one whose words differ by what is known of a newer Unicode.
    assert shown("x " * 1000, "fox").startswith("x x x")


def test_what_lies_before_and_after_is_cut_between_words():
    text = "lorem " * 100 + "fox " + "ipsum " * 100

    snippet = shown(text, "fox")

    assert snippet.startswith("lorem ")
    assert "[fox]" in snippet
    assert snippet.endswith("ipsum")
    assert len(snippet) <= LENGTH + 2


def test_a_phrase_longer_than_a_snippet_is_no_trouble():
    phrase = "word " * 60

    assert shown("one " + phrase + "and fox", phrase, "fox").startswith("one word word")


def test_vowel_signs_are_parts_of_words():
    assert shown("मैं हिन्दी बोलता", "हिन दी") == "मैं [हिन्दी] बोलता"


def test_characters_that_fold_to_more_or_none_are_marked_where_they_are():
    assert shown("a ﬁ\u200b\u0301sh ß", "fish") == "a [ﬁ\u200b\u0301sh] ß"
    assert shown("\ufdfa fox", "fox") == "\ufdfa [fox]"
