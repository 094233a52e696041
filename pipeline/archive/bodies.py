"""Bodies of captures: compressed with zstd, stored once per SHA-256, never changed.

May import: errors, archive.connection, archive.outcomes.
"""

from __future__ import annotations

import hashlib

import zstandard

from pipeline.archive.connection import Connection
from pipeline.archive.outcomes import PreparedBody
from pipeline.errors import ArchiveDamaged

# Measured on 483 pages of 323 kB, every fourth of the real site: level 1 packs to 13.9 % in 0.4 ms a page, level 3 to
# 12.9 % in 0.6 ms, level 6 to 11.9 % in 1.9 ms, level 9 to 11.6 % in 2.9 ms.
ZSTD_LEVEL = 3


def prepare(body: bytes) -> PreparedBody:
    """Hash and compress a body; touches nothing, so that any thread may do it."""
    return PreparedBody(hashlib.sha256(body).digest(), len(body), zstandard.compress(body, ZSTD_LEVEL))


def store(sql: Connection, body: PreparedBody) -> None:
    """Store a body unless its bytes are there already."""
    sql.run("INSERT OR IGNORE INTO bodies VALUES (?, ?, ?)", (body.sha256, body.size_bytes, body.compressed))


def load(compressed: bytes, size_bytes: int) -> bytes:
    """The bytes as they were received. Raises ArchiveDamaged if they are not what was stored."""
    try:
        body = zstandard.decompress(compressed, max_output_size=size_bytes) if size_bytes else b""
    except (zstandard.ZstdError, MemoryError) as wrong:
        raise ArchiveDamaged(f"A stored page cannot be unpacked ({wrong}); run `aimf doctor`.") from wrong
    return bytes(body)


def damaged(sql: Connection, *, sample: int | None) -> list[str]:
    """Sentences about bodies whose bytes do not match their hash; `sample` looks at that many, None at all."""
    return [
        f"The body {sha256.hex()} is damaged; the captures that use it are lost."
        for sha256 in wrong_hashes(sql, sample=sample)
    ]


def wrong_hashes(sql: Connection, *, sample: int | None = None) -> list[bytes]:
    """The hashes of bodies whose bytes do not match them."""
    wrong: list[bytes] = []
    last = b""
    limit = "ORDER BY random() LIMIT ?" if sample is not None else "AND sha256 > ? ORDER BY sha256 LIMIT 50"
    while rows := sql.rows(
        f"SELECT sha256, size_bytes, zstd FROM bodies WHERE 1 {limit}",  # noqa: S608 - two constants
        (last if sample is None else sample,),
    ):
        for sha256, size_bytes, compressed in rows:
            try:
                fits = hashlib.sha256(load(compressed, size_bytes)).digest() == sha256
            except ArchiveDamaged:
                fits = False
            if not fits:
                wrong.append(sha256)
        if sample is not None:
            break
        last = rows[-1][0]
    return wrong
