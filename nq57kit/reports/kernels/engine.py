"""The papermill engine `nq57`: papermill's own (unchanged nbclient) with kernels out of the nursery.

In: what papermill gives an engine. Out: the executed notebook, cell by cell as papermill's own engine gives it.
`papermill --engine nq57 in.ipynb out.ipynb` takes it by its entry point.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.iorw import write_ipynb
from papermill.log import logger

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ENGINE", "STOCK_ENGINE", "Nq57Engine", "Nq57StockEngine"]

#: The names under which papermill finds them; the first is an entry point, the second serves comparisons.
ENGINE: Final = "nq57"
STOCK_ENGINE: Final = "nq57-stock"


class Nq57Engine(NBClientEngine):  # type: ignore[misc] # papermill has no types
    """Runs a notebook in a warm kernel over private sockets.

    Beside papermill's own options: `environment` and `folder` of the kernel (papermill's `cwd` would move this whole process),
    and `kept_at`, where the executed part is written if the kernel dies or takes too long.
    """

    manager: Final = "nq57kit.reports.kernels.manager.WarmKernelManager"

    @classmethod
    def execute_managed_notebook(  # noqa: D102, PLR0917 - as in papermill
        cls,
        nb_man: Any,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        environment: Mapping[str, str] | None = None,
        folder: str | None = None,
        kept_at: str | None = None,
        **options: Any,
    ) -> Any:
        own = {name: value for name, value in options.items() if name not in _NOT_FOR_NBCLIENT}
        client = PapermillNotebookClient(
            nb_man,
            **{
                "kernel_manager_class": cls.manager,
                "timeout": execution_timeout or options.get("timeout"),
                "startup_timeout": start_timeout,
                "kernel_name": kernel_name,
                "log": logger,
                "log_output": log_output,
                "stdout_file": stdout_file,
                "stderr_file": stderr_file,
                **own,
            },
        )
        start = {"env": dict(environment)} if environment is not None else {}
        _keep_quiet_of_ended_kernels()
        try:
            return client.execute(**start, **({"cwd": folder} if folder is not None else {}))
        except Exception:
            if kept_at is not None:
                write_ipynb(nb_man.nb, kept_at)
            raise


def _keep_quiet_of_ended_kernels() -> None:
    """Let asyncio not print that a kernel died where nobody asks any more, because ctrl-C has ended the run."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        ensure_event_loop().set_exception_handler(_tell_unless_dead)


def _tell_unless_dead(loop: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
    if not isinstance(told.get("exception"), DeadKernelError):
        loop.default_exception_handler(told)


_NOT_FOR_NBCLIENT: Final = frozenset({"input_path", "timeout", "startup_timeout"})


class Nq57StockEngine(Nq57Engine):
    """The same, in kernels started as Jupyter starts them."""

    manager: Final = "nq57kit.reports.kernels.manager.StockKernelManager"  # type: ignore[misc]


papermill_engines.register(ENGINE, Nq57Engine)
papermill_engines.register(STOCK_ENGINE, Nq57StockEngine)
