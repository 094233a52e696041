"""Pages become articles: the sample site's truth, rules that name themselves, hostile input."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import sample
from pipeline.config import Site
from pipeline.config_file import load_config
from pipeline.extract.article import Knowledge, explain, extract
from pipeline.facts.gazetteer import plain
from pipeline.records import Article, Capture, Rejection, RejectionReason
from pipeline.urls import Rebase

SAMPLE = Knowledge("exemple", load_config(sample.CONFIG).sites["exemple"])
SECOND = Knowledge("rives", load_config(sample.SECOND_CONFIG).sites["rives"])
AT = datetime(2024, 3, 18, tzinfo=UTC)
PROSE = (
    "<p>Le conseil municipal a réuni hier les habitants du quartier pour présenter le projet de station d’épuration.</p>"
    "<p>Les travaux commenceront au printemps, et la commune formera douze agents à l’entretien des ouvrages.</p>"
)


def anywhere(**settings):
    site = {
        "name": "Ville",
        "base_url": "https://ville.example/",
        "kinds": [{"kind": "page", "path": "^/"}],
        "listings": [],
    }
    return Knowledge("ville", Site.model_validate(site | settings))


def page(html, *, url="https://ville.example/a", content_type="text/html; charset=utf-8"):
    return Capture(url, 200, {"content-type": content_type}, html if isinstance(html, bytes) else html.encode(), AT)


def of_sample(base_url, pages, path):
    status, headers, body = pages[path]
    headers = {name.lower(): value for name, value in headers.items()}
    return Capture(base_url.rstrip("/") + path, status, headers, body, AT)


TRUTHS = [(SAMPLE, sample.BASE_URL, sample.pages(), truth) for truth in sample.expected()]
TRUTHS += [(SECOND, sample.SECOND_BASE_URL, sample.second_pages(), truth) for truth in sample.second_expected()]


@pytest.mark.parametrize(
    ("knowledge", "base_url", "pages", "truth"), TRUTHS, ids=lambda value: getattr(value, "path", "")
)
def test_an_article_is_read_as_its_author_meant_it(knowledge, base_url, pages, truth):
    told = explain(of_sample(base_url, pages, truth.path), knowledge)
    article = told.outcome
    assert isinstance(article, Article)
    assert (article.title, article.kind) == (truth.title, truth.kind)
    # The second site prints one date only.
    modified = truth.date_modified if knowledge is SAMPLE else None
    assert (article.date_published, article.date_modified) == (truth.date_published, modified)
    assert {term.label for term in article.themes} == set(truth.themes)
    tagged = [place for place in article.places if place.tagged]
    assert {place.country for place in tagged if place.kind == "country"} == set(truth.countries)
    # The site shouts its members (« SIDI-MEZRANE »); the archive writes them as names.
    cities = [place.name for place in tagged if place.kind == "city"]
    assert {plain(city) for city in cities} == {plain(city) for city in truth.cities}
    assert not [city for city in cities if city.isupper()]
    assert [section.title for section in article.sections] == list(truth.sections)
    for sentence in filter(None, (truth.first_sentence, truth.last_sentence)):
        assert sentence in article.text
    # Buttons of attached files may stay or go.
    buttons = sum(len(block.text) + 1 for block in told.blocks if block.rule is None and block.link_share == 1)
    assert 0.95 * truth.text_chars <= len(article.text) <= 1.05 * truth.text_chars + buttons
    assert not [line for line in sample.BOILERPLATE if line in article.text]


def test_nothing_else_of_the_sample_site_is_an_article():
    pages = sample.pages()
    articles = {truth.path for truth in sample.expected()}
    for path, (status, _, _) in pages.items():
        if path in articles or status != 200 or not path.startswith("/") or "?" in path:
            continue
        outcome = extract(of_sample(sample.BASE_URL, pages, path), SAMPLE)
        assert isinstance(outcome, Rejection), path
        assert outcome.detail


@pytest.mark.parametrize(
    ("html", "content_type", "reason"),
    [
        ("", "text/html", RejectionReason.EMPTY),
        ("   \n ", "text/html", RejectionReason.EMPTY),
        ("%PDF-1.7", "application/pdf", RejectionReason.NOT_HTML),
        ("<rss/>", "application/rss+xml", RejectionReason.FEED),
        ("<body class='error404'><h1>Rien</h1>" + PROSE, "text/html", RejectionReason.ERROR_PAGE),
        ("<body class='attachment'><h1>Photo</h1>", "text/html", RejectionReason.ATTACHMENT),
        (
            "<h1>Titre</h1><p>Lorem ipsum dolor sit amet, consectetur adipiscing elit.</p>",
            "text/html",
            RejectionReason.PLACEHOLDER,
        ),
    ],
)
def test_what_is_no_article_is_rejected_with_its_reason(html, content_type, reason):
    outcome = extract(page(html, content_type=content_type), anywhere())
    assert isinstance(outcome, Rejection)
    assert outcome.reason is reason


def test_a_page_that_asks_not_to_be_indexed_is_not():
    html = f"<head><title>T</title><meta name=robots content='noindex, follow'></head><main>{PROSE}</main>"
    outcome = extract(page(html), anywhere())
    assert isinstance(outcome, Rejection)
    assert outcome.reason is RejectionReason.NOINDEX


def test_a_listing_and_a_taxonomy_are_told_apart():
    pages = sample.pages()
    listing = extract(of_sample(sample.BASE_URL, pages, "/toutes-nos-actualites/"), SAMPLE)
    assert isinstance(listing, Rejection)
    assert listing.reason is RejectionReason.LISTING
    country = next(path for path in pages if path.startswith("/pays/"))
    taxonomy = extract(of_sample(sample.BASE_URL, pages, country), SAMPLE)
    assert isinstance(taxonomy, Rejection)
    assert taxonomy.reason is RejectionReason.TAXONOMY


def test_a_page_of_little_text_is_no_article_where_the_kind_asks_for_text():
    strict = anywhere(kinds=[{"kind": "page", "path": "^/", "min_text_chars": 200}])
    outcome = extract(
        page("<title>Contact</title><main><p>Écrivez-nous, nous répondons sous deux jours ouvrés.</p></main>"), strict
    )
    assert isinstance(outcome, Rejection)
    assert outcome.reason is RejectionReason.TOO_LITTLE_TEXT
    assert "200" in outcome.detail


def test_a_page_behind_a_password_is_an_article_by_its_title():
    html = "<title>98e Bureau</title><main><p>Cet article est protégé.</p><form><input type='password'></form></main>"
    article = extract(page(html), anywhere(kinds=[{"kind": "page", "path": "^/", "min_text_chars": 200}]))
    assert isinstance(article, Article)
    assert (article.title, article.text) == ("98e Bureau", "")


def test_a_log_in_box_does_not_make_an_article_protected():
    html = f"<title>T</title><main>{PROSE}{PROSE}</main><form><input type='password'></form>"
    article = extract(page(html), anywhere())
    assert isinstance(article, Article)
    assert "station d’épuration" in article.text


def test_every_dropped_block_names_its_rule():
    html = f"""<title>Eau</title><nav>Accueil Actualités</nav><main><article><h1>Eau</h1>{PROSE}
      <p>Partagez cet article</p><p>Lorem ipsum dolor sit amet, consectetur adipiscing elit.</p>
      <h3>Articles similaires</h3><ul><li><a href="/b">Un autre article de la commune</a></li></ul>
      <p style="display: none">caché</p></article></main><footer>Mentions légales</footer>"""
    told = explain(page(html), anywhere())
    fates = {block.text: block.rule for block in told.blocks}
    assert fates["Accueil Actualités"] == "navigation"
    assert fates["Partagez cet article"] == "share"
    assert fates["Articles similaires"] == fates["Un autre article de la commune"] == "related"
    assert fates["caché"] == "hidden"
    assert fates["Mentions légales"] == "banner and footer"
    assert fates["Eau"] == "title"
    assert [rule for text, rule in fates.items() if text.startswith("Lorem")] == ["placeholder text"]
    assert isinstance(told.outcome, Article)
    assert told.outcome.text.count("\n") == 1


def test_words_of_boilerplate_stay_where_they_are_the_article():
    html = f"<title>T</title><main><h2>Gouvernance</h2>{PROSE}<p>Abonnez-vous : la newsletter de la ville paraît désormais chaque mois, et ce long texte le raconte aux habitants.</p></main>"
    article = extract(page(html), anywhere())
    assert isinstance(article, Article)
    assert "Gouvernance" in article.text
    assert "la newsletter de la ville" in article.text


def test_a_theme_that_calls_the_article_a_sidebar_does_not_lose_it():
    article = extract(
        page(f"<title>T</title><body class='sidebar'><div class='share related'>{PROSE}</div>"), anywhere()
    )
    assert isinstance(article, Article)
    assert "douze agents" in article.text


def test_a_class_of_the_frame_means_nothing_inside_the_text_that_a_site_rule_names():
    html = f"<title>T</title><main><div id=corps>{PROSE}<div class=author-bio><p>Denise est médecin.</p></div></div></main>"
    article = extract(page(html), anywhere(extract={"keep": ["#corps"]}))
    assert isinstance(article, Article)
    assert "Denise est médecin." in article.text


@pytest.mark.parametrize("line", ["Par Harriet Lowe, le 09/06/2023", "Publié le 1er juin 2022", "12.03.2020"])
def test_a_line_of_author_and_date_is_no_text(line):
    article = extract(page(f"<title>T</title><main><p>{line}</p>{PROSE}</main>"), anywhere())
    assert isinstance(article, Article)
    assert line not in article.text


@pytest.mark.parametrize("line", ["de discuter des activités pour la période 2023-2028,", "Le budget 2022 est voté."])
def test_a_sentence_with_a_year_is_text(line):
    article = extract(page(f"<title>T</title><main><p>{line}</p>{PROSE}</main>"), anywhere())
    assert isinstance(article, Article)
    assert line in article.text


def test_the_standfirst_is_the_summary_and_no_section():
    first = "La commune a inauguré hier une station d’épuration qui servira trente mille habitants du quartier."
    html = f"<title>T</title><main><h4>{first}</h4><h5>Un projet mené avec les habitants et les associations du quartier</h5>{PROSE}</main>"
    article = extract(page(html), anywhere())
    assert isinstance(article, Article)
    assert article.summary == first
    assert [section.title for section in article.sections] == [
        "Un projet mené avec les habitants et les associations du quartier"
    ]
    assert article.text.startswith(first)


def test_items_of_lists_are_told_from_paragraphs():
    items = ["Un registre pour chaque quartier", "Douze agents formés à son usage"]
    found = extract(
        page(f"<h1>Registre</h1>{PROSE}<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>{PROSE}"), anywhere()
    )
    assert isinstance(found, Article)
    assert [found.text[one.start_chars : one.end_chars] for one in found.list_items] == items


def test_inline_elements_do_not_cut_words_and_blocks_do():
    html = "<title>T</title><main><p>L’é<b>l</b>u<i>e</i> a parlé longuement devant le conseil municipal réuni.</p><div>Ensuite<br>le débat.</div></main>"
    article = extract(page(html), anywhere())
    assert isinstance(article, Article)
    assert article.text == "L’élue a parlé longuement devant le conseil municipal réuni.\nEnsuite le débat."


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<title>Été à Huê</title>".encode(), "text/html; charset=utf-8"),
        ("<title>Été à Huê</title>".encode("windows-1252"), "text/html; charset=iso-8859-1"),
        ("<meta charset=windows-1252><title>Été à Huê</title>".encode("windows-1252"), "text/html"),
        ("<title>Été à Huê</title>".encode("windows-1252"), "text/html"),
        (b"\xef\xbb\xbf" + "<title>Été à Huê</title>".encode(), "text/html; charset=iso-8859-1"),
        ("<title>Été à Huê</title>".encode("utf-16"), "text/html"),
        ("<title>Été à Huê</title>".encode(), "text/html; charset=klingon"),
    ],
)
def test_the_charset_is_found(body, content_type):
    article = extract(page(body, content_type=content_type), anywhere())
    assert isinstance(article, Article)
    assert article.title == "Été à Huê"


def test_addresses_of_a_copy_are_given_back_to_the_site():
    html = f"<title>T</title><main>{PROSE}<a href='http://127.0.0.1:8090/f.pdf'>Rapport</a><img src='/i.jpg' alt='Le pont'></main>"
    knowledge = anywhere()
    copied = Knowledge(knowledge.name, knowledge.site, Rebase("http://127.0.0.1:8090/", "https://ville.example/"))
    article = extract(page(html), copied)
    assert isinstance(article, Article)
    assert article.attachments == ("https://ville.example/f.pdf",)
    assert [(image.url, image.alt) for image in article.images] == [("https://ville.example/i.jpg", "Le pont")]


def test_a_canonical_address_that_is_another_page_is_noted():
    html = f"<head><title>T</title><link rel=canonical href='https://www.ville.example/b/'></head><main>{PROSE}</main>"
    article = extract(page(html), anywhere(hosts=["www.ville.example"]))
    assert isinstance(article, Article)
    assert article.canonical == "https://www.ville.example/b/"
    own = extract(page(html.replace("/b/", "/a")), anywhere())
    assert isinstance(own, Article)
    assert own.canonical is None


def test_dates_come_from_the_graph_and_say_so():
    graph = '{"@graph":[{"@type":"WebPage","datePublished":"2020-08-08T12:04:17+00:00"}]}'
    html = f"<head><title>T</title><script type='application/ld+json'>{graph}</script><meta property='article:modified_time' content='2022-09-27T16:11:37+00:00'></head><main>{PROSE}</main>"
    article = extract(page(html), anywhere())
    assert isinstance(article, Article)
    assert (article.date_published, article.date_modified) == (date(2020, 8, 8), date(2022, 9, 27))
    assert article.sources["date_published"] == "json-ld"
    assert article.sources["date_modified"] == "meta article:modified_time"


def test_the_template_makes_no_other_version():
    first = extract(page(f"<title>T</title><nav>A</nav><main>{PROSE}</main>"), anywhere())
    second = extract(
        page(f"<title>T</title><nav>B C D</nav><main>{PROSE}</main><div class='related'>neu</div>"), anywhere()
    )
    other = extract(page(f"<title>T</title><main>{PROSE}<p>Une phrase de plus.</p></main>"), anywhere())
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert isinstance(other, Article)
    assert first.content_hash == second.content_hash != other.content_hash


TAGS = """<p> </p> <div_class='x_share'> </div> <a_href='//['_> <script> </script> <!-- --> <h2> <table><tr><td> <br> &nbsp;
<svg> <base_href='::'> <time_datetime='x'> <li> <html> <body>""".split()
markup = st.lists(st.sampled_from([tag.replace("_", " ") for tag in TAGS]) | st.text(max_size=30), max_size=30).map(
    "".join
)


@given(markup)
def test_no_markup_raises(html):
    outcome = extract(page("<title>T</title>" + html), anywhere())
    assert isinstance(outcome, Article | Rejection)
    if isinstance(outcome, Article):
        assert "\x00" not in outcome.text


@given(st.binary(max_size=300), st.sampled_from(["text/html", "text/html; charset=utf-16", "text/html; charset=x"]))
def test_no_bytes_raise(body, content_type):
    assert isinstance(extract(page(body, content_type=content_type), anywhere()), Article | Rejection)


def test_a_hostile_depth_ends():
    assert isinstance(extract(page("<title>T</title>" + "<div>" * 20_000 + "x"), anywhere()), Article | Rejection)


FULL_OF_FACTS = """<title>Ziguinchor | Ville</title>
  <meta property="article:published_time" content="2021-10-12T08:00:00+00:00">
  <main><article class="pays-senegal membre-ziguinchor partenaire-amis-du-fleuve"><ul><li>| 4-6 octobre 2021</li></ul>
  <h1>Ziguinchor : un marché couvert</h1><div class='texte'>
  <p>Le Réseau des marchés sahéliens (REMAS) et l’Union européenne financent à Ziguinchor un marché qui coûtera près de
  800 millions de FCFA ; la Ville de Lomé (Togo) enverra des architectes pour l’étude qui commence.</p>
  <p>« Les commerçantes l’attendaient depuis dix ans et elles y gagneront beaucoup », a déclaré le maire de la ville.</p>
  <p>L’ouverture du marché aura lieu en mars 2023, après deux années de travaux dans le quartier du port.</p></div></article></main>"""
FACT_RULES = {
    "item": ["article"],
    "keep": [".texte"],
    "taxonomies": {"themes": "t", "countries": "pays", "cities": "membre", "partners": "partenaire"},
}


def test_an_article_states_its_facts_and_where_they_were_read():
    article = extract(page(FULL_OF_FACTS), anywhere(extract=FACT_RULES))
    assert isinstance(article, Article)
    assert [(p.name, p.country, p.tagged, len(p.spans)) for p in article.places] == [
        ("Sénégal", "SN", True, 0),
        ("Ziguinchor", "SN", True, 1),
        ("Lomé", "TG", False, 1),
        ("Togo", "TG", False, 1),
    ]
    assert [p.name for p in article.partners] == ["Réseau des marchés sahéliens", "Union européenne"]
    assert [(a.value, a.currency, a.qualifier) for a in article.amounts] == [("800000000", "XOF", "près de")]
    assert [(e.start, e.end) for e in article.event_dates] == [("2021-10-04", "2021-10-06"), ("2023-03", "2023-03")]
    assert [a.acronym for a in article.acronyms] == ["REMAS"]
    assert len(article.quotes) == 1
    assert article.sources["places"] == "site's tags, title and text"
    assert article.sources["event_dates"] == "date line, title and text"
    assert {"partners", "amounts", "acronyms", "quotes"} <= set(article.sources)


def test_the_day_of_publication_is_no_event():
    html = f"<title>Eau</title><main><article><p>12 octobre 2021</p><h1>L’eau</h1>{PROSE}</article></main>"
    article = extract(page(html), anywhere())
    assert isinstance(article, Article)
    assert article.event_dates == ()


def test_names_of_the_settings_are_places_and_another_setting_reads_anew():
    html = f"<title>Eau</title><main><article><h1>L’eau</h1><p>La mairie de Bourg-Imaginaire vote.</p>{PROSE}</article></main>"
    added = anywhere(facts={"places": [{"country": "BF", "name": "Bourg-Imaginaire"}]})
    with_it, without = extract(page(html), added), extract(page(html), anywhere())
    assert isinstance(with_it, Article)
    assert isinstance(without, Article)
    assert [place.name for place in with_it.places] == ["Bourg-Imaginaire"]
    assert without.places == ()
    assert with_it.content_hash == without.content_hash
    assert added.fingerprint != anywhere().fingerprint
