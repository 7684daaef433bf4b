"""Where notebooks run: warm kernels out of the standard library's forkserver, the stock kernel where there is none.

In: a notebook and a scratch folder. Out: a fresh process for each notebook, reached by Jupyter's own extension points:
the provisioner `nq57-forkserver` (`jupyter_client.kernel_provisioners`) and the engine `nq57` (`papermill.engine`).
"""

from __future__ import annotations

from nq57kit.reports.kernels.lightly import import_jsonschema
from nq57kit.reports.kernels.nursery import can_fork, open_nursery
from nq57kit.reports.kernels.surroundings import kernel_surroundings, quiet_libraries

__all__ = ["can_fork", "import_jsonschema", "kernel_surroundings", "quiet_libraries", "warm_up"]


def warm_up(*, for_workers: bool = False) -> None:
    """Start what every notebook of this process will need, where the platform has it: the nursery and the renderer.

    `for_workers`: many notebooks will be run by workers. Both work in the background while the caller goes on, and end with this process.
    """
    if not can_fork():
        return
    from nq57kit.reports.kernels.renderer import own_renderer

    open_nursery(for_workers=for_workers)
    own_renderer()
