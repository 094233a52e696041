"""`python -m index` is `aimf`. May import: cli."""

import sys

from index.cli import main

if __name__ == "__main__":
    sys.exit(main())
