"""Indexes on disk as columns: the files, one segment, how one is written, how several are read as one."""
