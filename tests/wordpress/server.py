"""A real WordPress for as long as a `with` block lasts: Debian's packages, a database and a web server of our own.

    with wordpress() as site:
        crawl(site.url)
        site.call("wp_trash_post", site.truth["articles"][0]["id"])

Everything lies in one folder that is removed at the end; the database listens on a file there, the web server on
loopback. WordPress is copied, because it looks for its configuration beside itself; site.php fills it. May import: the
standard library only.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
PACKAGED = Path("/usr/share/wordpress")
THEME = "twentytwentyone"
READY_WITHIN_S = 60


@dataclass(frozen=True)
class WordPress:
    """A running WordPress. `truth` tells what site.php wrote into it: what is an article, what is nobody's business."""

    url: str
    folder: Path
    truth: dict[str, Any]

    def call(self, function: str, *arguments: Any) -> Any:
        """Call a function of WordPress, as its own administration does, and give what it returned."""
        said = _php(self.folder, "call", json.dumps({"function": function, "arguments": arguments}))
        return json.loads(said)

    def asked(self) -> list[tuple[int, str]]:
        """Status and path of every request so far, in order."""
        lines = (self.folder / "requests.log").read_text(encoding="utf-8").splitlines()
        return [(int(status), path) for status, _, path in (line.partition(" ") for line in lines)]


def missing() -> list[str]:
    """What this machine lacks for a WordPress; nothing if one can be brought up."""
    programs = [name for name in ("php", "mariadbd", "mariadb-install-db", "mariadb-admin") if not _program(name)]
    folders = [PACKAGED / "wp-load.php", PACKAGED / "wp-content" / "themes" / THEME, _language("fr_FR.mo")]
    return programs + [str(path) for path in folders if not path.exists()]


@contextmanager
def wordpress(*, port: int = 0, work: Path | None = None) -> Iterator[WordPress]:
    """Bring a WordPress up, fill it, and end it: by process id, and with its folder."""
    with ExitStack() as ending:
        # Short: the path of a socket has at most 107 bytes.
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="wordpress-", dir=work)))
        port = port or _free_port()
        url = f"http://127.0.0.1:{port}/"
        ending.enter_context(_database(folder))
        _lay_out(folder, url)
        _php(folder, "install")
        truth = json.loads(_php(folder, "fill"))
        ending.enter_context(_web_server(folder, port))
        yield WordPress(url, folder, truth)


def main() -> None:
    """A WordPress to look at, until the signal to end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8140, help="on loopback (default 8140)")
    parser.add_argument("--work", type=Path, help="where its folder is made (default: the system's temporary folder)")
    options = parser.parse_args()
    lacking = missing()
    if lacking:
        sys.exit(f"This machine has no {', '.join(lacking)}; tests/wordpress/up --install installs them as root.")
    with wordpress(port=options.port, work=options.work) as site:
        print(f"ready {site.url} {len(site.truth['articles'])} articles", flush=True)
        # Blocked only now: database and web server would inherit it.
        ending = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, ending)
        signal.sigwait(ending)


# --- the parts --------------------------------------------------------------------------------------------------------


@contextmanager
def _database(folder: Path) -> Iterator[None]:
    data, at = folder / "database", folder / "db.sock"
    user = ["--user=root"] if Path(folder).owner() == "root" else []
    made = [_program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db", *user]
    subprocess.run([*made, "--auth-root-authentication-method=normal"], check=True, stdout=subprocess.DEVNULL)
    # What this database holds is made anew each time: it need not survive a power cut.
    lasting = ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-buffer-pool-size=64M"]
    command = [_program("mariadbd"), "--no-defaults", f"--datadir={data}", f"--socket={at}", "--skip-networking"]
    command += [f"--pid-file={folder / 'db.pid'}", *lasting, *user]
    admin = [_program("mariadb-admin"), "--no-defaults", f"--socket={at}", "--user=root"]
    with _running(command, folder / "database.log") as server:
        _wait(server, lambda: subprocess.run([*admin, "ping"], capture_output=True, check=False).returncode == 0)
        subprocess.run([*admin, "create", "wordpress"], check=True)
        yield


@contextmanager
def _web_server(folder: Path, port: int) -> Iterator[None]:
    # Compiled pages are kept in memory: five times as fast.
    command = [_program("php"), "-d", "opcache.enable_cli=1", "-S", f"127.0.0.1:{port}", "-t", str(folder / "www")]
    with _running([*command, str(HERE / "router.php")], folder / "server.log") as server:
        _wait(server, lambda: _answers(port))
        yield


@contextmanager
def _running(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def _lay_out(folder: Path, url: str) -> None:
    www = folder / "www"
    # Debian keeps some libraries elsewhere and links to them; its own configuration and content stay out.
    shutil.copytree(PACKAGED, www, ignore=shutil.ignore_patterns("wp-content", "wp-config.php"), dirs_exist_ok=True)
    content = www / "wp-content"
    shutil.copytree(PACKAGED / "wp-content" / "themes" / THEME, content / "themes" / THEME)
    (content / "languages").mkdir()
    for name in ("fr_FR.mo", "admin-fr_FR.mo"):
        shutil.copy(_language(name), content / "languages" / name)
    (content / "mu-plugins").mkdir()
    shutil.copy(HERE / "types.php", content / "mu-plugins" / "types.php")
    (www / "wp-config.php").write_text(_config(folder / "db.sock", url.rstrip("/")), encoding="utf-8")


def _config(database: Path, home: str) -> str:
    settings = {
        "DB_NAME": "wordpress",
        "DB_USER": "root",
        "DB_PASSWORD": "",
        "DB_HOST": f"localhost:{database}",
        "DB_CHARSET": "utf8mb4",
        "WP_HOME": home,
        "WP_SITEURL": home,
        "WPLANG": "fr_FR",
        "DISABLE_WP_CRON": True,
        "WP_HTTP_BLOCK_EXTERNAL": True,
        "AUTOMATIC_UPDATER_DISABLED": True,
        "WP_DEBUG": False,
    }
    lines = [f"define({json.dumps(name)}, {json.dumps(value)});" for name, value in settings.items()]
    lines += ["$table_prefix = 'wp_';", "defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');"]
    return "\n".join(["<?php", *lines, "require_once ABSPATH . 'wp-settings.php';", ""])


def _php(folder: Path, *arguments: str) -> str:
    command = [_program("php"), "-d", "sendmail_path=true", str(HERE / "site.php"), str(folder / "www"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise RuntimeError(f"site.php {arguments[0]} ended with {done.returncode}: {done.stderr or done.stdout}")
    return done.stdout


def _program(name: str) -> str:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin") or ""


def _language(name: str) -> Path:
    return PACKAGED / "wp-content" / "languages" / name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/robots.txt", timeout=30) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _wait(server: subprocess.Popen[bytes], ready: Any) -> None:
    until_s = time.monotonic() + READY_WITHIN_S
    while not ready():
        if server.poll() is not None or time.monotonic() > until_s:
            raise RuntimeError(f"{server.args} did not get ready")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
