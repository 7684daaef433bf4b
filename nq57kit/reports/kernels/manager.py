"""The kernel manager: Jupyter's own, with a warm kernel, and a private folder for its sockets and its files.

In: a kernel's name. Out: a kernel that nobody else can reach; its folder goes when the kernel goes.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any, Final

from jupyter_client.manager import AsyncKernelManager

from nq57kit.reports.kernels.provisioner import ForkserverProvisioner

__all__ = ["StockKernelManager", "WarmKernelManager"]

#: A socket's path may have about this many bytes (sockaddr_un, less the number of the channel).
_SOCKET_PATH: Final = 90


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


class WarmKernelManager(StockKernelManager):
    """The same kernels, out of the nursery where there is one."""

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override] # it is awaited there, too
        """Start the kernel; `options` as in Jupyter's own manager."""
        if self.provisioner is None:
            self.kernel_id = self.kernel_id or str(uuid.uuid4())
            self.provisioner = ForkserverProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        await super().start_kernel(**options)
