"""The staff's page: find an article, trust it, take it away. `aimf serve` runs it.

Server-rendered, GET only, everything works without scripts. A request goes down the modules: `guard` lets it in, `app`
routes it, `forms` reads its address, a module of `pages` asks the library and gives a template what it shows, `exports`
and `feed` carry results away. May import: everything of this half but cli, and pipeline.
"""
