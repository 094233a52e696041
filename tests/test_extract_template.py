"""What repeats across a site's pages is learned without labels, and explains itself."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Site
from pipeline.extract.article import Knowledge, explain, read_alone
from pipeline.extract.template import LEAST_PAGES, PageReading, Template, learn, text_key
from pipeline.records import Article, Capture

AT = datetime(2024, 3, 18, tzinfo=UTC)
SITE = Site.model_validate(
    {
        "name": "Ville",
        "base_url": "https://ville.example/",
        "kinds": [{"kind": "page", "path": "^/"}],
        "listings": [],
        "languages": ["fr"],
    }
)
KNOWLEDGE = Knowledge("ville", SITE)
SUBJECTS = "eau pont école marché tramway musée jardin théâtre piscine stade archives fontaine".split()
INTRODUCTION = "Cet article appartient au dossier consacré par la ville à la reconquête des berges du fleuve."
TEASERS = "Le maire salue la mobilisation des habitants et rappelle les échéances à venir de la saison, {subject}."


def article_html(subject, *, introduction=False, skin="texte"):
    """A page without any telling name: the text, a column of other pages' excerpts, a standing offer."""
    others = [other for other in SUBJECTS if other != subject][:4]
    intro = f"<p>{INTRODUCTION}</p>" if introduction else ""
    text = "".join(
        f"<p>La commune a présenté {n} mesures pour le projet « {subject} », que les habitants attendaient depuis "
        f"longtemps ; le chantier {subject} durera {n + 3} mois.</p>"
        for n in range(1, 4)
    )
    cards = "".join(
        f"<div><a href='/{o}'><b>{o.title()}</b></a><p>{TEASERS.format(subject=o)}</p></div>" for o in others
    )
    return (
        f"<html><head><title>Le projet {subject}</title></head><body><div class='haut'><a href='/'>Accueil</a></div>"
        f"<h1>Le projet {subject}</h1><div class='zone'><div class='{skin}'>{intro}{text}"
        "<p>Réservez votre place dès maintenant auprès du guichet unique de la maison commune.</p></div>"
        f"<div class='colonne'>{cards}</div></div></body></html>"
    )


def capture(subject, html):
    return Capture(
        f"https://ville.example/{subject}", 200, {"content-type": "text/html; charset=utf-8"}, html.encode(), AT
    )


def learned(pages):
    readings = [read_alone(page, KNOWLEDGE) for page in pages]
    return learn(reading for reading in readings if isinstance(reading, PageReading))


def test_the_container_is_learned_and_named_with_its_pages():
    template = learned([capture(subject, article_html(subject)) for subject in SUBJECTS])
    assert template is not None
    assert template.pages == len(SUBJECTS)
    assert [(c.token, c.pages) for c in template.containers] == [("div.texte", len(SUBJECTS))]


def test_what_most_pages_print_inside_the_container_is_the_frame_and_says_on_how_many():
    pages = [capture(subject, article_html(subject)) for subject in SUBJECTS]
    template = learned(pages)
    told = explain(pages[0], Knowledge("ville", SITE, template=template))
    offer = next(block for block in told.blocks if block.text.startswith("Réservez"))
    assert offer.rule == "template text"
    assert f"{len(SUBJECTS)} of the {len(SUBJECTS)} pages" in offer.detail
    assert isinstance(told.outcome, Article)
    assert "div.texte" in told.container
    assert "Le maire salue" not in told.outcome.text
    assert told.outcome.text.count("\n") == 2


def test_an_introduction_that_editors_repeat_in_some_articles_is_content():
    pages = [
        capture(subject, article_html(subject, introduction=number < 5)) for number, subject in enumerate(SUBJECTS)
    ]
    outcome = explain(pages[0], Knowledge("ville", SITE, template=learned(pages))).outcome
    assert isinstance(outcome, Article)
    assert INTRODUCTION in outcome.text


def test_a_redesign_is_a_second_template():
    skins = ["texte"] * 6 + ["corps"] * 6
    pages = [capture(s, article_html(s, skin=skin)) for s, skin in zip(SUBJECTS, skins, strict=True)]
    template = learned(pages)
    assert template is not None
    assert {container.token for container in template.containers} == {"div.texte", "div.corps"}
    for page in (pages[0], pages[-1]):
        outcome = explain(page, Knowledge("ville", SITE, template=template)).outcome
        assert isinstance(outcome, Article)
        assert "Le maire salue" not in outcome.text
        assert "que les habitants attendaient" in outcome.text


@pytest.mark.parametrize("count", [0, 1, LEAST_PAGES - 1])
def test_too_few_pages_teach_nothing(count):
    assert learned([capture(s, article_html(s)) for s in SUBJECTS[:count]]) is None


def test_eight_pages_are_enough():
    template = learned([capture(s, article_html(s)) for s in SUBJECTS[:8]])
    assert template is not None
    assert template.containers[0].token == "div.texte"


def test_the_same_knowledge_has_the_same_fingerprint_however_many_pages_taught_it():
    template = learned([capture(s, article_html(s)) for s in SUBJECTS])
    assert template is not None
    assert replace(template, pages=900).fingerprint == template.fingerprint
    assert Knowledge("ville", SITE).fingerprint != Knowledge("ville", SITE, template=template).fingerprint


def test_a_template_comes_back_from_the_archive_as_it_was():
    template = learned([capture(s, article_html(s)) for s in SUBJECTS])
    assert template is not None
    assert Template.from_json(template.to_json()) == template


def test_a_page_that_is_nothing_like_the_others_is_read_alone():
    template = learned([capture(s, article_html(s)) for s in SUBJECTS])
    lone = capture(
        "seul", "<title>Seul</title><main><article>" + "<p>Un texte tout autre, long et suivi, sans pareil.</p>" * 9
    )
    told = explain(lone, Knowledge("ville", SITE, template=template))
    assert "learned" not in told.container


@given(st.lists(st.text(max_size=30), max_size=12))
def test_keys_of_texts_never_raise(texts):
    assert all(isinstance(text_key(text), str) for text in texts)
