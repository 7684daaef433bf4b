"""`python -m nq57kit`: the same as the `nq57kit` script."""

from __future__ import annotations

import sys

from nq57kit.cli import main

if __name__ == "__main__":
    sys.exit(main())
