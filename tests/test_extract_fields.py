"""Fields and their sources: titles, dates, authors, terms, pictures, files, films; what a page says against itself."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Taxonomies
from pipeline.extract import media, taxonomy
from pipeline.extract.blocks import walk
from pipeline.extract.dates import read_date
from pipeline.extract.html import parse
from pipeline.extract.language import judge
from pipeline.extract.metadata import forbids_indexing, read_metadata
from pipeline.extract.passages import foreign_passages
from pipeline.extract.rules import inline_rule, node_rules
from pipeline.extract.shown import Shown
from pipeline.records import Capture, Image

AT = datetime(2024, 3, 18, tzinfo=UTC)
URL = "https://www.ville.example/actualite/eau/"


def seen(html):
    root = parse(html)
    assert root is not None
    tree = walk(root, inline_rule)
    return root, tree, node_rules(tree, set(), set())


def read(html, *, url=URL, site="Ville de Niébé", sitemap=None):
    root, tree, rules = seen(html)
    return read_metadata(Shown(root, tree, rules), None, site, Capture(url, 200, {}, b"", AT), sitemap)


def graph(**node):
    return f"<script type='application/ld+json'>{json.dumps({'@graph': [{'@type': 'WebPage', **node}]})}</script>"


TITLE = "De l’eau pour le quartier"


@pytest.mark.parametrize(
    ("html", "title", "source"),
    [
        (f"<title>{TITLE} - Ville de Niébé</title><h1>{TITLE}</h1>", TITLE, "heading"),
        (f"<title>{TITLE} | Ville de Niébé</title>", TITLE, "title element"),
        (f"<title>Actualités – {TITLE} – Service d’eau</title><h1>{TITLE}</h1>", TITLE, "heading"),
        (f"<title>{TITLE}</title><h1>Ville de Niébé</h1><h2>{TITLE}</h2>", TITLE, "heading"),
        (f"<title>{TITLE} : tout savoir</title><h1>De l’eau pour tout le quartier</h1>", "De l’eau pour tout le quartier", "heading"),
        (f"<title>Accueil</title><meta property=og:title content='{TITLE}'><h1>Nos services</h1>", TITLE, "meta og:title"),
        (f"<title>{TITLE}</title><h1><span>12.03.2020</span> {TITLE}</h1>", TITLE, "heading"),
        (f"<title>- Ville de Niébé</title><h1>{TITLE}</h1>", TITLE, "heading"),
        (graph(name="L&rsquo;eau pour tous &#8211; Ville de Niébé"), "L’eau pour tous", "json-ld"),
        (f"<nav><h1>Menu</h1></nav><title>{TITLE} – ville.example</title>", TITLE, "title element"),
        ("<meta property=og:site_name content=Niébé><title>Rapport annuel • Niébé</title>", "Rapport annuel", "title element"),
        (f"<h1>{TITLE}</h1>", TITLE, "heading"),
    ],
)  # fmt: skip
def test_the_title_is_what_the_head_states_and_a_heading_shows(html, title, source):
    metadata = read(html)
    assert (metadata.title, metadata.sources["title"]) == (title, source)


def test_a_page_without_a_title_has_none():
    assert read("<p>Rien</p>").title is None


@pytest.mark.parametrize(
    ("html", "url", "day", "source"),
    [
        (graph(datePublished="2022-05-24T10:00:00+02:00"), URL, (2022, 5, 24), "json-ld"),
        ("<meta property='article:published_time' content='2022-05-24T10:00:00Z'>", URL, (2022, 5, 24), "meta article:published_time"),
        ("<meta name=date content='Sat, 19 Oct 2019 00:04:00 +0200'>", URL, (2019, 10, 19), "meta date"),
        ("<h1>A</h1><span itemprop=datePublished content=2019-02-03>hier</span>", URL, (2019, 2, 3), "microdata"),
        ("<h1>A</h1>", "https://ville.example/2019/05/12/a", (2019, 5, 12), "address"),
        ("<h1>A</h1><time datetime='2020-02-08 11:00'>8 février</time>", URL, (2020, 2, 8), "time element"),
        ("<h1>A</h1><p>Publié le 1er mars 2021 par Awa</p>", URL, (2021, 3, 1), "date line"),
        ("<h1>A</h1><p>Montag, 2. März 2021</p>", URL, (2021, 3, 2), "date line"),
        ("<h1>A</h1><p>March 3, 2021</p>", URL, (2021, 3, 3), "date line"),
        ("<p>03.03.2021</p><h1>A</h1>", URL, (2021, 3, 3), "date line"),
        ("<h1>A</h1><p>Un texte.</p><p class=postdate>5. Mai 2015</p>", URL, (2015, 5, 5), "date line"),
    ],
)  # fmt: skip
def test_the_date_of_publication_is_found_where_pages_put_it(html, url, day, source):
    metadata = read(html, url=url)
    assert (metadata.date_published, metadata.sources["date_published"]) == (date(*day), source)


def test_date_and_author_stand_in_the_footer_of_the_article_in_themes_of_wordpress():
    metadata = read(
        "<main><article><header><h1>A</h1></header><p>Un texte.</p><footer class=entry-footer>Publié le "
        "<time class='entry-date published updated' datetime=2021-09-01T09:00:00+02:00>1 septembre 2021</time> par "
        "<a rel=author href=/author/awa/>Awa Diop</a></footer></article></main>"
    )
    assert (metadata.date_published, metadata.authors) == (date(2021, 9, 1), ("Awa Diop",))
    assert metadata.sources["date_published"] == "time element"


@pytest.mark.parametrize(
    "html",
    [
        "<h1>A</h1><p>© 2021 Ville de Niébé, le 3 mars 2021</p>",
        "<h1>A</h1><p>Du 23 au 27 mai 2022</p>",
        "<h1>A</h1><p>23.05.2022 – 27.05.2022</p>",
        "<h1>A</h1><p>Mis à jour le 12 mars 2020</p>",
        "<h1>A</h1><aside><time datetime=2020-01-01>1</time></aside>",
        "<article><h1>A</h1><p>Texte.</p></article><footer><time datetime=2020-01-01>1</time></footer>",
        "<article><h1>A</h1><article><h3>B</h3><footer><time datetime=2020-01-01>1</time></footer></article></article>",
        "<h1>A</h1><div class=related><p>12.03.2020</p></div>",
        "<h1>A</h1><p>Le conseil municipal s’est réuni pendant deux heures le 12 mars 2020 et a voté le budget de la commune.</p>",
        "<h1>A</h1><time datetime=2031-01-01>bientôt</time>",
        "<meta name=date content=1970-01-01>",
        "<meta name=date content=demain>",
        "<h1>A</h1><blockquote>Publié par la mairie le 12 mars 2020</blockquote>",
    ],
)
def test_other_dates_are_none_of_the_articles(html):
    assert read(html).date_published is None


@pytest.mark.parametrize(
    ("html", "day", "source"),
    [
        (graph(dateModified="2022-09-27T16:11:37+00:00"), (2022, 9, 27), "json-ld"),
        ("<meta property='article:modified_time' content=2022-09-27>", (2022, 9, 27), "meta article:modified_time"),
        ("<h1>A</h1><p>Mis à jour le 12 mars 2020</p>", (2020, 3, 12), "date line"),
        ("<h1>A</h1><time class=updated datetime=2020-04-05>x</time>", (2020, 4, 5), "time element"),
    ],
)
def test_the_date_of_modification_is_another(html, day, source):
    metadata = read(html)
    assert (metadata.date_modified, metadata.sources["date_modified"]) == (date(*day), source)
    assert metadata.date_published is None


def test_the_sitemap_is_the_last_to_be_asked():
    assert read("<h1>A</h1>", sitemap="2023-04-05T00:00:00Z").sources["date_modified"] == "sitemap"
    assert read(graph(dateModified="2022-09-27"), sitemap="2023-04-05").date_modified == date(2022, 9, 27)


def test_a_moment_in_utc_is_the_day_that_the_page_prints():
    html = graph(datePublished="2021-12-31T23:00:00+00:00") + "<h1>A</h1><p class=entry-date>1er janvier 2022</p>"
    metadata = read(html)
    assert metadata.date_published == date(2022, 1, 1)
    assert not metadata.contradictions


@pytest.mark.parametrize(
    ("html", "said"),
    [
        (
            graph(datePublished="2022-05-24") + "<h1>A</h1><p class=entry-date>12/05/2022</p>",
            "date_published: json-ld says 2022-05-24, the page shows 12/05/2022",
        ),
        (
            graph(datePublished="2022-05-24") + "<meta property='article:published_time' content=2020-01-01>",
            "date_published: json-ld says 2022-05-24, meta article:published_time says 2020-01-01",
        ),
        (
            graph(datePublished="2022-05-24", dateModified="2022-05-01"),
            "date_modified: json-ld says 2022-05-01, before the publication on 2022-05-24",
        ),
        (
            "<title>Le budget</title><h1>Nos piscines</h1>",
            "title: the head says « Le budget », the page shows « Nos piscines »",
        ),
    ],
)
def test_a_page_that_contradicts_itself_is_told(html, said):
    assert said in read(html).contradictions


@pytest.mark.parametrize(
    "html",
    [
        graph(datePublished="2022-05-24") + "<h1>A</h1><p class=entry-date>24/05/2022</p>",
        graph(datePublished="2022-05-24") + "<h1>A</h1><p>14-16 octobre 2008</p>",
        graph(datePublished="2022-05-24", dateModified="2023-01-02")
        + "<h1>A</h1><p class=entry-date>2 janvier 2023</p>",
        graph(datePublished="2022-05-24") + "<h1>A</h1><div class=related><p class=entry-date>01/01/2020</p></div>",
        "<title>Le budget 2024</title><h1>Budget de la ville</h1>",
    ],
)
def test_a_page_that_agrees_is_not_blamed(html):
    assert not read(html).contradictions


def test_a_text_in_another_language_than_declared_is_told():
    english = "The city council met yesterday with the people of the neighbourhood to present the plans for the new water plant, which should start to work before the end of the year and serve all of the people who live there."
    verdict = judge(english, path="/", declared=("fr",), expected=("fr", "en"))
    assert verdict.contradiction == "language: the page declares fr, its text reads as en"
    assert not judge(english, path="/", declared=("en",), expected=("fr", "en")).contradiction
    assert not judge(english, path="/", declared=(), expected=("fr", "en")).contradiction


def test_the_language_is_declared_in_many_places():
    html = f"<html lang=fr-FR><link rel=alternate hreflang=en href='{URL}'><meta property=og:locale content=de_DE>"
    assert read(html).languages == ("fr-FR", "en", "de_DE")


@pytest.mark.parametrize(
    ("html", "authors"),
    [
        (graph(author={"@type": "Person", "name": "Awa Diop"}), ("Awa Diop",)),
        (graph(author=[{"name": "Awa Diop"}, {"name": "Jean Petit"}]), ("Awa Diop", "Jean Petit")),
        ("<meta name=author content='Awa Diop'><meta name=author content='Jean Petit'>", ("Awa Diop", "Jean Petit")),
        ("<meta name='twitter:label1' content='Écrit par'><meta name='twitter:data1' content='Awa Diop'>", ("Awa Diop",)),
        ("<meta name='twitter:label1' content='Durée de lecture'><meta name='twitter:data1' content='3 minutes'>", ()),
        ("<h1>A</h1><span itemprop=author><b itemprop=name>Awa Diop</b>, rédactrice</span>", ("Awa Diop",)),
        ("<h1>A</h1><a rel=author href=/x>Voir tous les articles de Awa Diop</a>", ("Awa Diop",)),
        ("<h1>A</h1><a href=/auteur/awa-diop/>Awa Diop</a>", ("Awa Diop",)),
        ("<h1>A</h1><p>Par Awa Diop, le 3 mai 2021</p>", ("Awa Diop",)),
        ("<h1>A</h1><p>Von Anna Berg und Karl Klein</p>", ("Anna Berg", "Karl Klein")),
        ("<h1>A</h1><p>by Ann Lee | May 3, 2021</p>", ("Ann Lee",)),
        ("<h1>A</h1><p><span class=author>Awa Diop</span> 12.03.2020</p>", ("Awa Diop",)),
        ("<h1>A</h1><p>Par tous les temps, la ville reste ouverte.</p>", ()),
        (graph(author={"name": "admin"}), ()),
        (graph(author={"name": "Ville de Niébé"}), ()),
        ("<meta name=author content='https://ville.example/auteur/x'>", ()),
        ("<h1>A</h1><aside><a rel=author href=/x>Awa Diop</a></aside>", ()),
        (graph(author={"@id": ["odd"]}), ()),
    ],
)  # fmt: skip
def test_authors_are_names_of_people(html, authors):
    assert read(html).authors == authors


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2020-08-08T23:30:00-02:00", date(2020, 8, 8)),
        ("20200808", date(2020, 8, 8)),
        ("8/8/20", date(2020, 8, 8)),
        ("8 de mayo de 2020", date(2020, 5, 8)),
        ("le 1er août 2022 à 10 h", date(2022, 8, 1)),
        ("2020年2月14日", date(2020, 2, 14)),
        ("31.02.2020", None),
        ("12 personnes 2020", None),
        ("", None),
        ("v1.2.3.4", None),
    ],
)
def test_dates_are_read_as_they_are_written(text, day):
    assert read_date(text) == day


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader_of_dates(text):
    assert read_date(text) is None or isinstance(read_date(text), date)


NONE = Taxonomies()
CHIPS = Taxonomies(themes="theme", countries="pays", cities="membre")


def test_terms_are_those_of_the_articles_own_element():
    root, _, _ = seen(
        "<article class='post-7 theme-eau pays-benin membre-porto-novo'><a href='/theme/eau/'>L’eau</a></article>"
        "<article class='post-8 theme-sport pays-togo'></article>"
    )
    terms = taxonomy.read_terms(root, next(root.iter("article")), CHIPS)
    assert [(term.slug, term.label) for term in terms.themes] == [("eau", "L’eau")]
    assert [(place.name, place.country, place.kind) for place in terms.places] == [
        ("Bénin", "BJ", "country"),
        ("Porto novo", "BJ", "city"),
    ]
    assert terms.themes_source == "classes of the article's element"


def test_without_settings_categories_come_from_classes_then_from_what_the_head_states():
    root, _, _ = seen("<article class='post-7 category-eau category-non-classe'><div><p>x</p></div></article>")
    terms = taxonomy.read_terms(root, next(root.iter("div")), NONE)
    assert [term.label for term in terms.themes] == ["Eau"]
    root, _, _ = seen("<div><p>x</p></div>")
    stated = read(
        graph(articleSection=["Santé &amp; social"]) + "<meta property='article:section' content='Eau'>"
    ).topics
    terms = taxonomy.read_terms(root, next(root.iter("div")), NONE, stated)
    assert [(term.slug, term.label) for term in terms.themes] == [("sante-social", "Santé & social")]
    assert terms.themes_source == "json-ld"
    assert taxonomy.read_terms(root, None, NONE, stated).themes == ()


def test_breadcrumbs_tell_a_section_but_neither_home_nor_the_article():
    steps = [{"name": "Accueil"}, {"item": {"name": "Culture"}}, {"name": "Le titre"}]
    html = f"<script type='application/ld+json'>{json.dumps({'@type': 'BreadcrumbList', 'itemListElement': steps})}</script>"
    assert read(html).topics == (("breadcrumb", "Culture"),)


def frame(html):
    root, tree, rules = seen(html)
    body = root.find("body")
    assert body is not None
    return media.Frame(tree, rules, lambda href: f"https://v.example{href}" if href.startswith("/") else href), {body}


@pytest.mark.parametrize(
    ("html", "image"),
    [
        ("<figure><img src=/a.jpg alt='Le pont'><figcaption>Le pont. Crédit photo : Mai Linh</figcaption></figure>",
         Image("https://v.example/a.jpg", "Le pont", "Le pont. Crédit photo : Mai Linh", "Mai Linh")),
        ("<div class=wp-caption><img src=/a.jpg><p class=wp-caption-text>Le pont</p></div>",
         Image("https://v.example/a.jpg", None, "Le pont", None)),
        ("<figure><img src=/a.jpg><figcaption>Le pont</figcaption><span class=credit>© A. Roux</span></figure>",
         Image("https://v.example/a.jpg", None, "Le pont", "A. Roux")),
        ("<p><img src=/a.jpg></p><p>Crédit photo : Zilla</p><p>Un texte.</p>",
         Image("https://v.example/a.jpg", None, None, "Zilla")),
        ("<img src='data:image/gif;base64,x' data-src=/a.jpg>", Image("https://v.example/a.jpg")),
        ("<img srcset='/a.jpg 300w, /b.jpg 600w'>", Image("https://v.example/a.jpg")),
    ],
)  # fmt: skip
def test_a_picture_has_its_caption_and_its_maker(html, image):
    assert media.read_images(*frame(html)) == (image,)


def test_decoration_and_dropped_pictures_are_left_out():
    html = "<img src=/blank.gif><img src=/x.png class=emoji><div class=related><img src=/a.jpg></div>"
    assert media.read_images(*frame(html)) == ()


def test_attachments_are_files_of_the_articles_element():
    place, bodies = frame(
        "<a href='/r.pdf?x=1#p'>R</a><a href=/p.html>P</a><div class=related><a href=/n.pdf>N</a></div>"
    )
    assert media.read_attachments(place, bodies.pop()) == ("https://v.example/r.pdf?x=1#p",)
    assert media.read_attachments(place, None) == ()


@pytest.mark.parametrize(
    ("html", "films"),
    [
        ("<iframe src='https://www.youtube.com/embed/fsjQj3Pqb7g?feature=oembed'></iframe>", ("https://www.youtube.com/watch?v=fsjQj3Pqb7g",)),
        ("<iframe data-src='//player.vimeo.com/video/76979871'></iframe>", ("https://vimeo.com/76979871",)),
        ("<iframe src='https://www.facebook.com/plugins/video.php?href=https%3A%2F%2Ffb.example%2Fv%2F1&x=1'></iframe>", ("https://fb.example/v/1",)),
        ("<iframe src='https://www.facebook.com/plugins/post.php?href=x'></iframe>", ()),
        ("<iframe src='https://maps.example/embed?pb=1'></iframe>", ()),
        ("<video><source src=/f.mp4></video>", ("https://v.example/f.mp4",)),
        ("""<div data-settings='{"youtube_url":"https:\\/\\/youtu.be\\/ACydNmbtbic"}'></div>""", ("https://www.youtube.com/watch?v=ACydNmbtbic",)),
        ("<div data-settings='{\"youtube_url\": 3, \"video_link\": {\"url\": \"/f.webm\"}}'></div>", ("https://v.example/f.webm",)),
        ("<div data-settings='{_url'></div>", ()),
        ("<div class=related><iframe src='https://youtu.be/ACydNmbtbic'></iframe></div>", ()),
    ],
)  # fmt: skip
def test_films_are_told_by_where_they_are_watched(html, films):
    assert media.read_videos(*frame(html)) == films


@pytest.mark.parametrize(
    ("meta", "header", "forbidden"),
    [
        ("noindex, follow", None, True),
        ("index", "us: none", True),
        (None, "googlebot: noindex", False),
        (None, None, False),
    ],
)
def test_who_asks_not_to_be_indexed_is_heard(meta, header, forbidden):
    assert forbids_indexing(meta, header, "us") is forbidden


TAGS = """<h1> </h1> <p> <time_datetime='x'> <time> <a_rel=author> <img_src=/a.jpg> <figure> <iframe_src='//[x'>
<meta_name=date_content='9999-99-99'> <meta_name=author_content='x'> <span_itemprop=datePublished> <div_class='author_x'>
<script_type='application/ld+json'> </script> [{"@type":["Article"],"author":[1,{"name":[2]}],"datePublished":[]}] 2020 12.3.2020""".split()
markup = st.lists(st.sampled_from([tag.replace("_", " ") for tag in TAGS]) | st.text(max_size=20), max_size=30).map(
    "".join
)


@given(markup)
def test_no_markup_breaks_a_field(html):
    html = f"<title>T</title>{html}"
    metadata = read(html)
    assert all(isinstance(name, str) for name in metadata.authors)
    root, tree, rules = seen(html)
    place = media.Frame(tree, rules, lambda href: href if isinstance(href, str) else None)
    assert isinstance(media.read_images(place, {root}), tuple)
    assert isinstance(media.read_videos(place, {root}), tuple)
    assert isinstance(taxonomy.read_terms(root, root, NONE, metadata.topics), taxonomy.Terms)
    assert isinstance(foreign_passages(html, "fr"), tuple)
