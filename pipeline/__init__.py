"""From a URL to an Article in the archive. Never imports `index`."""
