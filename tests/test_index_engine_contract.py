"""What every engine must do, asked of each in turn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.engine import EXACT, FIELDS, STEM, URL, Document, Engine
from index.memory_engine import MemoryEngine
from index.whoosh_engine import WhooshEngine
from pipeline.errors import ArchiveDamaged

ENGINES: list[Callable[[], Engine]] = [MemoryEngine, WhooshEngine]


@pytest.fixture(params=ENGINES, ids=lambda made: made.__name__)
def engine(request) -> Engine:
    return request.param()


def document(url: str, text: str = "eau potable", day: int = 0, stamp: str = "1") -> Document:
    words = text.split()
    places = {word: tuple(i for i, other in enumerate(words) if other == word) for word in words}
    return Document(url, stamp, f"title of {url}", day, len(words), {STEM: places, EXACT: places, URL: {url: (0,)}})


def nothing() -> tuple[str, ...]:
    return ()


def urls(reader) -> list[str]:
    return sorted(reader.stored(number).url for number in reader.documents())


def found(reader, term: str) -> dict[str, int]:
    return {reader.stored(number).url: count for number, count in reader.postings(STEM, term).items()}


def test_an_empty_index_can_be_read(engine, tmp_path):
    engine.update(tmp_path, (), nothing)
    reader = engine.open(tmp_path)
    assert (reader.size(), urls(reader), list(reader.terms(STEM)), list(reader.lengths())) == (0, [], [], [])
    assert reader.postings(STEM, "eau") == {}
    assert reader.positions(STEM, "eau", [0]) == {}
    reader.close()


def test_documents_come_back_with_their_terms(engine, tmp_path):
    engine.update(tmp_path, [document("a", "eau de l eau", day=7), document("b", "feu")], nothing)
    reader = engine.open(tmp_path)
    assert found(reader, "eau") == {"a": 2}
    assert found(reader, "air") == {}
    [number] = reader.postings(STEM, "eau")
    assert list(reader.positions(STEM, "eau", reader.documents())[number]) == [0, 3]
    assert (reader.lengths()[number], reader.days()[number]) == (4, 7)
    assert reader.stored(number).title == "title of a"
    assert reader.stored(number).stamp == "1"
    assert list(reader.postings(URL, "b")) == [n for n in reader.documents() if reader.stored(n).url == "b"]
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
    assert found(reader, "eau") == {"c": 1, "d": 1}
    assert found(reader, "feu") == {"b": 1}
    reader.close()


def test_of_an_address_given_twice_the_first_counts(engine, tmp_path):
    engine.update(tmp_path, [document("a", "un"), document("a", "deux")], nothing)
    reader = engine.open(tmp_path)
    assert urls(reader) == ["a"]
    assert found(reader, "un") == {"a": 1}
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
    assert found(reader, "eau") == {"a": 1, "b": 1}
    reader.close()


def test_no_index_is_a_damaged_index(engine, tmp_path):
    with pytest.raises(ArchiveDamaged, match="aimf rebuild"):
        engine.open(tmp_path / "nothing here")


def test_strange_terms_and_addresses_survive(engine, tmp_path):
    odd = "l\ud800one \x00 \U0001f600 é\t"
    engine.update(tmp_path, [Document(odd, "s", odd, 0, 1, {STEM: {odd: (0,)}, URL: {odd: (0,)}})], nothing)
    reader = engine.open(tmp_path)
    assert urls(reader) == [odd]
    assert list(reader.terms(STEM)) == [odd]
    assert found(reader, odd) == {odd: 1}
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
        near = {
            reader.stored(number).url: list(places)
            for number, places in reader.positions(STEM, "feu", list(reader.documents())).items()
        }
        states.append((urls(reader), found(reader, "eau"), found(reader, "feu"), found(reader, "air"), near))
        reader.close()
    assert all(state == states[0] for state in states)


def test_no_two_fields_share_a_name():
    assert len(set(FIELDS)) == len(FIELDS)
