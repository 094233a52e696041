"""Articles out and in: the contract's keys, harmless cells, lines that are none."""

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.export import CSV_COLUMNS, BadLine, as_record, jsonl, read_jsonl, spreadsheet
from pipeline.records import Article, Partner, Place, Section, Term

ARTICLE = Article(
    url="https://ville.example/actualite/eau/",
    site="ville",
    title="=1+1",
    kind="actualite",
    text="L’eau ; et le reste\n« fin »",
    language="fr",
    date_published=date(2022, 5, 23),
    themes=(Term("eau", "Eau"),),
    sections=(Section(2, "Objectifs"),),
    places=(Place("Bénin", "BJ", "country"), Place("Cotonou", "BJ", "city")),
    partners=(Partner("Régie des eaux du Mono", "REM"), Partner("UNICEF")),
    captured_at=datetime(2024, 3, 18, tzinfo=UTC),
)
CONTRACT = (
    "url title kind date_published date_modified language authors themes sections summary text images attachments "
    "places partners amounts event_dates captured_at version"
).split()


def test_a_record_has_the_contracts_keys_in_order():
    assert list(as_record(ARTICLE)) == CONTRACT
    assert as_record(ARTICLE)["sections"] == [{"level": 2, "title": "Objectifs", "text": "Objectifs"}]
    assert as_record(ARTICLE)["partners"] == ["Régie des eaux du Mono (REM)", "UNICEF"]
    assert as_record(ARTICLE)["places"][0] == {"name": "Bénin", "country": "BJ", "kind": "country"}


def test_what_is_exported_can_be_imported():
    (back,) = read_jsonl(jsonl([ARTICLE]), {"ville.example": "ville"})
    assert isinstance(back, Article)
    assert as_record(back) == as_record(ARTICLE)
    assert back.site == "ville"
    assert back.partners == ARTICLE.partners


@pytest.mark.parametrize("name", ["Les Amis (de l’eau)", "UNICEF", "Agence (a b)"])
def test_what_is_no_acronym_stays_in_a_partners_name(name):
    line = json.dumps({"url": "https://a.example/1", "title": "Un", "partners": [name]})
    (article,) = read_jsonl([line], {})
    assert as_record(article)["partners"] == [name]


def test_a_lone_surrogate_is_exported_as_valid_utf8():
    broken = Article(url="https://a.example/", site="a", title="\udcff", kind="k", text="x")
    assert json.loads(next(iter(jsonl([broken]))))["title"] == "?"


def test_the_spreadsheet_opens_in_a_french_excel():
    text = "".join(spreadsheet([ARTICLE]))
    assert text.startswith("\ufeff")
    header, row = csv.reader(io.StringIO(text[1:]), delimiter=";")
    cells = dict(zip(header, row, strict=True))
    assert tuple(header) == CSV_COLUMNS
    assert cells["title"] == "'=1+1"
    assert cells["date_published"] == "2022-05-23"
    assert cells["countries"] == "Bénin"
    assert text.endswith("\r\n")


def test_a_line_that_is_no_article_is_told_by_number_and_reason():
    lines = [
        '{"url": "https://a.example/1", "title": "Un"}',
        "",
        "{",
        '{"url": "x", "title": "y"}',
        "[]",
        '{"url": "https://a.example/2"}',
    ]
    outcomes = list(read_jsonl(lines, {}))
    assert isinstance(outcomes[0], Article)
    assert [bad.number for bad in outcomes[1:] if isinstance(bad, BadLine)] == [3, 4, 5, 6]
    assert all(bad.why for bad in outcomes[1:] if isinstance(bad, BadLine))


@given(
    st.lists(
        st.text()
        | st.recursive(
            st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.sampled_from(CONTRACT), x)
        ).map(json.dumps),
        max_size=4,
    )
)
def test_no_line_raises(lines):
    for outcome in read_jsonl(lines, {}):
        assert isinstance(outcome, Article | BadLine)
