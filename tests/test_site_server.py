"""The faux site behaves as its docstring says; the crawler's tests rest on it."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
import time
from urllib.error import HTTPError
from urllib.request import Request as Ask
from urllib.request import urlopen

import pytest

from tests.site import (
    Answer,
    Raw,
    Request,
    Site,
    endless_body,
    endless_headers,
    in_turn,
    page,
    redirect,
    reset,
    sitemap,
    slow,
)


def get(site: Site, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=5)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_pages_are_served_and_requests_are_listed():
    with Site({"/": page("Accueil", links=["/a"]), "/robots.txt": "User-agent: *\n"}) as site:
        with urlopen(site.url) as answer:
            assert 'href="/a"' in answer.read().decode()
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert get(site, "/robots.txt")[1]["content-type"].startswith("text/plain")
        assert site.paths() == ["/", "/robots.txt"]
        assert site.requests[0].headers["user-agent"].startswith("Python-urllib")
        assert site.requests[0].time <= site.requests[1].time


def test_an_unknown_path_is_a_404_page():
    with Site() as site, pytest.raises(HTTPError) as missing:
        urlopen(site.address("/rien"))
    with missing.value:
        assert missing.value.code == 404
        assert b"introuvable" in missing.value.read()


def test_pages_may_change_while_the_site_runs():
    with Site({"/a": "un"}) as site:
        first = get(site, "/a")[2]
        site.pages["/a"] = "deux"
        assert (first, get(site, "/a")[2]) == (b"un", b"deux")


def test_a_query_falls_back_to_its_page_and_a_star_takes_a_whole_folder():
    with Site(
        {"/a": "a", "/a?b=1": "ab", "/jours/*": lambda request: page("Jour", links=[request.path + "/1"])}
    ) as site:
        assert [get(site, p)[2] for p in ("/a", "/a?x=2", "/a?b=1")] == [b"a", b"a", b"ab"]
        assert b'href="/jours/3/4/1"' in get(site, "/jours/3/4")[2]


def test_paths_may_be_written_with_accents():
    with Site({"/été": "chaud"}) as site:
        assert get(site, "/%C3%A9t%C3%A9")[2] == b"chaud"


def test_answers_carry_status_and_headers():
    with Site({"/b": Answer(status=503, headers={"Retry-After": "1"}), "/c": redirect("/a", 302)}) as site:
        assert (get(site, "/b")[0], get(site, "/b")[1]["retry-after"]) == (503, "1")
        assert (get(site, "/c")[0], get(site, "/c")[1]["location"]) == (302, "/a")


def test_a_repeated_question_gets_304_when_the_answer_has_an_etag():
    with Site({"/a": Answer("texte", etag=True)}) as site:
        tag = get(site, "/a")[1]["etag"]
        assert get(site, "/a", **{"If-None-Match": tag})[::2] == (304, b"")
        site.pages["/a"] = Answer("autre", etag=True)
        assert get(site, "/a", **{"If-None-Match": tag})[0] == 200


def test_a_body_is_compressed_only_for_clients_that_take_it():
    with Site({"/a": Answer("texte", gzip=True)}) as site:
        assert get(site, "/a")[2] == b"texte"
        assert gzip.decompress(get(site, "/a", **{"Accept-Encoding": "gzip, br"})[2]) == b"texte"


def test_answers_come_in_turn_and_the_last_one_stays():
    with Site({"/a": in_turn(Answer(status=503), reset(), "enfin")}) as site:
        assert get(site, "/a")[0] == 503
        with pytest.raises(ConnectionResetError):
            get(site, "/a")
        assert [get(site, "/a")[2] for _ in range(2)] == [b"enfin", b"enfin"]


def test_a_sitemap_names_the_served_address_or_a_given_one():
    with Site(
        {"/s.xml": sitemap("/a"), "/t.xml": sitemap("/a", base="https://www.example.org/", lastmod="2024-05-01")}
    ) as site:
        assert f"<loc>{site.url}a</loc>".encode() in get(site, "/s.xml")[2]
        assert b"<loc>https://www.example.org/a</loc><lastmod>2024-05-01</lastmod>" in get(site, "/t.xml")[2]


def test_one_connection_carries_several_requests():
    with Site({"/": "a"}) as site:
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=5)
        for method in ("GET", "HEAD", "GET"):
            connection.request(method, "/")
            assert connection.getresponse().read() == (b"" if method == "HEAD" else b"a")
        connection.close()
        assert (site.connections, [r.method for r in site.requests]) == (1, ["GET", "HEAD", "GET"])


def test_requests_at_the_same_time_are_counted():
    with Site({"/": slow("a", 0.2)}) as site:
        clients = [threading.Thread(target=get, args=(site, "/")) for _ in range(3)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert site.most_at_once == 3


@pytest.mark.parametrize(
    "trouble", [endless_body(), endless_body(b"x", pause_s=0.01), endless_headers(), slow("a", 60)]
)
def test_the_site_ends_at_once_whatever_it_was_sending(trouble):
    begun = time.monotonic()
    with Site({"/": trouble}) as site, socket.create_connection(("127.0.0.1", site.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        while not site.requests:
            time.sleep(0.001)
    assert time.monotonic() - begun < 2


def test_raw_bytes_need_not_be_http():
    with Site({"/": Raw(b"SSH-2.0-OpenSSH\r\n")}) as site, pytest.raises(http.client.BadStatusLine):
        get(site, "/")


def test_a_short_body_ends_before_its_length():
    with (
        Site({"/": Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncourt")}) as site,
        pytest.raises(http.client.IncompleteRead),
    ):
        get(site, "/")


def test_a_failing_page_function_fails_the_test():
    def broken(_: Request) -> str:
        raise ValueError("faute du test")

    with pytest.raises(ValueError, match="faute du test"), Site({"/": broken}) as site:
        assert get(site, "/")[0] == 500


def test_two_sites_run_side_by_side_and_a_port_can_be_asked_for():
    with Site({"/": "un"}) as one, Site({"/": "deux"}) as two:
        assert (get(one, "/")[2], get(two, "/")[2]) == (b"un", b"deux")
        port = two.port
    with Site({"/": "trois"}, port=port) as again, urlopen(Ask(again.url)) as answer:
        assert answer.read() == b"trois"
