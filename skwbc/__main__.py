"""Run the command line: ``python -m skwbc``."""

from skwbc.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
