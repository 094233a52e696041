"""One module a page: what its template shows, asked of the library. May import: visit and below."""
