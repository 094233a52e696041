"""A capture becomes an Article or a Rejection: pure functions of (bytes, URL, site knowledge).

Modules, low to high: `html` (bytes → tree), `blocks` (tree → text blocks), `rules` (what is not the
article, and why), `container` (where it stands), `template` (what a site's pages have in common),
`features` and `boilerplate` (how much a block reads like an article), `selection` (composes these);
`metadata` with `head`, `shown`, `titles`, `dates`, `authors`, and `taxonomy`, `media`, `language`,
`passages` (the fields), `factfields` (facts from the text), `findings` (what editors should repair),
`article` (composes all), `workers` and `loop` (from the store to the store).
"""
