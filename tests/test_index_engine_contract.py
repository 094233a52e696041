"""What every engine must do, asked of each in turn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import whoosh_engine
from index.bits import documents_of
from index.engine import EXACT, FIELDS, GAP_TOKENS, STEM, URL, WEIGHED, Card, Document, Engine, Stream
from index.memory_engine import MemoryEngine
from index.whoosh_engine import SEGMENTS_MAX, WhooshEngine
from pipeline.errors import ArchiveDamaged

ENGINES: list[Callable[[], Engine]] = [MemoryEngine, WhooshEngine]


@pytest.fixture(params=ENGINES, ids=lambda made: made.__name__)
def engine(request) -> Engine:
    return request.param()


def stream(text: str, joins=()) -> Stream:
    tokens, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        stem = None if word in {"de", "l"} else word.rstrip("sx")
        tokens.append((word, stem, at, at + len(word)))
        at += len(word)
    return Stream(tokens, joins)


def document(
    url: str, text: str = "eau potable", day: int = 0, stamp: str = "1", title: str = "", joins=()
) -> Document:
    both = [*stream(title).tokens, *stream(text).tokens]
    exacts = {exact: 100 * [t[0] for t in both].count(exact) for exact, *_ in both}
    stems = {stem: 100 * [t[1] for t in both].count(stem) for _, stem, *_ in both if stem}
    exacts |= {exact: 100 for _, _, exact, _ in joins}
    stems |= {stem: 100 for *_, stem in joins if stem}
    terms = {STEM: stems, EXACT: exacts, URL: {url: 1}}
    card = Card(url, stamp, title or f"title of {url}", "page", "fr", "2022-05-01")
    return Document(card, text, stream(title), stream(text, joins), terms, day, day + 1)


def nothing() -> tuple[str, ...]:
    return ()


def urls(reader) -> list[str]:
    return sorted(reader.card(number).url for number in documents_of(reader.documents()))


def found(reader, term: str, field: str = STEM) -> dict[str, int]:
    postings = reader.postings(field, term)
    assert list(postings.documents) == sorted(postings.documents)
    held, everyone = reader.held(field, term), documents_of(reader.documents())
    assert documents_of(held.bits) == list(postings.documents)
    assert held.count == len(postings.documents)
    if field in WEIGHED:
        impacts = dict(zip(postings.documents, postings.impacts, strict=True))
        for asked in (everyone, everyone[1::2], everyone[-1:], list(postings.documents), []):
            assert list(held.impacts(asked)) == [impacts.get(number, 0) for number in asked]
        assert held.peak >= max(impacts.values(), default=0)
    return {reader.card(n).url: i for n, i in zip(postings.documents, postings.impacts, strict=True)}


def matches(reader, url: str, *groups: str) -> list[tuple[str, str]]:
    """The words of title and text that the groups' stems find, as they stand there."""
    finder = reader.finder([[(STEM, stem) for stem in group.split()] for group in groups])
    [number] = reader.postings(URL, url).documents
    title, text = finder.found(number)
    written = [("title", reader.card(number).title[one.start : one.end]) for one in title]
    return written + [("text", reader.text(number)[one.start : one.end]) for one in text]


def phrase(reader, *words: str) -> list[str]:
    finder = reader.finder([[(EXACT, word)] for word in words])
    return sorted(reader.card(number).url for number in documents_of(reader.documents()) if finder.phrase(number))


def test_an_empty_index_can_be_read(engine, tmp_path):
    engine.update(tmp_path, (), nothing)
    reader = engine.open(tmp_path)
    assert (reader.size(), reader.bound(), urls(reader), list(reader.terms(STEM)), list(reader.days())) == (
        0,
        0,
        [],
        [],
        [],
    )
    assert found(reader, "eau") == {}
    assert reader.frequency(STEM, "eau") == 0
    reader.close()


