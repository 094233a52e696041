"""Addresses: every spelling is made one here, and nowhere else.

`normalise` gives the form that is asked and stored, `canonical_key` the form by which two spellings
are known to be one page. Nothing here raises on any text. May import: the standard library only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}

# Parameters that say where a reader came from, or that ask for an editor's preview: never a page of its own.
_TRACKING = re.compile(
    r"(utm_\w+|mtm_\w+|pk_\w+|piwik_\w+|matomo_\w+|hsa_\w+|mc_[a-z]+|fbclid|gclid|gclsrc|dclid|wbraid|gbraid|msclkid|"
    r"yclid|twclid|igshid|_ga|_gl|_hsenc|_hsmi|vero_id|oly_(anon|enc)_id|"
    r"preview|preview_id|preview_nonce|elementor-preview|customize_changeset_uuid)",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})|%")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_EDGES = " \t\r\n\f\v\u00a0\u200b\u200e\u200f\u2028\u2029\u202f\u3000\ufeff"
_PATH_SAFE = "/:@!$&'()*+,;=~%"
_QUERY_SAFE = _PATH_SAFE + "?"

# Menus and footers repeat the same few thousand addresses on every page of a site. More would keep the addresses of a
# large site in memory, 500 bytes each, for nothing (benchmarks/crawl_growth.py).
_CACHED_URLS = 1 << 13


@lru_cache(maxsize=_CACHED_URLS)
def normalise(url: str) -> str | None:
    """The one spelling of an http(s) address, without its fragment; None for whatever is no such address.

    >>> normalise("HTTP://WWW.Example.org:80/a/../b//c/?#top")
    'http://www.example.org/b/c/'
    >>> normalise("https://example.org/été?q=%c3%a9%41")
    'https://example.org/%C3%A9t%C3%A9?q=%C3%A9A'
    >>> normalise("https://bücher.example/ a ")
    'https://xn--bcher-kva.example/%20a'
    >>> normalise("mailto:a@example.org") is None, normalise("http://[::1/") is None
    (True, True)
    """
    text = _CONTROLS.sub("", url.strip(_EDGES)).strip(_EDGES)
    try:
        parts = urlsplit(_forward_slashes(text))
        port = parts.port
        host = _host(parts.hostname or "")
    except ValueError:
        return None
    scheme = parts.scheme
    # An address that carries a name and a password is nobody's public page.
    if scheme not in DEFAULT_PORTS or not host or "@" in parts.netloc:
        return None
    where = host if port in (None, DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    query = "&".join(p for p in _requote(parts.query, _QUERY_SAFE).split("&") if p)
    return f"{scheme}://{where}{_path(parts.path)}{'?' + query if query else ''}"


@lru_cache(maxsize=_CACHED_URLS)
def canonical_key(url: str) -> str:
    """What all spellings of one page share: no scheme, no www., no trailing slash, no tracking parameters.

    Text that is no web address is its own key, so that a look-up finds nothing instead of failing.

    >>> canonical_key("http://WWW.aimf.asso.fr/actualite/été/?utm_source=x&b=2&a=1#haut")
    'aimf.asso.fr/actualite/%C3%A9t%C3%A9?a=1&b=2'
    >>> canonical_key("aimf.asso.fr/actualite/%C3%A9t%c3%a9?a=1&b=2")
    'aimf.asso.fr/actualite/%C3%A9t%C3%A9?a=1&b=2'
    >>> canonical_key("https://www.aimf.asso.fr/")
    'aimf.asso.fr'
    >>> canonical_key("no address")
    'no address'
    """
    whole = normalise(url if "://" in url[:12] else f"https://{url.strip(_EDGES).removeprefix('//')}")
    if whole is None:
        return url
    parts = urlsplit(whole)
    host = parts.netloc.removesuffix(":80").removesuffix(":443")
    # A bare www. in front of another www. is not a spelling but a name, and www.org is a domain.
    if host.startswith("www.") and host.count(".") > 1:
        host = host[4:] if not host.startswith("www.www.") else host
    kept = sorted(p for p in parts.query.split("&") if p and not _TRACKING.fullmatch(unquote(p.partition("=")[0])))
    return f"{host}{parts.path.rstrip('/')}{'?' + '&'.join(kept) if kept else ''}"


def join(base: str, href: str) -> str | None:
    """The normalised address that a link on the page `base` leads to; None if it leads to no web page.

    >>> join("https://example.org/a/b", "../c?x=1#y")
    'https://example.org/c?x=1'
    >>> [join("https://example.org/", h) for h in ("mailto:a@b.c", "JavaScript:void(0)", "tel:+33", "http://[")]
    [None, None, None, None]
    """
    href = _CONTROLS.sub("", href.strip(_EDGES)).strip(_EDGES)
    scheme = _SCHEME.match(href)
    if scheme:
        name = scheme[1].lower()
        if name not in DEFAULT_PORTS:
            return None
        if href.startswith("//", scheme.end()):
            return normalise(href)
    try:
        return normalise(urljoin(base, _forward_slashes(href)))
    except ValueError:
        return None


def path_to_match(url: str) -> str:
    """The decoded path of an address, which the configuration's patterns for kinds and listings are about.

    >>> path_to_match("https://example.org/actualite/%C3%A9t%C3%A9/?a=1")
    '/actualite/été/'
    """
    return unquote(_split(url)[0], errors="replace")


def path_and_query_to_match(url: str) -> str:
    """The decoded path, and after a question mark the query: what the `ignore` patterns are about.

    >>> path_and_query_to_match("https://example.org/a%20b/?jsf=1")
    '/a b/?jsf=1'
    """
    path, query = _split(url)
    return unquote(path, errors="replace") + (f"?{unquote(query, errors='replace')}" if query else "")


def origin_of(url: str) -> str:
    """Scheme, host and port of a normalised address, with a slash at its end.

    >>> origin_of("https://example.org:8443/a?b")
    'https://example.org:8443/'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def host_of(url: str) -> str:
    """The host name of a normalised address, without port and brackets.

    >>> host_of("https://example.org:8443/a"), host_of("no address")
    ('example.org', '')
    """
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class Rebase:
    """Maps the addresses of a copy of a site (staging, replay) to the site's own, and back.

    >>> copy = Rebase("http://127.0.0.1:8090/", "https://www.example.org/")
    >>> copy.to_site("http://127.0.0.1:8090/a?b"), copy.to_copy("https://www.example.org/a?b")
    ('https://www.example.org/a?b', 'http://127.0.0.1:8090/a?b')
    >>> copy.to_site("https://elsewhere.example/")
    'https://elsewhere.example/'
    """

    from_origin: str
    to_origin: str

    def to_site(self, url: str) -> str:
        """The site's own address of a page of the copy; every other address as it is."""
        return _moved(url, self.from_origin, self.to_origin)

    def to_copy(self, url: str) -> str:
        """The copy's address of a page of the site; every other address as it is."""
        return _moved(url, self.to_origin, self.from_origin)


