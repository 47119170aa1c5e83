"""Starts relayviz from a checkout; `relayviz` is the same command once it is installed."""

import sys

from relayviz.cli import main

if __name__ == "__main__":
    sys.exit(main())
