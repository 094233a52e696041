"""The whole `aimf crawl` on a real WordPress: Debian's, with its database, brought up by tests/wordpress/server.py.

Skipped where the packages are missing; `tests/wordpress/up --install` installs them, as CI does.
"""

import json
from collections import Counter
from urllib.parse import urlsplit

import pytest

import index
from pipeline.archive import Archive, Source
from pipeline.records import PageState, RejectionReason
from pipeline.urls import canonical_key
from tests.commands import run
from tests.wordpress.server import missing, wordpress

# The addresses of a WordPress whose news are under /actualites/, as config.yaml would name them.
SITE = {
    "name": "Ville exemple",
    "seeds": ["/"],
    "kinds": [
        {"kind": "actualite", "path": "^/actualites/[^/]+/?$"},
        {"kind": "projet", "path": "^/projets/[^/]+/?$"},
        {"kind": "evenement", "path": "^/evenements/[^/]+/?$"},
        {"kind": "page", "path": "^/[^/]+(/[^/]+)?/?$", "min_text_chars": 200},
    ],
    # Lists of categories, tags and authors lead to nothing else, so they are left out here.
    "listings": ["^/$", "^/(toutes-nos-actualites|projets|evenements)(/page/\\d+)?/?$"],
    "ignore": [
        "/feed/?$",
        "^/(wp-json|wp-admin|wp-content|wp-includes|wp-[a-z]+\\.php|xmlrpc\\.php)",
        "[?&](s|replytocom)=",
    ],
}


def lacks_nothing():
    lacking = missing()
    if lacking:
        pytest.skip(f"needs a WordPress: {', '.join(lacking)} missing; as root, tests/wordpress/up --install gets them")


@pytest.fixture(scope="session")
def site():
    lacks_nothing()
    with wordpress() as running:
        yield running


class Kept:
    """One archive of the WordPress, crawled again and again by the command."""

    def __init__(self, folder, site, **settings):
        self.data, self.config = folder / "data", folder / "config.yaml"
        settings = {
            "archive": {"folder": str(self.data)},
            "sites": {"ville": SITE | {"base_url": site.url} | settings},
            "politeness": {"delay_s": 0, "tries": 1, "retry_pause_s": 0},
        }
        self.config.write_text(json.dumps(settings), encoding="utf-8")

    def crawl(self, *options):
        done = run(str(self.config), "--json", "crawl", *options, timeout=600)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def articles(self):
        lines = run(str(self.config), "export").stdout.splitlines()
        return {canonical_key(record["url"]): record for record in map(json.loads, lines)}

    def versions(self, url):
        with index.open(self.data) as library:
            return library.versions(url)

    def state(self, url):
        with Archive.open(self.data, mode="read") as archive:
            return archive.page(url).state


@pytest.fixture(scope="module")
def whole(site, tmp_path_factory):
    kept = Kept(tmp_path_factory.mktemp("whole"), site)
    kept.crawl()
    return kept


@pytest.fixture(scope="module")
def articles(whole):
    return whole.articles()


def expected(site):
    return {canonical_key(row["url"]): row for row in site.truth["articles"]}


def keys(*addresses):
    return {canonical_key(address) for address in addresses}


# --- what is found ----------------------------------------------------------------------------------------------------


def test_every_published_text_is_an_article_once_and_nothing_else_is(articles, site):
    wanted = expected(site)
    assert set(articles) == set(wanted)
    assert {key: record["title"] for key, record in articles.items()} == {k: r["title"] for k, r in wanted.items()}
    assert Counter(record["kind"] for record in articles.values()) == Counter(
        {"post": "actualite"}.get(row["type"], row["type"]) for row in wanted.values()
    )


def test_the_news_have_the_date_and_the_author_that_their_theme_prints(articles, site):
    news = {key: row["date"] for key, row in expected(site).items() if row["type"] == "post"}
    assert {key: articles[key]["date_published"] for key in news} == news
    assert {author for key in news for author in articles[key]["authors"]} == {"redaction"}


def named_by(kept, site, source):
    """Articles of which a source tells by itself, whatever other sources tell."""
    with Archive.open(kept.data, mode="read") as archive:
        addresses = [row["url"] for row in site.truth["articles"]]
        return {canonical_key(url) for url in addresses if source in dict(archive.signals.of_page(url))}


