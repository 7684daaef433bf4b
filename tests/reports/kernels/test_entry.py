"""The engine as papermill finds it: by its entry point, whichever of the two is imported first."""

from __future__ import annotations

import subprocess
import sys

import pytest

PAPERMILL_FIRST = "from papermill.engines import papermill_engines; import nq57kit.reports.kernels.engine as ours"
ENGINE_FIRST = "import nq57kit.reports.kernels.engine as ours; from papermill.engines import papermill_engines"
ALONE = "from papermill.engines import papermill_engines; import types; ours = types.SimpleNamespace()"
SAY = "; print(papermill_engines.get_engine('nq57').execute_managed_notebook.__func__.__module__)"


@pytest.mark.parametrize("imports", [PAPERMILL_FIRST, ENGINE_FIRST, ALONE])
def test_papermill_finds_the_engine(imports):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", imports + SAY], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "nq57kit.reports.kernels.engine"


def test_finding_the_engine_imports_nothing_heavy():
    code = "import sys, papermill, nq57kit.reports.kernels.entry; print([m for m in ('polars', 'altair') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
