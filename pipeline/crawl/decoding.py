"""Content codings undone within a bound: a small answer that unpacks to gigabytes is refused, not unpacked.

May import: nothing of the project.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import zstandard

# Larger windows are for archives on disk, and cost their size in memory before the first byte comes out.
_ZSTD_WINDOW_BYTES = 1 << 23
# zstandard has no bound on what one piece unpacks to; the format has: 128 KiB for every four bytes.
_ZSTD_PIECE_BYTES = 512

# Short pages of one repeated line pack well and harm nobody.
_HARMLESS_BYTES = 1_000_000


class TooLarge(Exception):
    """The decoded body is longer than allowed."""


class Undecodable(Exception):
    """The body is not what its Content-Encoding says, or in a coding we did not offer."""


def decode(body: bytes, content_encoding: str, most_bytes: int, most_ratio: float = math.inf) -> bytes:
    """The bytes under all content codings. Raises TooLarge or Undecodable.

    `most_ratio`: what unpacks to a larger multiple of itself is too large as well.

    >>> decode(zlib.compress(b"eau"), "deflate", 10)
    b'eau'
    """
    codings = [c.strip().lower() for c in content_encoding.split(",") if c.strip()]
    packed_bytes = len(body)
    for coding in reversed(codings):
        if coding == "identity":
            continue
        decoder = _DECODERS.get(coding)
        if decoder is None:
            raise Undecodable(f"unknown content coding {coding!r}")
        try:
            # one byte more than allowed is enough to know that it is too long
            body = decoder(body, most_bytes + 1)
        except (zlib.error, brotli.error, zstandard.ZstdError, EOFError, MemoryError) as wrong:
            raise Undecodable(f"not {coding} ({wrong})") from wrong
        if len(body) > most_bytes:
            raise TooLarge(f"more than {most_bytes} bytes unpacked")
        if len(body) > max(_HARMLESS_BYTES, most_ratio * packed_bytes):
            raise TooLarge(f"{packed_bytes} bytes unpack to {len(body)}, which is no page")
    return body


def _gunzip(body: bytes, most: int) -> bytes:
    out = b""
    while body and len(out) < most:
        unpacker = zlib.decompressobj(wbits=31)
        out += unpacker.decompress(body, most - len(out))
        if not unpacker.eof and len(out) < most:
            raise EOFError("ends too early")
        # several members one after the other are one body; what follows them and is none is padding
        body = unpacker.unused_data if unpacker.unused_data.startswith(b"\x1f\x8b") else b""
    return out


def _inflate(body: bytes, most: int) -> bytes:
    try:
        unpacker = zlib.decompressobj()
        out = unpacker.decompress(body, most)
    except zlib.error:
        # some servers send the bare stream without zlib's header
        unpacker = zlib.decompressobj(wbits=-15)
        out = unpacker.decompress(body, most)
    if not unpacker.eof and len(out) < most:
        raise EOFError("ends too early")
    return out


def _unbrotli(body: bytes, most: int) -> bytes:
    unpacker = brotli.Decompressor()
    out = bytearray(unpacker.process(body, output_buffer_limit=most))
    while len(out) < most and not unpacker.is_finished():
        more = unpacker.process(b"", output_buffer_limit=most - len(out))
        if not more:
            raise EOFError("ends too early")
        out += more
    return bytes(out)


def _unzstd(body: bytes, most: int) -> bytes:
    out = bytearray()
    while body and len(out) < most:
        unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).decompressobj()
        at = 0
        while at < len(body) and not unpacker.eof and len(out) < most:
            out += unpacker.decompress(body[at : at + _ZSTD_PIECE_BYTES])
            at += _ZSTD_PIECE_BYTES
        if not unpacker.eof and len(out) < most:
            raise EOFError("ends too early")
        # several frames one after the other are one body
        body = unpacker.unused_data + body[at:]
    return bytes(out[:most])


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
# A brotli without a bound on its output (before 1.2) could be made to fill the memory.
if not hasattr(brotli.Decompressor, "can_accept_more_data"):
    del _DECODERS["br"]

ACCEPTED = ", ".join(c for c in ("gzip", "deflate", "br", "zstd") if c in _DECODERS)
