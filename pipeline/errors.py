"""The errors of the archive: one tree, drawn here.

    ArchiveError                 whatever stops the program; carries the exit code
    ├── UsageError          (2)  the command was called wrongly
    ├── ConfigError         (2)  config.yaml cannot be used: key, line and remedy
    ├── StorageError        (1)  the disk refused: full, read-only, no rights
    ├── NoArchive          (10)  nothing has been archived in this folder yet
    ├── ArchiveLocked      (11)  another run holds the lock: who, and since when
    ├── SiteUnreachable    (12)  the site does not answer, or refuses everything
    ├── ArchiveDamaged     (13)  the store or the index cannot be read
    └── ArchiveTooNew      (13)  written by a newer version of this program

Expected outcomes (a page that answers 404, a page that is no article, words that find nothing) are
values, never exceptions. Exceptions mean "cannot go on", and their text is one sentence for the
person at the keyboard: what, where, what to do. May import: the standard library only.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What `aimf` returns to the shell; cron and other programs rely on these numbers."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    GUARD_REFUSED = 4
    NO_ARCHIVE = 10
    LOCKED = 11
    UNREACHABLE = 12
    DAMAGED = 13
    INTERRUPTED = 130
    TERMINATED = 143


class ArchiveError(Exception):
    """Something that stops the program; `str()` of it is the sentence to show."""

    exit_code: ExitCode = ExitCode.FAILED
    run_id: int | None = None
    """The run that it ended, if one had begun."""


class UsageError(ArchiveError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_code = ExitCode.USAGE


class ConfigError(ArchiveError):
    """config.yaml is missing, unreadable or wrong."""

    exit_code = ExitCode.USAGE


class StorageError(ArchiveError):
    """The disk refused a write: full, read-only, or without the rights."""


class NoArchive(ArchiveError):
    """There is no archive in the data folder."""

    exit_code = ExitCode.NO_ARCHIVE


class ArchiveLocked(ArchiveError):
    """Another run is writing to this archive."""

    exit_code = ExitCode.LOCKED


class SiteUnreachable(ArchiveError):
    """The site cannot be reached, or robots.txt forbids everything or is unreachable (RFC 9309)."""

    exit_code = ExitCode.UNREACHABLE


class ArchiveDamaged(ArchiveError):
    """The store or the index cannot be read; the message names the command that repairs it."""

    exit_code = ExitCode.DAMAGED


class ArchiveTooNew(ArchiveDamaged):
    """The archive was written by a newer version of this program."""
