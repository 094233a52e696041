"""Safe by default: who is let in, what every answer carries, what hostile input and a damaged archive do."""

import base64
import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from datetime import date
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.build import build_index
from index.cli import main
from index.jobs import stored
from index.web import server
from index.web.guard import FAILURES_MAX, FAILURES_WITHIN_S, HEADERS, Credentials, Failures
from index.web.secret import credentials_of
from pipeline.archive import Archive
from pipeline.config import PageRules
from pipeline.errors import ConfigError, UsageError
from pipeline.records import Acronym, Amount, Article, Image, Partner, Place, Section, Term
from tests import webpage
from tests.webpage import ROOT, command, serving

PAGES = (
    "/",
    "/?q=eau",
    "/aide",
    "/etat",
    "/a-reprendre",
    "/healthz",
    "/suggest?q=e",
    "/rien",
    "/article?url=x",
    "/export.csv",
    "/atom",
    "/api/v1/search?query=eau",
)
XSS = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}&lt;"


def hostile(number, **fields):
    """An article whose every text wants to be markup."""
    return Article(
        url=f"https://ville.example/{number}/{XSS}" if number else "https://ville.example/javascript:alert(1)",
        site="ville", title=f"Eau {XSS}", kind="actualite", text=f"L’eau {XSS}\n{XSS}\nUn élément {XSS}", language="fr",
        date_published=date(2020, 1, 1), summary=XSS, authors=(XSS,), themes=(Term(XSS, XSS),),
        sections=(Section(2, XSS),), images=(Image("javascript:alert(3)", XSS, XSS), Image("https://v.example/i.png", XSS)),
        attachments=("javascript:alert(4)", "https://ville.example/" + XSS), places=(Place(XSS, None, "city"), Place(XSS, "BJ", "country")),
        partners=(Partner(XSS, XSS),), amounts=(Amount("1e400", "EUR", XSS, XSS), Amount("12", "EUR", None, "12 €")),
        acronyms=(Acronym(XSS, XSS),), videos=("data:text/html,x",), **fields,
    )  # fmt: skip


def make(folder, articles):
    with Archive.open(folder, mode="write") as archive:
        for article in articles:
            archive.put_article(article)
        build_index(folder / "index", stored(archive))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make(tmp_path_factory.mktemp("hostile") / "data", [hostile(number) for number in range(3)])


@pytest.fixture(scope="module")
def page(folder):
    with serving("--data", folder) as running:
        yield running


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_headers(page, path):
    headers = page.raw(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["server"] is None
    assert ("json" in headers["content-type"]) == path.startswith(("/api", "/suggest", "/healthz"))


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nno header\r\n\r\n", b"\x16\x03\x01\x02\x00\r\n\r\n"])
def test_what_is_no_http_is_answered_like_everything_else(page, sent):
    assert_refused(ask(page, sent), 400, "La demande n’est pas lisible")


def test_a_connection_too_many_is_told_so(folder):
    with serving("--data", folder) as page:
        with contextlib.ExitStack() as opened:
            for _ in range(server.CONNECTIONS_MAX):
                opened.enter_context(socket.create_connection(where(page), timeout=30))
            assert_refused(ask(page, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), 503, "Trop de demandes à la fois")
        until(page, 200)


def where(page):
    parts = urlsplit(page.url)
    return parts.hostname, parts.port


def ask(page, sent):
    """What comes until the server closes the connection."""
    with socket.create_connection(where(page), timeout=30) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()


def assert_refused(answer, status, words):
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert body.startswith(words)
    sent = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.splitlines()[1:])}
    assert {name: sent.get(name) for name in HEADERS} == HEADERS
    assert sent["cache-control"] == "no-store"
    assert sent["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", [p for p in PAGES if not p.startswith("/export")])