def test_the_sitemap_alone_names_every_article(whole, site):
    assert named_by(whole, site, Source.SITEMAP) == set(expected(site))


def test_rest_alone_names_every_article_but_those_of_types_that_it_does_not_show(whole, site):
    shown = {key for key, row in expected(site).items() if row["type"] != "projet"}
    assert named_by(whole, site, Source.REST) == shown
    assert sum("/wp-json/wp/v2/posts?" in path for _, path in site.asked()) >= 2  # more than a hundred posts


def test_feeds_alone_name_the_newest_news_and_what_readers_comment(whole, site):
    commented = site.truth["articles"][1]
    news = sorted((row for row in site.truth["articles"] if row["type"] == "post"), key=lambda row: row["date"])
    assert named_by(whole, site, Source.FEED) == keys(*(row["url"] for row in [*news[-10:], commented]))


def test_by_rest_alone_the_articles_are_found(site, tmp_path):
    # No list is asked, so links lead no further than the menu and the neighbours of articles.
    kept = Kept(tmp_path, site, sitemaps=False, feeds=False, listings=["^/$"])
    kept.crawl()
    assert {key for key, row in expected(site).items() if row["type"] != "projet"} <= set(kept.articles())


def test_links_alone_lead_to_every_article(site, tmp_path):
    kept = Kept(tmp_path, site, sitemaps=False, rest=False, feeds=False)
    kept.crawl()
    assert set(kept.articles()) == set(expected(site))


def test_rest_names_every_article_of_a_type_that_it_shows(site, tmp_path):
    kept = Kept(tmp_path, site, sitemaps=False, feeds=False)
    kept.crawl()
    with Archive.open(kept.data) as archive:
        rest = {
            row["url"] for row in site.truth["articles"] if Source.REST in dict(archive.signals.of_page(row["url"]))
        }
        missed = {row["type"] for row in site.truth["articles"]} - {
            row["type"] for row in site.truth["articles"] if row["url"] in rest
        }
    shown = {row["url"] for row in site.truth["articles"] if row["type"] not in missed}
    assert rest == shown
    assert {"post", "page"} <= {row["type"] for row in site.truth["articles"] if row["url"] in rest}


def test_nothing_that_is_not_public_is_fetched(whole, site):
    secret = [word.encode() for word in (*site.truth["hidden"], "zzmotdepasse")]
    with Archive.open(whole.data, mode="read") as archive:
        bodies = {page.url: capture.body for page in archive.pages() if (capture := archive.latest_capture(page.url))}
    assert len(bodies) > len(expected(site))
    assert not [(url, word) for url, body in bodies.items() for word in secret if word in body]


# --- what WordPress does that other sites do not ----------------------------------------------------------------------


def test_a_protected_post_is_its_public_title(articles, site):
    record = articles[canonical_key(site.truth["cases"]["protected"]["url"])]
    assert (record["title"], record["text"]) == ("Protégé\u00a0: Compte rendu réservé", "")


def test_an_old_slug_is_another_name_of_the_same_article(whole, site):
    renamed = site.truth["cases"]["renamed"]["url"]
    assert (301, "/actualites/ancienne-adresse/") in site.asked()
    shown = run(str(whole.config), "show", "--json", f"{site.url}actualites/ancienne-adresse/")
    assert json.loads(shown.stdout)["url"] == renamed


def test_of_a_paginated_post_the_first_page_is_the_article(articles, site):
    # A decision, not a wish: the further pages are other addresses, /slug/2/, which no pattern of `kinds` names. They
    # are neither articles of their own nor asked, so what they say is not found.
    url = site.truth["cases"]["paginated"]["url"]
    text = articles[canonical_key(url)]["text"]
    assert [word for word in ("zzfeuilleun", "zzfeuilledeux", "zzfeuilletrois") if word in text] == ["zzfeuilleun"]
    assert not [path for _, path in site.asked() if path.startswith(f"{urlsplit(url).path}2")]


def test_a_text_is_read_beyond_its_more_tag(articles, site):
    assert "zzapreslacoupe" in articles[canonical_key(site.truth["cases"]["more"]["url"])]["text"]


