"""The kernel manager: Jupyter's own, with a warm kernel, and a private folder for its sockets and its files.

In: a kernel's name. Out: a kernel that nobody else can reach; its folder goes when the kernel goes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import shutil
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any, Final

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from traitlets import Type

from nq57kit.reports.kernels.provisioner import ForkserverProvisioner

__all__ = ["StockKernelManager", "WarmKernelManager"]

#: A socket's path may have about this many bytes (sockaddr_un, less the number of the channel).
_SOCKET_PATH: Final = 90
#: How long (seconds) a kernel that is there may take for an answer, and for telling that it has given one.
_ANSWER: Final = 1.0
_SAID: Final = 0.05


class StockKernelManager(AsyncKernelManager):
    """Kernels started as Jupyter starts them, over sockets in a private folder.

    In a shared folder the sockets of parallel kernels would be mixed up. Where there are no such sockets (Windows), or the
    path of the temporary folder is too long, TCP on this machine as in any Jupyter.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.private_folder = Path(tempfile.mkdtemp(prefix="nq57-kernel-"))
        channel = self.private_folder / "c"
        self.connection_file = str(self.private_folder / "kernel.json")
        if sys.platform != "win32" and len(os.fsencode(channel)) <= _SOCKET_PATH:
            self.transport, self.ip = "ipc", str(channel)

    async def cleanup_resources(self, restart: bool = False) -> None:  # type: ignore[override] # it is awaited there, too
        """Close what was opened, and remove the private folder."""
        await super().cleanup_resources(restart=restart)
        if not restart:
            shutil.rmtree(self.private_folder, ignore_errors=True)


class WarmKernelClient(AsyncKernelClient):
    """Jupyter's own client, which knows a kernel as ready by its messages and not by a silence after them."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return when the kernel has answered and said that it is idle; raises RuntimeError if it dies or takes too long."""
        loop = asyncio.get_running_loop()
        until = loop.time() + (float("inf") if timeout is None else timeout)
        while loop.time() < until:
            asked = self.kernel_info()
            if await self._is_answered(asked):
                return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")

    async def _is_answered(self, asked: str) -> bool:
        """Return whether both channels answer a request; else it is asked again, as one of them was not yet connected."""
        with contextlib.suppress(queue.Empty):
            while (answer := await self.get_shell_msg(timeout=_ANSWER))["parent_header"].get("msg_id") != asked:
                pass
            self._handle_kernel_info_reply(answer)
            while True:
                told = await self.get_iopub_msg(timeout=_SAID)
                of_it = told["parent_header"].get("msg_id") == asked
                if of_it and told["content"].get("execution_state") == "idle":
                    return True
        return False


class WarmKernelManager(StockKernelManager):
    """The same kernels, out of the nursery where there is one."""

    client_factory = Type(default_value=WarmKernelClient, klass=AsyncKernelClient)

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override] # it is awaited there, too
        """Start the kernel; `options` as in Jupyter's own manager."""
        if self.provisioner is None:
            self.kernel_id = self.kernel_id or str(uuid.uuid4())
            self.provisioner = ForkserverProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        await super().start_kernel(**options)
