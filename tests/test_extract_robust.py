"""Whatever bytes a page is made of, there is an Article or a Rejection, in time that grows no faster than the page.

`AIMF_MUTATIONS=20000 pytest tests/test_extract_robust.py` mutates that many pages instead of some hundreds, of the
replay and the lab, too, where they are.
"""

import contextlib
import os
import random
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import sample
from pipeline.config import Site
from pipeline.extract.article import Knowledge, explain, read_alone
from pipeline.extract.template import PageReading, learn
from pipeline.records import Article, Capture, Rejection, RejectionReason

AT = datetime(2024, 3, 18, tzinfo=UTC)
ANY = Knowledge(
    "page",
    Site.model_validate(
        {
            "name": "Page",
            "base_url": "https://page.invalid/",
            "languages": ["fr", "en"],
            "kinds": [{"kind": "page", "path": ".*"}],
            "listings": [],
        }
    ),
)
MUTATIONS = int(os.environ.get("AIMF_MUTATIONS", "400"))
SEED = 20240318
PAGE_S = 60  # far above what any page needs, on the slowest machine: what takes longer hangs
PROSE = "<p>Le maire de Dakar a réuni le conseil le 3 mai 2022 : 2 millions d’euros de l’UNICEF iront à la ville de Hué.</p>"
# A page twice as long may take twice the time; the rest is for a busy machine. A quadratic one takes four times as long.
RATIO_AT_MOST = 3.3


def read(body, content_type="text/html; charset=utf-8"):
    capture = Capture("https://page.invalid/a", 200, {"content-type": content_type}, body, AT)
    return explain(capture, ANY)