def test_documents_come_back_with_their_terms(engine, tmp_path):
    engine.update(tmp_path, [document("a", "eau de l eau", day=7), document("b", "feu")], nothing)
    reader = engine.open(tmp_path)
    assert found(reader, "eau") == {"a": 200}
    assert found(reader, "air") == {}
    assert list(reader.postings(URL, "b").impacts) == [1]
    [number] = reader.postings(STEM, "eau").documents
    assert reader.card(number) == Card("a", "1", "title of a", "page", "fr", "2022-05-01")
    assert reader.text(number) == "eau de l eau"
    assert dict(reader.stamps()) == {"a": "1", "b": "1"}
    assert (reader.days()[number], reader.likenesses()[number]) == (7, 8)
    assert reader.frequency(STEM, "eau") == 1
    reader.close()


def test_rare_and_common_words_have_the_same_holders_whichever_way_they_are_asked_for(engine, tmp_path):
    """Of 300 documents: a word in each, in a third, in one of twenty, in two; then with changes and deletions."""

    def words(number: int) -> str:
        shares = {"tous": 1, "tiers": 3, "vingtième": 20, "deux": 150}
        return " ".join(word for word, share in shares.items() if number % share == 0) + " eau" * (number % 7)

    def update(numbers, gone=()):
        engine.update(tmp_path, [document(f"u{n:03}", words(n), stamp="2") for n in numbers], lambda: gone)

    def check(numbers):
        reader = engine.open(tmp_path)
        for term in ("tou", "tier", "vingtième", "deu", "eau"):
            want = {f"u{n:03}": 100 * words(n).count(term) for n in numbers}
            assert found(reader, term) == {url: impact for url, impact in want.items() if impact}
        reader.close()

    update(range(300))
    check(range(300))
    update([*range(0, 300, 50), *range(300, 320)], gone=["u001", "u060", "u299"])
    check(sorted({*range(320)} - {1, 60, 299}))


def test_who_holds_a_word_that_begins_so_is_known_at_once(engine, tmp_path):
    texts = {"a": "eau", "b": "eaux air", "c": "feu", "d": "écluse eauze", "e": "é"}
    engine.update(tmp_path, [document(url, text) for url, text in texts.items()], nothing)
    engine.update(tmp_path, [document("f", "eaux"), document("a", "terre", stamp="2")], lambda: ["b"])
    reader = engine.open(tmp_path)

    def begun(prefix: str, field: str = EXACT) -> list[str]:
        return sorted(reader.card(number).url for number in documents_of(reader.begun(field, prefix)))

    assert begun("ea") == ["d", "f"]
    assert begun("é") == ["d", "e"]
    assert begun("éc") == ["d"]
    assert begun("z") == begun("eauzee") == []
    assert begun("") == ["a", "c", "d", "e", "f"]
    assert dict(reader.stamps()) == dict.fromkeys("cdef", "1") | {"a": "2"}
    reader.close()


def test_an_update_that_is_too_large_for_memory_makes_the_same_index(tmp_path, monkeypatch):
    words = "eau eaux potable feu air terre ville mairie de l élu".split()
    texts = [" ".join(words[(n * k) % len(words)] for k in range(1, 9)) + f" mot{n}" for n in range(60)]
    documents = [
        document(f"u{n:02}", text, title=text[:12], joins=[(2, 2, f"j{n % 5}", f"j{n % 5}")])
        for n, text in enumerate(texts)
    ]
    again = [document(f"u{n:02}", f"neuf {texts[n]}", stamp="2") for n in range(0, 60, 20)]
    readers = []
    for name, most in (("whole", 1_000_000), ("parts", 70)):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(whoosh_engine, "POSTINGS_MAX", most)
        WhooshEngine().update(tmp_path / name, documents, nothing)
        WhooshEngine().update(tmp_path / name, again, lambda: ["u01"])
        readers.append(WhooshEngine().open(tmp_path / name))
    whole, parts = readers
    assert len(parts.segments()) == len(whole.segments()) == 2
    assert list(parts.terms(STEM)) == list(whole.terms(STEM))
    for field in (STEM, EXACT):
        for term in whole.terms(field):
            assert found(parts, term, field) == found(whole, term, field)
    for url in urls(whole):
        stems = ("eau", "j1", "j2", "mot3", "élu")
        assert matches(parts, url, *stems) == matches(whole, url, *stems)
    assert phrase(parts, "eau", "potable") == phrase(whole, "eau", "potable")
    parts.check()
    assert not list(tmp_path.rglob("*.own.*"))


