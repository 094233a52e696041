"""A capture becomes an Article or a Rejection: pure functions of (bytes, URL, site knowledge).

Modules, low to high: `html` (bytes → tree), `blocks` (tree → text blocks), `rules` (which blocks are
not the article, and why), `container` (where the article stands), `metadata`, `taxonomy`,
`language` (the fields), `article` (composes them), `loop` (from the store to the store).
"""