def _moved(url: str, old: str, new: str) -> str:
    old, new = old.rstrip("/"), new.rstrip("/")
    rest = url[len(old) :]
    return new + rest if url.startswith(old) and (not rest or rest[0] in "/?#") else url


def _split(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.path or "/", parts.query


def _forward_slashes(text: str) -> str:
    """Browsers read a backslash before the query as a slash."""
    if "\\" not in text:
        return text
    end = min((i for i in (text.find("?"), text.find("#")) if i >= 0), default=len(text))
    return text[:end].replace("\\", "/") + text[end:]


def _host(name: str) -> str:
    if not name.isascii():
        name = name.encode("idna").decode("ascii")
    name = name.lower().rstrip(".")
    if ":" in name:
        name = f"[{name}]"
    return name if _HOST.fullmatch(name) else ""


def _path(path: str) -> str:
    """Requoted, without dot segments and doubled slashes; "/" at least."""
    pieces = _requote(path, _PATH_SAFE).split("/")
    kept: list[str] = []
    for piece in pieces:
        if piece == "..":
            del kept[-1:]
        elif piece not in ("", "."):
            kept.append(piece)
    end = "/" if kept and pieces[-1] in ("", ".", "..") else ""
    return f"/{'/'.join(kept)}{end}"


def _requote(text: str, safe: str) -> str:
    """Escapes in capitals, no escape without need, none missing; a stray % is written %25."""
    if "%" in text:
        text = _ESCAPE.sub(_one_escape, text)
    return quote(text, safe=safe, errors="surrogatepass")


def _one_escape(found: re.Match[str]) -> str:
    digits = found[1]
    if digits is None:
        return "%25"
    char = chr(int(digits, 16))
    return char if char in _UNRESERVED else f"%{digits.upper()}"
