"""WARC files as responses: whatever the bytes are, each outcome is a value, and memory has a bound.

May import: config, crawl.decoding.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pipeline.config import Limits
from pipeline.crawl.decoding import TooLarge, Undecodable, decode

_GZIP, _WARC = b"\x1f\x8b", b"WARC/"
_VERSION = re.compile(rb"WARC/\d+\.\d+\s*")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?!\d)")
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_PIECE_BYTES = 1 << 16
# A file may begin with a record that packs well; what it unpacks to is compared with its size from here on.
_HARMLESS_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer that a WARC holds; the body is decoded."""

    url: str
    at: datetime
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that cannot be read, by its number from 1, and why; `last`: nothing behind it can be read either."""

    number: int
    why: str
    last: bool = False


class _Unreadable(Exception):
    """A record is broken; the next one may be well."""


class _Lost(Exception):
    """Where the next record begins is not known."""


def is_warc(path: Path) -> bool:
    """Whether a file is to be read as WARC, by its first bytes. Raises OSError."""
    with path.open("rb") as file:
        return file.read(len(_WARC)).startswith((_GZIP, _WARC))


def responses(path: Path, limits: Limits) -> Iterator[Response | Broken]:
    """The responses of a WARC file, packed or not, and its broken records; other kinds of record are passed over.

    Raises OSError if the disk does.
    """
    with path.open("rb") as packed:
        is_packed = packed.read(len(_GZIP)) == _GZIP
        packed.seek(0)
        source = _Source(packed, gzip.GzipFile(fileobj=packed) if is_packed else packed, limits)
        number = 0
        while True:
            number += 1
            try:
                head = source.head()
                if head is None:
                    return
                found = _response(head, source)
            except _Unreadable as wrong:
                yield Broken(number, str(wrong))
            except _Lost as wrong:
                yield Broken(number, str(wrong), last=True)
                return
            else:
                if found is not None:
                    yield found


class _Source:
    """The unpacked bytes of a file, a piece at a time."""

    def __init__(self, packed: BinaryIO, plain: BinaryIO | gzip.GzipFile, limits: Limits) -> None:
        self.limits = limits
        self._packed = packed
        self._plain = plain
        self._unpacked_bytes = 0

    def head(self) -> dict[str, str] | None:
        """The headers of the next record by lower-case name; None at the end of the file."""
        line = self._line()
        while line in (b"\r\n", b"\n"):
            line = self._line()
        if not line:
            return None
        if not _VERSION.fullmatch(line):
            raise _Lost("no WARC record begins here")
        lines, size = [], 0
        while (line := self._line()) not in (b"\r\n", b"\n"):
            size += len(line)
            if not line:
                raise _Lost("the file ends in the middle of a record")
            if size > self.limits.header_bytes:
                raise _Lost(f"its headers are longer than {self.limits.header_bytes} bytes")
            lines.append(line)
        return _headers(b"".join(lines))

    def block(self, size: int) -> bytes:
        """The next bytes of a record."""
        return b"".join(self._pieces(size))

    def skip(self, size: int) -> None:
        """Pass over the next bytes of a record."""
        for _ in self._pieces(size):
            pass

    def _pieces(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self._read(min(size, _PIECE_BYTES))
            if not piece:
                raise _Lost("the file ends in the middle of a record")
            size -= len(piece)
            yield piece

    def _line(self) -> bytes:
        return self._counted(self._guarded(self._plain.readline, self.limits.header_bytes + 1))

    def _read(self, size: int) -> bytes:
        return self._counted(self._guarded(self._plain.read, size))

    @staticmethod
    def _guarded(read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as wrong:
            raise _Lost(f"it cannot be unpacked ({wrong})") from wrong

    def _counted(self, piece: bytes) -> bytes:
        """Whatever is read, and passed over, is measured: a small file does not unpack for hours."""
        self._unpacked_bytes += len(piece)
        if self._plain is not self._packed:
            most = max(_HARMLESS_BYTES, self.limits.unpacked_ratio * self._packed.tell())
            if self._unpacked_bytes > most:
                raise _Lost(f"it unpacks to more than {self.limits.unpacked_ratio:g} times its size")
        return piece


def _response(head: Mapping[str, str], source: _Source) -> Response | None:
    """The response of the record whose block comes next; None for another kind of record."""
    told = head.get("content-length", "")
    if not (told.isascii() and told.isdigit() and len(told) <= 18):
        raise _Lost("its Content-Length is missing or no number")
    size, limits = int(told), source.limits
    is_http = head.get("content-type", "").lower().startswith("application/http")
    if head.get("warc-type") != "response" or not is_http:
        source.skip(size)
        return None
    if size > limits.body_bytes + limits.header_bytes:
        source.skip(size)
        raise _Unreadable(f"it is longer than {limits.body_bytes} bytes")
    block = source.block(size)
    if head.keys() & {"warc-truncated", "warc-segment-number"}:
        raise _Unreadable("it holds a part of the answer only")
    at = _moment(head.get("warc-date", ""))
    status, headers, body = _http(block, limits.header_bytes)
    try:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            body = _joined(body)
        body = decode(body, headers.get("content-encoding", ""), limits.body_bytes, limits.unpacked_ratio)
    except (TooLarge, Undecodable) as wrong:
        raise _Unreadable(str(wrong)) from wrong
    if len(body) > limits.body_bytes:
        raise _Unreadable(f"it is longer than {limits.body_bytes} bytes")
    # WARC 1.0 was often written with the address in angle brackets
    return Response(head.get("warc-target-uri", "").removeprefix("<").removesuffix(">"), at, status, headers, body)


def _moment(told: str) -> datetime:
    try:
        at = datetime.fromisoformat(told)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as wrong:
        raise _Unreadable(f"its WARC-Date {told[:40]!r} is no time") from wrong


def _http(block: bytes, header_bytes: int) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body, as it was sent, of an HTTP answer."""
    found, end = _STATUS.match(block), _HEADERS_END.search(block, 0, header_bytes)
    if found is None or end is None:
        raise _Unreadable("its block is no HTTP answer")
    return int(found[1]), _headers(block[: end.start()].partition(b"\n")[2]), block[end.end() :]


def _headers(lines: bytes) -> dict[str, str]:
    r"""Headers by lower-case name; repeated ones are joined, continued lines too, cookies are nobody's business.

    >>> _headers(b"Vary: a\r\n b\r\nvary: c\r\nSet-Cookie: x\r\nnone\r\n")
    {'vary': 'a b, c'}
    """
    headers: dict[str, str] = {}
    for line in re.sub(rb"\r?\n[ \t]+", b" ", lines).splitlines():
        raw_name, colon, raw_value = line.partition(b":")
        name, value = (_text(raw).strip() for raw in (raw_name, raw_value))
        if colon and name and name.lower() != "set-cookie":
            headers[name.lower()] = ", ".join(filter(None, (headers.get(name.lower()), value)))
    return headers


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _joined(body: bytes) -> bytes:
    r"""A body whose chunks are joined; some archivers join them and leave the header, and such a body stays as it is.

    >>> _joined(b"3\r\neau\r\n0\r\n\r\n"), _joined(b"<p>eau")
    (b'eau', b'<p>eau')
    """
    joined: list[bytes] = []
    at = 0
    while (size := _CHUNK_SIZE.match(body, at)) is not None:
        length = int(size[1], 16)
        if length == 0:
            return b"".join(joined)
        joined.append(body[size.end() : size.end() + length])
        at = size.end() + length
        at += 2 if body.startswith(b"\r\n", at) else 1
    return body
