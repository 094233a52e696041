"""Facts that an article states, each with its place in the text: places, partners, amounts, dates, acronyms.

Pure functions of text. May import: records and its own modules only.
"""
