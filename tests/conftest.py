"""Fixtures of the whole suite: what lies beside the project, the replay of the real site, Hypothesis' profile."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from hypothesis import HealthCheck, settings

from pipeline import sample

SHARED = Path(__file__).resolve().parents[2] / "shared"
READY_WITHIN_S = 300  # the first start unpacks the site: up to 90 s on two busy cores

# No deadline: CI machines pause. Derandomised in CI, so that a red build can be repeated and a change is what broke it.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of material beside the project: replay of the real site, labels, measurements."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared: the replay of the real site and its labels are not on this machine")
    return SHARED


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB; skipped where mounting one is not allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture(scope="session")
def sample_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of the bundled sample site, crawled once; to be read only."""
    folder = tmp_path_factory.mktemp("sample") / "data"
    with sample.serve_sample() as url:
        command = [sys.executable, "-m", "index", "-q", "--config", str(sample.CONFIG), "--data", str(folder), "crawl"]
        asked = [*command, "--base-url", url, "--delay", "0"]
        subprocess.run(asked, cwd=Path(__file__).resolve().parents[1], check=True, timeout=120)
    return folder


@pytest.fixture(scope="session")
def replay(shared: Path) -> Iterator[str]:
    """Address of a running replay of the real site: AIMF_REPLAY_URL if set, else one started here and ended after."""
    running = os.environ.get("AIMF_REPLAY_URL")
    if running:
        with urlopen(running, timeout=30):
            yield running.rstrip("/") + "/"
        return
    serve = shared / "aimf-site" / "serve"
    if not serve.is_file():
        pytest.skip("needs ../shared: aimf-site/serve is missing there")
    port = os.environ.get("AIMF_REPLAY_PORT", "8095")  # fixed: the server keeps a cache for each port
    with subprocess.Popen(
        [serve, "--port", port], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            _wait_until_ready(server)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait_until_ready(server: subprocess.Popen[str]) -> None:
    assert server.stdout
    watchdog = threading.Timer(READY_WITHIN_S, server.kill)  # ends the reading below
    watchdog.start()
    said: list[str] = []
    try:
        for line in server.stdout:
            said.append(line)
            if line.startswith("ready"):
                break
        else:
            pytest.fail(f"../shared/aimf-site/serve did not get ready: {''.join(said)[-500:]}")
    finally:
        watchdog.cancel()
    # Drained for the rest of its life: a full pipe would stop the server.
    threading.Thread(target=server.stdout.read, daemon=True).start()