def test_no_page_holds_a_script_or_style_of_its_own_or_asks_another_host(page, path):
    answer = page.raw(path)
    if "html" not in answer.headers["content-type"]:
        return
    for script in answer.soup.find_all("script"):
        assert script.get("src", "").startswith("/fichiers/")
    assert not answer.soup.find_all(style=True)
    assert not answer.soup.find_all("style")
    assert not [name for tag in answer.soup.find_all(True) for name in tag.attrs if name.startswith("on")]
    for tag in answer.soup.find_all(["img", "script", "iframe", "source", "video", "form"]):
        assert tag.get("src", tag.get("action", "/")).startswith("/")
    for link in answer.soup.find_all("link"):
        assert link["href"].startswith("/") or "canonical" in link["rel"]


def test_files_of_the_interface_are_kept_by_browsers(page):
    address = page.get("/").soup.find("script")["src"]
    assert "immutable" in page.raw(address).headers["cache-control"]
    assert page.raw("/fichiers/000000000000/search.js").status == 404
    assert page.raw("/fichiers/..%2f..%2fapp.py/x").status == 404


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "localhost@evil.example"]
)
def test_an_unknown_host_is_refused(page, host):
    assert page.raw("/", headers={"Host": host}).status == 400


def test_loopback_names_are_known(page):
    port = urlsplit(page.url).port
    for host in ("localhost", f"LOCALHOST:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert page.raw("/", headers={"Host": host}).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_the_page_is_only_read(page, method):
    answer = page.raw("/", method=method)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_head_is_get_without_a_body(page):
    answer = page.raw("/?q=eau", method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) == len(page.raw("/?q=eau").body)


# --- hostile text


@pytest.mark.parametrize("path", ["/?q=eau", "/valeurs/theme", "/valeurs/ville?q=eau", "/atom?q=eau"])
def test_hostile_texts_of_the_archive_stay_text(page, path):
    assert_harmless(page.raw(path))


@pytest.mark.parametrize("number", range(3))
def test_a_hostile_article_stays_text(page, number):
    for path in ("/article", "/versions", "/retire"):
        answer = page.get(path, url=hostile(number).url)
        assert answer.status == 200, path
        assert_harmless(answer)
        assert XSS in answer.soup.get_text()


def assert_harmless(answer):
    assert answer.status == 200
    for wanted in (b"<img src=x", b"<script>alert"):
        assert wanted not in answer.body
    for tag in answer.soup.find_all(href=True):
        assert not tag["href"].lower().startswith(("javascript:", "data:"))


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "bib", "ris"])
def test_hostile_texts_are_exported_as_data(page, form):
    answer = page.raw(f"/export.{form}?q=eau")
    assert answer.status == 200
    assert "html" not in answer.headers["content-type"]
    assert answer.headers["content-disposition"].startswith("attachment")