def test_words_are_found_at_their_place_in_title_and_text(engine, tmp_path):
    text = "Rien.\n\n" + " " * 600 + "eaux    potables et " + "x" * 300 + " eau"
    engine.update(tmp_path, [document("z"), document("a", text, title="les eaux")], nothing)
    reader = engine.open(tmp_path)
    assert matches(reader, "a", "eau", "potable") == [
        ("title", "eaux"), ("text", "eaux"), ("text", "potables"), ("text", "eau"),
    ]  # fmt: skip
    finder = reader.finder([[(STEM, "potable")], [(STEM, "eau"), (STEM, "unknown")]])
    [number] = reader.postings(URL, "a").documents
    groups = [group for _, group in finder.tokens(number)]
    assert groups == [1, 1, 0, 1]
    numbers = [token for token, _ in finder.tokens(number)]
    assert numbers == sorted(numbers)
    assert numbers[1] - numbers[0] >= GAP_TOKENS
    reader.close()


def test_a_second_reading_is_found_on_all_its_words(engine, tmp_path):
    engine.update(tmp_path, [document("a", "tournoi d e sport ici", joins=[(2, 2, "esport", "esport")])], nothing)
    reader = engine.open(tmp_path)
    assert matches(reader, "a", "esport") == [("text", "e sport")]
    assert phrase(reader, "esport") == ["a"]
    assert phrase(reader, "e", "sport") == ["a"]
    reader.close()


def test_a_phrase_is_words_side_by_side_in_one_part(engine, tmp_path):
    added = [
        document("a", "mot eau potable mot"), document("b", "potable eau"), document("c", "potable", title="eau"),
        document("d", "eau de potable", title="face eau face"),
    ]  # fmt: skip
    engine.update(tmp_path, added, nothing)
    reader = engine.open(tmp_path)
    assert phrase(reader, "eau", "potable") == ["a"]
    assert phrase(reader, "eau", "de", "potable") == ["d"]
    assert phrase(reader, "face", "eau", "face") == ["d"]
    assert phrase(reader, "eau", "unknown") == []
    assert phrase(reader, "potable") == ["a", "b", "c", "d"]
    reader.close()


def test_terms_are_sorted_and_cut_by_prefix(engine, tmp_path):
    engine.update(tmp_path, [document("a", "ville vil eau été œuvre vile")], nothing)
    reader = engine.open(tmp_path)
    assert list(reader.terms(STEM)) == sorted(["ville", "vil", "eau", "été", "œuvre", "vile"])
    assert list(reader.terms(STEM, "vil")) == ["vil", "vile", "ville"]
    assert list(reader.terms(STEM, "zz")) == []
    assert list(reader.terms("headings")) == []
    reader.close()


def test_an_update_adds_replaces_and_deletes(engine, tmp_path):
    engine.update(tmp_path, [document("a"), document("b"), document("c")], nothing)
    engine.update(tmp_path, [document("b", "feu", stamp="2"), document("d")], lambda: ["a", "never seen"])
    reader = engine.open(tmp_path)
    assert urls(reader) == ["b", "c", "d"]
    assert reader.size() == 3
    assert found(reader, "eau") == {"c": 100, "d": 100}
    assert found(reader, "feu") == {"b": 100}
    reader.close()


def test_of_an_address_given_twice_the_first_counts(engine, tmp_path):
    engine.update(tmp_path, [document("a", "un"), document("a", "deux")], nothing)
    reader = engine.open(tmp_path)
    assert urls(reader) == ["a"]
    assert found(reader, "un") == {"a": 100}
    assert found(reader, "deux") == {}
    reader.close()


