"""The kernel provisioner `nq57-forkserver`: Jupyter's own way to say how a kernel's process is started.

In: a kernel specification. Out: a warm kernel, where the specification is this environment's own Python and a forkserver
exists; else whatever the stock provisioner starts. Polling, signals, groups and ports are the stock provisioner's.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from nq57kit.reports.handover import HANDED_BY
from nq57kit.reports.kernels.kernel import KernelLife
from nq57kit.reports.kernels.nursery import Child, can_fork, fits, start_child

if TYPE_CHECKING:
    from jupyter_client.connect import KernelConnectionInfo

__all__ = ["PROVISIONER", "ForkserverProvisioner"]

#: The name of the entry point.
PROVISIONER: Final = "nq57-forkserver"
_LAUNCHER: Final = ("-m", "ipykernel_launcher")
#: An option that matters to debuggers alone; a warm kernel does without.
_FOR_DEBUGGERS: Final = "-Xfrozen_modules=off"
_PATIENCE: Final = 0.5


class ForkserverProvisioner(LocalProvisioner):
    """Starts kernels of this Python in the nursery, any other kernel as the stock provisioner does."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel; `cmd` and `kwargs` are what `subprocess.Popen` would get."""
        arguments = _own_arguments(cmd)
        if arguments is None or not can_fork():
            return await super().launch_kernel(cmd, **kwargs)
        environment = {**kwargs.get("env", os.environ), "JPY_PARENT_PID": ""}
        if not fits(environment):
            return await super().launch_kernel(cmd, **kwargs)
        folder = kwargs.get("cwd") or Path.cwd()
        leave = tuple(str(Path(path).parent) for path in (environment.get(HANDED_BY),) if path)
        own = getattr(self.parent, "private_folder", None)
        leave += (str(own),) if own is not None else ()
        self.process: Any = start_child(KernelLife(arguments, environment, str(folder), leave))
        self.pid = self.pgid = self.process.pid  # the child leads a group of its own
        self.cwd = folder
        return self.connection_info

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Wait a moment for the end that was just asked for, so that Jupyter's first look finds it."""
        await super().shutdown_requested(restart=restart)
        await self._wait_for_end()

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and wait a moment until it is gone."""
        await super().kill(restart=restart)
        await self._wait_for_end()

    async def _wait_for_end(self) -> None:
        if not isinstance(self.process, Child) or self.process.poll() is not None:
            return
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        sentinel = self.process.sentinel
        loop.add_reader(sentinel, ended.set)
        try:
            await asyncio.wait_for(ended.wait(), _PATIENCE)
        except TimeoutError:
            pass
        finally:
            loop.remove_reader(sentinel)


def _own_arguments(cmd: list[str]) -> tuple[str, ...] | None:
    """Return a kernel's arguments where the command starts IPython's kernel in this very Python, else None.

    Example:
        >>> _own_arguments([sys.executable, "-m", "ipykernel_launcher", "-f", "k.json"])
        ('-f', 'k.json')
        >>> _own_arguments(["R", "--slave"]) is None
        True
    """
    rest = [part for part in cmd[1:] if part != _FOR_DEBUGGERS]
    # With any other option of the interpreter the kernel starts as it always did.
    return tuple(rest[2:]) if tuple(rest[:2]) == _LAUNCHER and _is_this_python(cmd[0]) else None


def _is_this_python(program: str) -> bool:
    try:
        return Path(program).samefile(sys.executable)
    except OSError:
        return False