words = st.one_of(
    st.text(max_size=80),
    st.text(alphabet='"«»()*:+-^~[]{}&|!\\/ \t\n\x00\x1f\x7f\u202e\ud800etouET OU', max_size=200),
    st.lists(st.sampled_from(["eau", "OU", "ET", "SAUF", "(", ")", '"', "«", "-", "*", "a*", "ville:", "date:", "montant:>", "..", "NEAR/9999", "^1e99", "~999"]), max_size=60).map(" ".join),
    st.sampled_from(["(" * 5_000, "-" * 10_000, "a* " * 3_000, '"' * 9_999, "é" * 10_000, "eau OU " * 1_500, "ville:" * 1_700, XSS, "%00", "\u202e"]),
)  # fmt: skip
names = st.one_of(st.sampled_from(["q", "pays", "ville", "theme", "annee", "type", "du", "au", "tri", "page", "mots", "hl", "retour", "url", "version", "de", "a"]), st.text(max_size=12))  # fmt: skip
paths = st.sampled_from(["/", "/", "/", "/article", "/versions", "/retire", "/valeurs/pays", "/atom", "/suggest", "/export.csv", "/a-reprendre", "/api/v1/search", "/api/v1/suggest", "/api/v1/article", "/citation"])  # fmt: skip
EXAMPLES = int(os.environ.get("AIMF_WEB_EXAMPLES", "150"))
"""The bar asks for 100,000 (AIMF_WEB_EXAMPLES=100000); a run in CI takes these."""


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(paths, st.lists(st.tuples(names, words), max_size=6))
def test_no_input_is_a_fault_of_ours(page, path, pairs):
    try:
        answer = page.get(path, pairs)
    except ConnectionError:
        # The answer 400 was sent, and the connection closed, before all of an overlong address had come.
        assert len(urlencode(pairs, errors="surrogatepass")) > server.HEAD_MAX_BYTES
        return
    # 10 kB of a sign that takes nine in an address is more than an address may have: refused as such.
    assert answer.status in (200, 400, 404), (path, pairs)
    if "html" in answer.headers.get("content-type", ""):
        assert b"<img src=x" not in answer.body
        assert b"<script>alert" not in answer.body
        assert "Traceback" not in answer.text


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200))
def test_no_bytes_are_a_fault_of_ours(page, sent):
    parts = urlsplit(page.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(
            b"GET /?q=" + sent.replace(b" ", b"+") + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )
        answer = connection.recv(65_536)
    assert re.match(rb"HTTP/1\.1 (200|400|405) ", answer), answer[:100]
    assert page.get("/healthz").status == 200


def test_errors_name_no_file_and_no_module(page, folder):
    for path in (
        "/rien",
        "/article?url=https://x.example/",
        "/valeurs/rien",
        "/export.exe",
        "/citation?forme=exe",
        "/api/v1/rien",
        "/api/v1/search?rien=1",
        "/article?version=99&url=https://ville.example/1/",
    ):
        answer = page.raw(path)
        assert answer.status in (400, 404)
        assert str(folder) not in answer.text
        assert not re.search(r"\.py|index\.|pipeline\.|site-packages|Traceback", answer.text)


@pytest.mark.parametrize("path", ["//evil.example/x", "/%2Fevil.example", "///evil.example", "/%5Cevil.example"])
def test_no_address_makes_a_link_to_another_host(page, path):
    for link in page.raw(path).soup.find_all("a"):
        assert re.match(r"/([^/\\]|$)|#", link["href"]), link["href"]


def test_there_is_no_way_back_to_another_host(page):
    answer = page.get("/article", url=hostile(1).url, retour="https://evil.example/?q=eau")
    assert answer.soup.select_one(".back a")["href"].startswith("/")


# --- who may ask


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_a_password_is_asked_compared_and_throttled(folder):
    with serving("--data", folder, AIMF_PASSWORD="sésame ouvre-toi") as page:
        answer = page.get("/")
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Basic realm=")
        assert "Archive" not in answer.text
        assert page.get("/healthz").status == 401
        assert page.get("/", headers=basic("aimf", "sésame ouvre-toi")).status == 200
        for wrong in ("", "sésame", "sésame ouvre-toi ", "\x00"):
            assert page.get("/", headers=basic("aimf", wrong)).status == 401
        assert page.get("/", headers={"Authorization": "Basic é$%"}).status == 401
        refused = page.get("/", headers=basic("aimf", "sésame ouvre-toi"))
        assert refused.status == 429
        assert 0 < int(refused.headers["retry-after"]) <= FAILURES_WITHIN_S


def test_after_a_minute_a_client_may_try_again():
    now = [0.0]
    failures = Failures(lambda: now[0])
    for _ in range(FAILURES_MAX):
        assert failures.wait_s("a") == 0
        failures.add("a")
        now[0] += 1
    assert failures.wait_s("a") == FAILURES_WITHIN_S - FAILURES_MAX
    assert failures.wait_s("b") == 0
    now[0] = FAILURES_WITHIN_S
    assert failures.wait_s("a") == 0


def test_credentials_fit_only_themselves():
    mine = Credentials("aimf", "mot de passe")
    assert mine.fit(basic("aimf", "mot de passe")["Authorization"])
    for header in (
        "",
        "Basic",
        "Basic !",
        "Bearer x",
        basic("aimf", "")["Authorization"],
        basic("aim", "f:mot de passe")["Authorization"],
    ):
        assert not mine.fit(header)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "archive.example"])
