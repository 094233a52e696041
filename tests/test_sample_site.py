"""The bundled sample sites are whole: what they serve, what they hide, and that their truth is true of them."""

from __future__ import annotations

import http.client
import re
import unicodedata
from urllib.parse import urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup

from pipeline import sample
from pipeline.config_file import load_config, parse_config


@pytest.fixture(scope="module")
def site():
    return sample.pages()


def soup_of(page) -> BeautifulSoup:
    return BeautifulSoup(page[2], "lxml")


def squeezed(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def linked_paths(page) -> set[str]:
    found = (urljoin(sample.BASE_URL, a["href"]) for a in soup_of(page).find_all("a", href=True))
    return {urlsplit(u).path + (f"?{urlsplit(u).query}" if urlsplit(u).query else "") for u in found}


def get(url: str, path: str, **headers: str):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_every_kind_has_its_articles():
    kinds = [e.kind for e in sample.expected()]
    counts = {kind: kinds.count(kind) for kind in kinds}
    assert counts == {"actualite": 11, "actions": 6, "document": 4, "evenement": 4, "association": 1, "root": 2}


def test_every_article_shows_its_title_date_terms_and_sentences(site):
    for truth in sample.expected():
        soup = soup_of(site[truth.path])
        text = squeezed(soup.main.get_text(" "))
        assert squeezed(truth.title) in text, truth.path
        assert f'"datePublished": "{truth.date_published}' in site[truth.path][2].decode()
        for sentence in filter(None, (truth.first_sentence, truth.last_sentence)):
            start = squeezed(sentence)[:40]  # a link further on would put spaces into the sentence
            assert start in text, (truth.path, sentence)
        if truth.kind not in ("association", "root"):
            chips = soup.select_one(".elementor-location-single .themes-etiquettes").get_text(" ")
            assert all(theme in chips for theme in truth.themes)


def test_two_articles_have_a_title_and_no_text():
    assert [e.path for e in sample.expected() if e.first_sentence is None] == [
        "/actualite/en-images-la-fete-du-fleuve-a-hoa-thanh/",
        "/guide-reserve-aux-membres/",
    ]


def test_article_pages_carry_the_boilerplate_of_such_sites(site):
    path = sample.expected()[0].path
    page = site[path][2].decode()
    assert page.startswith("<script>")
    assert [phrase for phrase in sample.BOILERPLATE if phrase not in page] == []
    others = set(re.findall(r"post-(\d+)", page)) - {"1101"}
    assert len(others) == 3


def test_links_alone_lead_to_every_article(site):
    seen: set[str] = set()
    queue = {"/"}
    while queue:
        path = queue.pop()
        seen.add(path)
        page = site.get(path)
        if page is None or path.startswith("/brouillons/"):
            continue
        if page[0] == 301:
            queue |= {urlsplit(page[1]["Location"]).path} - seen
        elif page[1]["Content-Type"].startswith("text/html"):
            queue |= linked_paths(page) - seen
    assert {e.path for e in sample.expected()} <= seen
    assert {"/actualite/maquette-de-page-ne-pas-publier/", "/nous-trouver/", "/toutes-nos-actualites/3/"} <= seen
    assert "/actualite/cette-page-a-disparu/" in seen - set(site)
    assert any("jsf=" in path for path in seen)


def test_the_sitemap_names_every_article_on_the_sites_own_address(site):
    index = re.findall("<loc>(.*?)</loc>", site["/sitemap_index.xml"][2].decode())
    urls = {u for m in index for u in re.findall("<loc>(.*?)</loc>", site[urlsplit(m).path][2].decode())}
    assert {sample.BASE_URL.rstrip("/") + e.path for e in sample.expected()} <= urls


def test_the_demo_configuration_knows_every_article_and_is_valid():
    config = load_config(sample.CONFIG)
    kinds = config.sites["exemple"].kinds
    for truth in sample.expected():
        assert next(k.kind for k in kinds if re.search(k.path, truth.path)) == truth.kind
    assert config.politeness.delay_s == 0


def test_the_sample_site_is_served_with_validators_redirects_and_its_own_404():
    with sample.serve_sample() as url:
        path = sample.expected()[0].path
        status, headers, body = get(url, path)
        assert (status, body) == (200, sample.pages()[path][2])
        assert get(url, path, **{"If-None-Match": headers["ETag"]})[::2] == (304, b"")
        assert get(url, "/?p=1101")[1]["Location"] == "https://www.villes-exemple.example" + path
        assert get(url, path.rstrip("/"))[0] == 301
        assert get(url, path + "?jsf=x")[0] == 200
        missing = get(url, "/rien/")
        assert missing[0] == 404
        assert "Page introuvable" in missing[2].decode()


def test_the_sample_site_can_speak_of_the_address_it_is_served_at():
    with sample.serve_sample(own_address=True) as url:
        assert f"Sitemap: {url}sitemap_index.xml" in get(url, "/robots.txt")[2].decode()


def test_a_client_that_stays_connected_does_not_hold_the_server():
    with sample.serve_sample() as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
        connection.request("GET", "/")
        connection.getresponse().read()
    connection.close()


def test_the_second_site_is_plain_html_and_both_fit_in_one_configuration():
    with sample.serve_sample(own_address=True) as first, sample.serve_second_site(own_address=True) as second:
        config = parse_config(sample.two_sites_config(first, second))
        assert [s.base_url for s in config.sites.values()] == [first, second]
        assert [e.kind for e in sample.second_expected()] == ["nouvelle"] * 3
        for truth in sample.second_expected():
            soup = BeautifulSoup(get(second, truth.path)[2], "lxml")
            assert soup.article.h1.get_text() == truth.title
            assert soup.article.time["datetime"] == str(truth.date_published)
            assert squeezed(truth.last_sentence) in squeezed(soup.article.get_text())
            assert second in soup.find("link", rel="canonical")["href"]
    assert load_config(sample.SECOND_CONFIG).sites["rives"].base_url == sample.SECOND_BASE_URL
