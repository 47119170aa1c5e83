"""`python -m relayviz`: the command line."""

import sys

from relayviz.cli import main

if __name__ == "__main__":
    sys.exit(main())