def test_beyond_loopback_a_password_or_a_clear_word_is_needed(host):
    with pytest.raises(UsageError, match="AIMF_PASSWORD"):
        server.place(host, 80, (), None)
    mine = Credentials("aimf", "assez long")
    assert server.place(host, 80, (), mine, no_auth=True).credentials is None
    assert server.place(host, 80, (), mine).credentials == mine


@pytest.mark.parametrize(
    "environment", [{"AIMF_PASSWORD": "court"}, {"AIMF_PASSWORD": "assez long", "AIMF_USER": "a:b"}]
)
def test_bad_credentials_are_said(environment, tmp_path):
    with pytest.raises(UsageError, match="AIMF_"):
        credentials_of(environment, PageRules(), tmp_path)


def test_a_password_of_the_environment_goes_before_one_of_a_file(tmp_path):
    rules = PageRules(user="mairie", password_file="secret")
    secret = tmp_path / "secret"
    secret.write_text("un mot de passe\n")
    secret.chmod(0o600)
    assert credentials_of({}, PageRules(), tmp_path) is None
    assert credentials_of({}, rules, tmp_path) == Credentials("mairie", "un mot de passe")
    assert credentials_of({"AIMF_PASSWORD": "un autre mot"}, rules, tmp_path) == Credentials("mairie", "un autre mot")
    assert credentials_of({"AIMF_PASSWORD": "un autre mot", "AIMF_USER": "moi"}, rules, tmp_path).user == "moi"


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (None, 0o600, "cannot be read"),
        (b"court\n", 0o600, "too short"),
        (b"\xff\xfe\xff\xfe\xff\xfe\xff\xfe", 0o600, "not UTF-8"),
        (b"un mot de passe", 0o640, "chmod 600"),
        (b"un mot de passe", 0o604, "chmod 600"),
    ],
)
def test_a_password_file_that_is_no_secret_is_refused(tmp_path, content, mode, said):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with pytest.raises(ConfigError, match=said) as raised:
        credentials_of({}, PageRules(password_file="secret"), tmp_path)
    assert str(path) in str(raised.value)


def test_a_password_file_of_the_configuration_locks_the_page(folder, tmp_path):
    (tmp_path / "secret").write_text("sésame ouvre-toi")
    (tmp_path / "secret").chmod(0o600)
    config = tmp_path / "config.yaml"
    config.write_text((ROOT / "config.yaml").read_text().replace("password_file: null", "password_file: secret"))
    with serving("--data", folder, "--config", config) as page:
        assert page.raw("/").status == 401
        assert page.raw("/", headers=basic("aimf", "sésame ouvre-toi")).status == 200


def test_no_half_of_a_page_waits_for_an_acknowledgement():
    """Asyncio switches Nagle's algorithm off where a connection is known to be TCP; it inherits that from the socket."""
    with server.bound(server.place("127.0.0.1", 0, (), None)) as listening:
        assert listening.proto == socket.IPPROTO_TCP
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.proto == socket.IPPROTO_TCP


def test_behind_a_proxy_its_name_is_known(folder):
    with serving("--data", folder, serve=("--name", "archive.example")) as page:
        answer = page.raw("/atom?q=eau", headers={"Host": "archive.example", "X-Forwarded-Proto": "https"})
        assert answer.status == 200
        assert 'href="https://archive.example/atom?q=eau"' in answer.text


