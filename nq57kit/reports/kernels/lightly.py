"""Importing jsonschema without what it looks for and nothing here uses: the grammar of RFC 3987.

Where JupyterLab is installed, so is a checker of international addresses (`rfc3987_syntax`), which compiles a grammar at
its import: half a second in each process. jsonschema takes it if it is there and does without if it is not.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import Final

__all__ = ["import_jsonschema"]

_GRAMMAR: Final = "rfc3987_syntax"


def import_jsonschema() -> None:
    """Import jsonschema, if it is not yet imported, as if the grammar were not installed.

    For processes of our own (the command, warm kernels); `rfc3987_syntax` itself can be imported afterwards as ever.
    """
    if _GRAMMAR in sys.modules or "jsonschema" in sys.modules:
        return
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment] # this is how Python is told that there is none
    try:
        with contextlib.suppress(ImportError):
            importlib.import_module("jsonschema")
    finally:
        del sys.modules[_GRAMMAR]