def test_what_to_remove_is_asked_after_all_was_read(engine, tmp_path):
    order = []

    def documents():
        order.append("read")
        yield document("a")

    engine.update(tmp_path, documents(), lambda: order.append("asked") or ())
    assert order == ["read", "asked"]


def test_an_error_while_reading_leaves_the_index_as_it_was(engine, tmp_path):
    engine.update(tmp_path, [document("a")], nothing)

    def documents():
        yield document("b")
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError):
        engine.update(tmp_path, documents(), lambda: ["a"])
    reader = engine.open(tmp_path)
    assert urls(reader) == ["a"]
    reader.close()


def test_a_reader_keeps_its_state_while_the_index_changes(engine, tmp_path):
    engine.update(tmp_path, [document("a"), document("b")], nothing)
    reader = engine.open(tmp_path)
    engine.update(tmp_path, [document("c")], lambda: ["a"])
    assert urls(reader) == ["a", "b"]
    assert found(reader, "eau") == {"a": 100, "b": 100}
    reader.close()


def test_no_index_is_a_damaged_index(engine, tmp_path):
    with pytest.raises(ArchiveDamaged, match="aimf rebuild"):
        engine.open(tmp_path / "nothing here")


def test_strange_terms_and_addresses_survive(engine, tmp_path):
    odd = "l\ud800one\x00\U0001f600é\t"
    engine.update(
        tmp_path,
        [
            Document(
                Card(odd, "s", odd),
                odd,
                Stream(),
                Stream([(odd, odd, 0, 7)]),
                {STEM: {odd: 1}, EXACT: {odd: 1}, URL: {odd: 1}},
            )
        ],
        nothing,
    )
    reader = engine.open(tmp_path)
    assert urls(reader) == [odd]
    assert list(reader.terms(STEM)) == [odd]
    assert found(reader, odd) == {odd: 1}
    assert reader.text(next(iter(documents_of(reader.documents())))) == odd
    assert matches(reader, odd, odd.strip()) == []
    reader.close()


def test_many_updates_stay_few_segments_and_lose_nothing(engine, tmp_path):
    for number in range(3 * SEGMENTS_MAX):
        added = [document(f"{number}-{part}", f"mot{number} eau commun", title="titre") for part in "abc"]
        engine.update(tmp_path, added, lambda number=number: [f"{number - 2}-b"])
    reader = engine.open(tmp_path)
    expected = sorted(
        f"{number}-{part}"
        for number in range(3 * SEGMENTS_MAX)
        for part in "abc"
        if part != "b" or number >= 3 * SEGMENTS_MAX - 2
    )
    assert urls(reader) == expected
    assert sorted(found(reader, "commun")) == expected
    assert matches(reader, "3-a", "mot3", "commun") == [("text", "mot3"), ("text", "commun")]
    assert phrase(reader, "mot3", "eau") == ["3-a", "3-c"]
    reader.close()


STEPS = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["eau", "eau feu", "feu feu air"]), max_size=4),
        st.sets(st.sampled_from("abcdef"), max_size=2),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_all_engines_agree_after_any_history(tmp_path_factory, steps):
    states = []
    for make in ENGINES:
        engine, folder = make(), Path(tmp_path_factory.mktemp("history"))
        for added, removed in steps:
            documents = [document(url, text) for url, text in added.items()]
            engine.update(folder, documents, lambda gone=removed, new=added: [url for url in gone if url not in new])
        reader = engine.open(folder)
        finder = reader.finder([[(STEM, "feu")], [(STEM, "air")]])
        near = sorted((reader.card(number).url, finder.tokens(number)) for number in documents_of(reader.documents()))
        held = phrase(reader, "feu", "air")
        states.append((urls(reader), found(reader, "eau"), found(reader, "feu"), found(reader, "air"), near, held))
        reader.close()
    assert all(state == states[0] for state in states)


def test_no_two_fields_share_a_name():
    assert len(set(FIELDS)) == len(FIELDS)
