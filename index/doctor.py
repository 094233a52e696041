"""Every kind of damage to an archive and its index, with the command that repairs it; and that repair.

May import: jobs, opening, pointer, publication, pipeline.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from index.bits import documents_of
from index.jobs import JobReport, Stop, index_articles, redo
from index.opening import open_index
from index.pointer import NAME, read_pointer
from index.publication import clean, leftovers
from pipeline.archive import FILE_NAME, LOCK_NAME, Archive, Damage, DamageKind, last_backup, salvage_file
from pipeline.config import Config, IndexFolder
from pipeline.console import Console
from pipeline.errors import ArchiveDamaged, ArchiveError, ArchiveTooNew, NoArchive

_INDEX_KINDS = frozenset({DamageKind.INDEX_MISSING, DamageKind.INDEX_DAMAGED, DamageKind.INDEX_DIFFERS})
# After a file was copied row by row, rows may refer to what was lost; three rounds settle what follows from what.
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One damage and the command that repairs it."""

    damage: Damage
    command: str


class Doctor:
    """Examines one archive. `config` is None where there is none: then nothing can be read anew from the captures."""

    def __init__(self, console: Console, config: Config | None) -> None:
        self._console = console
        self._config = config
        self.folder = console.data_folder(config)
        self._index = self.folder / (config.index if config else IndexFolder()).folder

    def examine(self) -> list[Finding]:
        """Everything that is damaged. Raises NoArchive and ArchiveTooNew, which are no damage."""
        if not (self.folder / FILE_NAME).exists():
            Archive.open(self.folder).close()
        found = [Finding(damage, self._repair(damage.kind)) for damage in self._of_the_folder()]
        try:
            with Archive.open(self.folder) as archive:
                found += [Finding(damage, self._repair(damage.kind)) for damage in archive.damages()]
                if not any(one.damage.kind in (DamageKind.FILE, DamageKind.SCHEMA) for one in found):
                    found += self._of_the_index(archive)
        except (ArchiveTooNew, NoArchive):
            raise
        except ArchiveDamaged as wrong:
            # Not even its first page can be read: the backup has more than what could be picked out of it.
            backup = last_backup(self.folder)
            restore = f"aimf --data {shlex.quote(str(backup))} backup {shlex.quote(str(self.folder))}"
            command = restore if backup else self._repair(DamageKind.FILE)
            found.append(Finding(Damage(DamageKind.FILE, str(wrong)), command))
        return found

    # --- finding ----------------------------------------------------------------------------------------------------

    def _of_the_folder(self) -> Iterator[Damage]:
        for path, bits in self._own_rights():
            if path.exists() and path.stat().st_mode & bits != bits:
                yield Damage(DamageKind.RIGHTS, f"The owner of {path} may not read and write it.")
        lock = self.folder / LOCK_NAME
        if lock.exists() and not lock.is_file():
            yield Damage(DamageKind.LOCK, f"{lock} is no file, so that no run can begin.")

    def _own_rights(self) -> Iterator[tuple[Path, int]]:
        yield self.folder, stat.S_IRWXU
        yield self.folder / FILE_NAME, stat.S_IRUSR | stat.S_IWUSR
        lock = self.folder / LOCK_NAME
        if lock.is_file():
            yield lock, stat.S_IRUSR | stat.S_IWUSR

    def _of_the_index(self, archive: Archive) -> Iterator[Finding]:
        marks = dict(archive.marks())
        # An index is made from articles; without any, only a crawl brings back what to make it from.
        command = self._aimf("rebuild --from articles") if marks else self._aimf("crawl")
        try:
            pointer = read_pointer(str(self._index))
            if pointer is None:
                if marks:
                    yield Finding(
                        Damage(DamageKind.INDEX_MISSING, f"There is no search index in {self._index}."), command
                    )
                return
            opened = open_index(str(self._index))
            try:
                reader = opened.searcher.reader
                reader.check()
                cards = (reader.card(document) for document in documents_of(reader.documents()))
                indexed = {card.url: card.stamp for card in cards}
            finally:
                opened.searcher.reader.close()
        except ArchiveError as wrong:
            yield Finding(Damage(DamageKind.INDEX_DAMAGED, str(wrong)), command)
            return
        if archive.lock_holder() is not None:
            return  # the index follows when the run ends
        different = sorted(url for url in {*marks, *indexed} if marks.get(url) != indexed.get(url))
        if different:
            told = f"The index differs from the archive in {len(different)} articles, {different[0]} among them."
            yield Finding(Damage(DamageKind.INDEX_DIFFERS, told), command)
        if left := leftovers(self._index, pointer):
            told = f"A run that was killed left {', '.join(left)} in {self._index}."
            yield Finding(Damage(DamageKind.LEFTOVERS, told), self._repair(DamageKind.LEFTOVERS))

    # --- the commands -----------------------------------------------------------------------------------------------

    def _aimf(self, rest: str) -> str:
        """A command on this archive, to be pasted into a shell in any folder."""
        config = f"--config {shlex.quote(str(self._console.config_path.resolve()))} " if self._config else ""
        return f"aimf {config}--data {shlex.quote(str(self.folder.resolve()))} {rest}"

    def _repair(self, kind: DamageKind) -> str:
        return self._aimf(f"doctor --repair {kind.value}")

    # --- repairing --------------------------------------------------------------------------------------------------

    def repair(self, kind: DamageKind) -> str:
        """Repair one kind of damage; what was done, in a sentence."""
        if kind is DamageKind.RIGHTS:
            for path, bits in self._own_rights():
                path.chmod(path.stat().st_mode | bits)
            return f"The owner of {self.folder} may read and write everything in it again."
        if kind is DamageKind.LOCK:
            lock = self.folder / LOCK_NAME
            aside = lock.with_name(f"{LOCK_NAME}.aside.{os.getpid()}")
            lock.rename(aside)
            return f"What stood in the place of the lock is now {aside}."
        told = "Repaired."
        if kind is DamageKind.FILE:
            aside, rows = salvage_file(self.folder)
            told = (
                f"{rows} rows were read from the damaged file, which is now {aside}; aimf crawl brings what is missing."
            )
        with Archive.open(self.folder, mode="write") as archive, archive.run("aimf doctor"):
            self._mend(archive, kind)
            if any(archive.marks()):
                self._bring_up_to_date(archive, anew=kind in _INDEX_KINDS)
        return told

    def _mend(self, archive: Archive, kind: DamageKind) -> None:
        if kind is DamageKind.LEFTOVERS:
            clean(self._index, read_pointer(str(self._index)))
        if kind is not DamageKind.FILE:
            archive.repair(kind)
            return
        for _ in range(_ROUNDS):
            for follower in {damage.kind for damage in archive.damages()}:
                archive.repair(follower)

    def _bring_up_to_date(self, archive: Archive, *, anew: bool) -> None:
        report = JobReport()
        if self._config is not None and not anew:
            with suppress(KeyError):  # pages of a site that the configuration does not know
                # what the guard has set aside is not taken over by a repair
                redo(archive, self._config, self._console, Stop(), report, accept=False)
                return
        index_articles(archive, self._index, self._console, report, rebuild=anew)


__all__ = ["NAME", "Doctor", "Finding"]
