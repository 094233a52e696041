"""One spelling for every address, whatever is thrown at it."""

import doctest

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline import urls

anything = st.text(max_size=80)
spelt = st.builds(
    lambda s, h, p, q: f"{s}://{h}/{p}?{q}",
    st.sampled_from(["http", "HTTPS", "ftp"]),
    st.sampled_from(
        ["example.org", "www.Example.org:443", "bücher.example", "[::1]:80", "a..b", "x:y@h.org", "www.org"]
    ),
    st.text(alphabet="aé%2fF/.~ \\+&'", max_size=20),
    st.text(alphabet="ab=&utm_%41é+[]", max_size=20),
)


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(urls)
    assert result.attempted > 10
    assert result.failed == 0


@given(anything | spelt)
@example("http://xn--/")
@example("https://h/%")
@example("https://h/%2e%2e/%252e")
@example("http://h:99999/")
def test_normalising_twice_is_normalising_once(text):
    once = urls.normalise(text)
    if once is not None:
        assert urls.normalise(once) == once
        assert once.isascii()


@given(anything | spelt)
@example("www.h.org")
@example("http://h:443/")
@example("http://www.www.example.org/")
def test_the_key_of_a_key_is_that_key(text):
    key = urls.canonical_key(text)
    assert urls.canonical_key(key) == key


@given(anything | spelt, anything | spelt)
def test_joining_never_raises(base, href):
    joined = urls.join(base, href)
    assert joined is None or urls.normalise(joined) == joined


@given(anything | spelt)
def test_matching_texts_never_raise(text):
    assert urls.path_to_match(text) is not None
    assert urls.path_and_query_to_match(text) is not None
    assert urls.host_of(text) is not None


@pytest.mark.parametrize(
    "spelling",
    [
        "https://www.aimf.asso.fr/actualite/boues-de-vidange/",
        "http://aimf.asso.fr/actualite/boues-de-vidange",
        "https://WWW.AIMF.ASSO.FR:443/actualite//boues-de-vidange/#haut",
        "https://www.aimf.asso.fr/actualite/boues-de-vidange/?utm_source=lettre&fbclid=1&mc_cid=2",
        "https://www.aimf.asso.fr/actualite/boues-de-vidange/?preview=true&preview_id=12",
        " https://www.aimf.asso.fr/actualite/./boues%2Dde-vidange/ ",
        "www.aimf.asso.fr/actualite/boues-de-vidange",
    ],
)
def test_all_spellings_of_a_page_are_one(spelling):
    assert urls.canonical_key(spelling) == "aimf.asso.fr/actualite/boues-de-vidange"


def test_parameters_that_make_another_page_stay():
    assert urls.canonical_key("https://example.org/?p=12&b=1") == "example.org?b=1&p=12"


@pytest.mark.parametrize("href", ["", "#top", "?", "   "])
def test_a_link_to_the_page_itself_is_the_page(href):
    assert urls.join("https://example.org/a/", href) == "https://example.org/a/"


def test_a_copy_with_a_longer_port_is_not_the_copy():
    copy = urls.Rebase("http://127.0.0.1:80", "https://example.org")
    assert copy.to_site("http://127.0.0.1:8090/") == "http://127.0.0.1:8090/"
    assert copy.to_site("http://127.0.0.1:80") == "https://example.org"
