"""The query language: its tree, and what reads it from text when it is more than plain words."""