def test_what_readers_comment_is_not_the_article(articles):
    assert not [key for key, record in articles.items() if "zzcommentaire" in record["text"]]


def test_a_page_of_a_picture_is_no_article_wherever_it_stands(whole, site):
    alone, attached = site.truth["attachments"]["alone"], site.truth["attachments"]["attached"]
    with Archive.open(whole.data, mode="read") as archive:
        assert archive.rejection(alone).reason is RejectionReason.ATTACHMENT
        assert archive.page(attached) is None


# --- the nights after -------------------------------------------------------------------------------------------------


def test_a_night_after_no_change_makes_no_version(whole, articles):
    done = whole.crawl()
    assert set(done["extraction"]["effects"]) <= {"unchanged", "rejected"}
    assert not done["index"]["published"]
    assert whole.articles() == articles


class Nights:
    """A site that changed, crawled the night before and on the two nights after."""

    def __init__(self, folder, site):
        self.site, self.kept = site, Kept(folder, site)
        self.kept.crawl()
        self.before = self.kept.articles()
        rows = site.truth["articles"]
        self.edited, self.renamed, self.trashed = rows[40], rows[50], rows[60]
        self.guessed, self.guess = (site.truth["cases"][name] for name in ("first_year", "second_year"))
        self.moved, self.new = self._change()
        self.reports, self.after, self.states = [], [], []
        for _ in range(2):
            self.reports.append(self.kept.crawl())
            self.after.append(self.kept.articles())
            self.states.append({row["url"]: self.kept.state(row["url"]) for row in (self.trashed, self.guessed)})

    def _change(self):
        call = self.site.call
        text = call("get_post_field", "post_content", self.edited["id"])
        call("wp_update_post", {"ID": self.edited["id"], "post_content": text + "<p>Une phrase ajoutée.</p>"})
        call("wp_update_post", {"ID": self.renamed["id"], "post_name": "une-tout-autre-adresse"})
        for row in (self.trashed, self.guessed):
            call("wp_trash_post", row["id"])
        new = {"post_title": "Tout neuf", "post_content": text.replace("dossier", "cahier"), "post_status": "publish"}
        return call("get_permalink", self.renamed["id"]), call("get_permalink", call("wp_insert_post", new))


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    lacks_nothing()
    with wordpress() as site:
        yield Nights(tmp_path_factory.mktemp("nights"), site)


def test_the_night_after_sees_exactly_what_was_edited_added_and_renamed(nights):
    before, after = nights.before, nights.after[0]
    assert set(after) - set(before) == keys(nights.new, nights.moved)
    assert set(before) - set(after) - keys(nights.guessed["url"]) == keys(nights.renamed["url"])
    assert {key for key in set(after) & set(before) if after[key] != before[key]} == keys(nights.edited["url"])
    assert [len(nights.kept.versions(url)) for url in (nights.edited["url"], nights.new)] == [2, 1]


def test_the_night_after_that_sees_nothing_more(nights):
    first, second = nights.after
    assert {key for key in set(first) & set(second) if first[key] != second[key]} == set()
    assert set(second) - set(first) == set()
    assert not nights.reports[1]["extraction"]["effects"].get("changed")


def test_a_renamed_article_keeps_its_history(nights):
    assert nights.reports[0]["extraction"]["effects"]["new"] == 1  # the post that is new, not the one with a new name
    first = nights.kept.versions(nights.moved)[0]
    assert first.captured_at.isoformat() == nights.before[canonical_key(nights.renamed["url"])]["captured_at"]


def test_a_trashed_post_is_gone_after_two_nights_and_stays_in_the_archive(nights):
    url = nights.trashed["url"]
    assert [states[url] is PageState.GONE for states in nights.states] == [False, True]
    assert canonical_key(url) in nights.after[0]
    assert len(nights.kept.versions(url)) == 1


def test_a_trashed_article_for_which_wordpress_guesses_another_is_not_merged_with_it(nights):
    assert (301, urlsplit(nights.guessed["url"]).path) in nights.site.asked()
    assert canonical_key(nights.guess["url"]) in nights.after[1]
    assert len(nights.kept.versions(nights.guess["url"])) == 1
    assert canonical_key(nights.guessed["url"]) in nights.after[0]
    assert "première année" in nights.kept.versions(nights.guessed["url"])[0].text
