"""What the forkserver imports before any kernel or worker is born, so that they need not.

In: nothing. Out: modules and compiled templates in memory. Imports only: nothing here may run polars, Altair or V8, start a thread or open
a socket, because every child is a copy of this process (a fork after they have run hangs without a word).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import warnings
from typing import TYPE_CHECKING, Final

from nq57kit.reports.kernels.lightly import import_jsonschema
from nq57kit.show.markup import compile_templates

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MODULES", "MODULES_OF_WORKERS"]

#: In the order of a kernel's own start, then what the notebooks use.
MODULES: Final = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.datapub",
    "ipykernel.debugger",
    "ipykernel.subshell_manager",
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.core.magics",
    "IPython.extensions.storemagic",
    "matplotlib_inline.backend_inline",
    "comm",
    "pdb",
    "psutil",
    "sqlite3",
    "tornado.platform.asyncio",
    "traitlets.config.argcomplete_config",
    "xml.etree.ElementTree",
    "babel.dates",
    "polars",
    "altair",
    "vl_convert",
    "nq57kit.plan",
    "nq57kit.plan.decision",
    "nq57kit.plan.settings",
    "nq57kit.plan.tables",
    "nq57kit.store",
    "nq57kit.indicators",
    "nq57kit.indicators.unit",
    "nq57kit.reports",
    "nq57kit.show",
    "nq57kit.show.markup",
    "nq57kit.show.left_out",
    "nq57kit.show.proposals",
    "nq57kit.show.scorecard",
    "nq57kit.show.summary",
    "nq57kit.reports.results",
)

#: What the workers of a batch need beside: they run notebooks and write pages.
MODULES_OF_WORKERS: Final = (
    "papermill.execute",
    "nbclient",
    "nbconvert",
    "nbformat.v4",
    "jupyter_client.asynchronous",
    "nq57kit.reports.batch",
    "nq57kit.reports.html",
    "nq57kit.reports.index",
    "nq57kit.reports.kernels.engine",
    "nq57kit.reports.kernels.manager",
    "nq57kit.reports.report",
    "nq57kit.reports.provenance",
    "nq57kit.reports.executed",
    "nq57kit.reports.run",
    "nq57kit.reports.unchanged",
    "nq57kit.reports.workers",
    "nq57kit.store.store",
    "nq57kit.store.locks",
    "nq57kit.store.receipts",
)

#: Set (by `nursery`) for the forkserver alone: elsewhere this module is only a list.
_IN_NURSERY: Final = "NQ57_NURSERY"
_FOR_WORKERS: Final = "workers"


def _load(modules: Iterable[str]) -> None:
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # else the debugger, imported by the kernel, prints
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import_jsonschema()
        for name in modules:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        compile_templates()
    # What is there now stays: no child's collector need look at it, so its pages stay shared.
    gc.collect()
    gc.freeze()


if born_for := os.environ.pop(_IN_NURSERY, ""):
    _load((*MODULES, *MODULES_OF_WORKERS) if born_for == _FOR_WORKERS else MODULES)