@pytest.mark.parametrize(
    ("options", "said", "code"),
    [
        (["--host", "0.0.0.0"], "AIMF_PASSWORD", 2),
        (["--port", "99999"], "no port", 2),
        (["--host", "not a host", "--no-auth"], "cannot listen", 2),
    ],
)
def test_a_mistake_gets_one_sentence(folder, options, said, code):
    done = subprocess.run(
        command("--data", folder, "serve", *options), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_its_extra_the_page_says_what_to_install(folder):
    program = "import sys; sys.modules['starlette'] = None; from index.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", program, "--data", folder, "serve"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert (
        done.stderr
        == "The page needs packages that are not installed (starlette); run: pip install 'aimf-archive[web]'.\n"
    )


def test_without_an_archive_nothing_is_served(tmp_path, capsys):
    assert main(["--data", str(tmp_path), "serve", "--port", "0"]) == 10
    assert "no archive" in capsys.readouterr().err


# --- an archive that goes, comes back, breaks


def test_the_page_outlives_its_archive(tmp_path):
    folder = make(tmp_path / "data", [hostile(1)])
    with serving("--data", folder) as page:
        assert page.get("/").status == 200
        folder.rename(tmp_path / "away")
        answer = until(page, 503)
        assert "L’archive n’est pas disponible" in answer.text
        assert str(tmp_path) not in answer.text
        assert page.get("/healthz").json() == {"status": "unavailable"}
        assert page.get("/api/v1/search").status == 503
        (tmp_path / "away").rename(folder)
        assert "Eau" in until(page, 200).text


def test_a_damaged_archive_is_told_and_a_repaired_one_taken_up(tmp_path):
    folder = make(tmp_path / "data", [hostile(1)])
    with serving("--data", folder) as page:
        assert page.get("/").status == 200
        good = (folder / "archive.sqlite").read_bytes()
        beside = tmp_path / "broken"
        beside.write_bytes(b"not a database" * 1000)
        beside.replace(folder / "archive.sqlite")
        until(page, 503)
        beside.write_bytes(good)
        beside.replace(folder / "archive.sqlite")
        until(page, 200)


def test_a_new_index_is_taken_up_without_a_restart(tmp_path):
    folder = make(tmp_path / "data", [hostile(1)])
    with serving("--data", folder) as page:
        assert "1\u00a0résultat" in page.get("/", q="eau").soup.title.text
        make(folder, [hostile(1), hostile(2)])
        for _ in range(100):
            if "2\u00a0résultats" in page.get("/", q="eau").soup.title.text:
                break
            time.sleep(0.05)
        assert "2\u00a0résultats" in page.get("/", q="eau").soup.title.text


def until(page, status):
    """The answer once it has this status; the page looks at its archive every second."""
    for _ in range(100):
        answer = page.get("/")
        if answer.status == status:
            return answer
        time.sleep(0.05)
    raise AssertionError(answer.status)


def test_slow_and_silent_clients_hold_nobody(page):
    parts = urlsplit(page.url)
    with contextlib.ExitStack() as opened:
        for _ in range(60):
            connection = opened.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=10))
            connection.sendall(b"GET /?q=eau HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        assert page.get("/", q="eau").status == 200


@pytest.mark.parametrize(
    ("sent", "answered"),
    [(b"GET / HTTP/1.1\r\nHost: ", False), (b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n", True)],
)  # fmt: skip
def test_a_request_that_does_not_end_is_ended(folder, monkeypatch, sent, answered):
    hasty = "import sys; from index.web import server; server.REQUEST_WITHIN_S = 2; from index.cli import main; sys.exit(main(sys.argv[1:]))"
    monkeypatch.setattr(webpage, "command", lambda *words: [sys.executable, "-c", hasty, *map(str, words)])
    with serving("--data", folder) as page, socket.create_connection(where(page), timeout=20) as connection:
        connection.sendall(sent)
        if answered:
            assert b"200 OK" in connection.recv(65_536)
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"x")
            while connection.recv(65_536):
                pass


def test_a_client_that_goes_away_is_no_fault(page):
    parts = urlsplit(page.url)
    for _ in range(20):
        connection = socket.create_connection((parts.hostname, parts.port), timeout=10)
        connection.sendall(b"GET /export.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connection.close()
    assert page.get("/").status == 200
