"""The count by hand: `python tests/independent FOLDER 2026-H2 2026-12-25` prints the figures as JSON."""

from __future__ import annotations

import json
import sys
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a folder, the package is not found otherwise

from independent import count, read_year


def _main(folder: str, period: str, as_of: str) -> None:
    def words(value: Any) -> Any:
        if isinstance(value, dict):
            return {" ".join(map(str, k)) if isinstance(k, tuple) else k: words(v) for k, v in value.items()}
        return [str(v) if isinstance(v, Fraction) else v for v in value] if isinstance(value, tuple) else value

    figures = count(read_year(Path(folder)), period, date.fromisoformat(as_of))
    sys.stdout.write(json.dumps(words(figures), ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