@contextlib.contextmanager
def within(seconds):
    """Raise in the middle of whatever takes longer."""

    def too_long(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def pages_at_hand():
    """The sample site's pages; of other people's sites, where they lie beside the project, some more."""
    pages = [body for _, (status, _, body) in sorted(sample.pages().items()) if status == 200]
    if MUTATIONS > 1_000:
        lab = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "aimf-extract-lab" / "sets"
        pages += [file.read_bytes() for file in sorted(lab.glob("*/html/*.html"))[:400]]
    return pages


def truncated(body, chance):
    return body[: chance.randrange(len(body) + 1)]


def flipped(body, chance):
    changed = bytearray(body)
    for _ in range(chance.choice((1, 20, 500))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def nested(body, chance):
    name = chance.choice((b"div", b"span", b"ul><li", b"table><tr><td", b"b", b"a href=x", b"blockquote", b"form"))
    at = chance.randrange(len(body))
    return body[:at] + (b"<" + name + b">") * chance.choice((10, 300, 5_000)) + body[at:]


def repeated(body, chance):
    start = chance.randrange(len(body))
    piece = body[start : start + chance.randrange(1, 2_000)]
    return body[:start] + piece * chance.choice((2, 20, 100)) + body[start:]


def mixed_charsets(body, chance):
    at = chance.randrange(len(body))
    other = chance.choice(("utf-16", "windows-1252", "utf-8-sig", "shift_jis"))
    return body[:at] + "œuvre été 日本 €".encode(other, "replace") + body[at:]


def unclosed(body, chance):
    at = chance.randrange(len(body))
    opening = chance.choice(
        (b"<!--", b"<script>", b"<style>", b"<title>", b"<textarea>", b"<![CDATA[", b"<svg>", b"\0", b"&#")
    )
    return body[:at] + opening + body[at:]


def shuffled(body, chance):
    pieces = body.split(b"<")
    chance.shuffle(pieces)
    return b"<".join(pieces)


def doctored(body, chance):
    head = chance.choice(
        (
            b"<?xml version='1.0' encoding='utf-16'?>",
            b"<!DOCTYPE x [<!ENTITY a '&a;&a;'>]>",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"<base href='http://[::1'>",
            b"<meta charset=utf-7>",
        )
    )
    return head + body


MUTATORS = (truncated, flipped, nested, repeated, mixed_charsets, unclosed, shuffled, doctored)


def test_every_mutated_page_is_an_article_or_a_rejection():
    chance = random.Random(SEED)
    pages = pages_at_hand()
    for number in range(MUTATIONS):
        body = chance.choice(pages)
        mutator = MUTATORS[number % len(MUTATORS)]
        for _ in range(chance.choice((1, 1, 2))):
            body = mutator(body, chance) if body else body
        try:
            with within(PAGE_S):
                outcome = read(body).outcome
        except Exception as wrong:
            note = f"mutation {number} of seed {SEED}: {mutator.__name__}"
            raise AssertionError(note) from wrong
        assert isinstance(outcome, Article | Rejection)


def test_mutated_pages_teach_a_template_or_nothing():
    chance = random.Random(SEED)
    bodies = [flipped(truncated(body, chance) or b"x", chance) for body in pages_at_hand()[:40]]
    captures = [Capture("https://page.invalid/a", 200, {"content-type": "text/html"}, body, AT) for body in bodies]
    readings = [read_alone(capture, ANY) for capture in captures]
    learn(reading for reading in readings if isinstance(reading, PageReading))


def whole(body, head=""):
    return f"<html lang=fr><head><title>Le conseil</title>{head}</head><body><h1>Le conseil</h1>{body}</body></html>".encode()


GROWING = {
    "paragraphs": (1_000, lambda n: whole(PROSE * n)),
    "nested elements": (5_000, lambda n: whole("<div>" * n + PROSE * 20)),
    "nested elements with text": (300, lambda n: whole("<div>Un texte assez long pour compter comme de la prose." * n)),
    "nested inline elements": (5_000, lambda n: whole("<p>" + "<span>a " * n + PROSE * 20)),
    "inline elements": (8_000, lambda n: whole("<p>" + "<span class=a>mot </span>" * n + "</p>")),
    "links": (8_000, lambda n: whole('<a href="/author/x">Jean Petit</a> ' * n + PROSE * 10)),
    "table rows": (3_000, lambda n: whole("<table>" + "<tr><td>Dakar</td><td>2 millions</td></tr>" * n + "</table>")),
    "headings": (2_000, lambda n: whole("<h1>Titre</h1><h2>Le conseil se réunit</h2>" * n + PROSE * 10)),
    "articles": (1_000, lambda n: whole(f"<article>{PROSE}</article>" * n)),
    "classes of an element": (
        10_000,
        lambda n: whole(f"<div class='{' '.join(f'c{i}' for i in range(n))}'>{PROSE}</div>"),
    ),
    "a title of dashes": (50_000, lambda n: whole(PROSE * 9, f"<meta property='og:title' content='a{' - ' * n}'>")),
    "structured data": (
        2_000,
        lambda n: whole(PROSE, f"<script type='application/ld+json'>[{','.join(['{}'] * n)}]</script>"),
    ),
    "one paragraph": (1_000, lambda n: whole(PROSE.replace("</p>", " ").replace("<p>", "") * n)),
    "one word": (200_000, lambda n: whole("<p>" + "a" * n)),
    "one line of digits": (100_000, lambda n: whole("<p>" + "1 234 " * n)),
    "one line of capitals": (10_000, lambda n: whole("<p>" + "Dakar Union " * n)),
    "one line of quotes": (50_000, lambda n: whole("<p>" + "« a " * n)),
    "one line of brackets": (50_000, lambda n: whole("<p>" + "(A " * n)),
    "one line of dates": (8_000, lambda n: whole("<p>" + "du 3 au 4 mai 2022, " * n)),
    "one line of organisations": (5_000, lambda n: whole("<p>" + "l’Agence française de développement et " * n)),
}


def seconds(body):
    begun = time.process_time()
    with within(PAGE_S):
        read(body)
    return time.process_time() - begun


@pytest.mark.parametrize("what", GROWING)
def test_a_page_twice_as_long_takes_about_twice_the_time(what):
    count, grow = GROWING[what]
    read(grow(10))  # lists and models are read once
    ratio = 0.0
    for _ in range(3):
        ratio = seconds(grow(4 * count)) / max(0.02, seconds(grow(2 * count)))
        if ratio <= RATIO_AT_MOST:
            return
    assert ratio <= RATIO_AT_MOST


def test_a_page_of_a_million_elements_is_refused_with_its_count():
    outcome = read(whole("<i>a</i>" * 1_000_000)).outcome
    assert isinstance(outcome, Rejection)
    assert outcome.reason is RejectionReason.UNREADABLE
    assert "1000" in outcome.detail


@pytest.mark.parametrize("depth", [100, 3_000, 200_000])
def test_no_depth_of_nesting_ends_the_interpreter(depth):
    with within(PAGE_S):
        outcome = read(whole("<div>" * depth + PROSE * 5)).outcome
    assert isinstance(outcome, Article | Rejection)
