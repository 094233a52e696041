"""The name and password that the page asks for: of the environment, else of the file that the configuration names.

May import: guard, pipeline.config.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

from index.web.guard import Credentials
from pipeline.config import PageRules
from pipeline.errors import ConfigError, UsageError

USER, PASSWORD = "AIMF_USER", "AIMF_PASSWORD"
CHARS_MIN = 8
FILE_MAX_BYTES = 4096


def credentials_of(environment: Mapping[str, str], rules: PageRules, folder: Path) -> Credentials | None:
    """What to ask for; None where no password is set. `folder` is the configuration's.

    UsageError or ConfigError, with what to do, when it is set and cannot be used.
    """
    password = environment.get(PASSWORD, "")
    if password:
        user = environment.get(USER, "") or rules.user
        if ":" in user:
            raise UsageError(f"The name in {USER} must not hold a colon.")
        return Credentials(user, _long_enough(password, UsageError(_too_short(f"in {PASSWORD}"))))
    if rules.password_file is None:
        return None
    path = folder / rules.password_file.expanduser()
    return Credentials(rules.user, _long_enough(_read(path), ConfigError(_too_short(f"in {path}"))))


def _too_short(where: str) -> str:
    return f"The password {where} is too short: {CHARS_MIN} characters at least."


def _long_enough(password: str, otherwise: Exception) -> str:
    if len(password) < CHARS_MIN:
        raise otherwise
    return password


def _read(path: Path) -> str:
    """The password in a file, without the end of its line."""
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            text = file.read(FILE_MAX_BYTES).decode()
    except (OSError, UnicodeDecodeError) as wrong:
        why = getattr(wrong, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(f"The password of page.password_file cannot be read from {path} ({why}).") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"The password in {path} can be read by others; run: chmod 600 {path}")
    return text.removesuffix("\n").removesuffix("\r")
