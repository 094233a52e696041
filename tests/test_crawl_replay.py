"""The real site, replayed on loopback: every article page is captured, exactly once, and a second run asks next to nothing."""

import json
from pathlib import Path

import pytest

from pipeline.archive import Archive, AskReason
from pipeline.config_file import load_config
from pipeline.crawl import CrawlOptions, run_crawl
from pipeline.urls import canonical_key

pytestmark = pytest.mark.replay

CONFIG = Path(__file__).resolve().parents[1] / "config.yaml"
KINDS = {"actualite": 830, "actions": 144, "document": 63, "evenement": 34}


def test_the_whole_site_is_captured_once(replay, shared, tmp_path):
    config = load_config(CONFIG)
    options = CrawlOptions(delay_s=0, base_url=replay)
    with Archive.open(tmp_path, mode="write") as archive:
        first = run_crawl(archive, "aimf", config, options)
        captured = [p.key for p in archive.pages() if archive.captures(p.url)]
        lines = map(json.loads, (shared / "aimf-site" / "manifest.jsonl").read_text().splitlines())
        wanted = [(line["kind"], canonical_key(line["url"])) for line in lines if line["status"] == 200]
        for kind, number in KINDS.items():
            keys = [key for of, key in wanted if of == kind]
            assert len(keys) == number
            assert set(keys) <= set(captured), kind
        assert len(captured) == len(set(captured)) == archive.counts().captures
        assert set(captured) <= {key for _, key in wanted}
        assert first.new == len(captured)
        assert all(p.url.startswith("https://www.aimf.asso.fr/") for p in archive.pages())

        second = run_crawl(archive, "aimf", config, options)
        assert (second.new, second.changed, second.moved, second.gone) == (0, 0, 0, 0)
        assert archive.counts().captures == first.new
        # the rotating share apart, a night without changes costs a fiftieth at most (measured: 0.8 % and 0.5 %)
        assert second.requests - second.due_requests <= 0.02 * first.requests
        assert second.received_bytes - second.due_bytes <= 0.02 * first.received_bytes
        # and all pages have their turn within thirty nights
        assert second.reasons[AskReason.DUE] >= len(captured) / 31
