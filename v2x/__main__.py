"""``python -m v2x``: the command line from a checkout that is not installed."""

from v2x.cli import main

main()
