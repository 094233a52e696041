"""Words that mean the same: the lists, how a question's expressions are looked up in them, names of filters."""
