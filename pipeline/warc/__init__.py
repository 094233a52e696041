"""Captures out and in as WARC 1.1 (ISO 28500:2017), the format of web archives.

    sys.stdout.buffer.writelines(warc.written(archive))
    taken = warc.take_over(archive, config, path, run_id)

May import: archive, config, crawl, records, errors, urls.
"""

from pipeline.warc.reading import is_warc
from pipeline.warc.taking import Taken, take_over
from pipeline.warc.writing import written

__all__ = ["Taken", "is_warc", "take_over", "written"]
