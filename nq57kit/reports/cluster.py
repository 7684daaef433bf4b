"""Reports made by a Dask cluster: one task for each report, on machines that share the store and the output folder.

In: the address of a scheduler. Out: a `Pool` for `run_batch`, so that order, summary and index are those of one
machine. A task of a worker that dies is given to another. `distributed` is an optional extra and imported here alone.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

from nq57kit import __version__
from nq57kit.errors import Nq57Error, ParameterError, ReportError
from nq57kit.reports.batch import make_report
from nq57kit.reports.jobs import Job, Result
from nq57kit.reports.report import Basis

#: How long (seconds) to wait for an answer of the scheduler, and then for its first worker.
_ANSWER: Final = 5.0
_PATIENCE: Final = 30.0


class DaskPool:
    """The workers of the Dask scheduler at `address` («tcp://may-chu:8786»).

    Every worker needs nq57kit in the same version, and the store, the plan and the output folder at the same paths (a
    shared disk). Raises ParameterError without the extra `dask`, ReportError if no scheduler answers at the address.

    Example:
        result = run_batch(jobs, pool=DaskPool("tcp://10.0.0.5:8786"))
    """

    def __init__(self, address: str, *, patience: float = _PATIENCE) -> None:
        try:
            import distributed
        except ImportError:
            raise ParameterError(
                "Lập báo cáo trên cụm Dask cần thư viện «distributed»; cài bằng «pip install nq57kit[dask]»."
            ) from None
        try:
            # In a thread of its own: a caller may have a loop that runs (a cell of JupyterLab, a browser under test).
            with ThreadPoolExecutor(1) as knocking:
                knocking.submit(lambda: asyncio.run(_knock(address))).result()
        except ValueError:
            raise ParameterError(f"Địa chỉ Dask «{address}» chưa đúng; viết như tcp://may-chu:8786.") from None
        except Exception as error:  # nobody, or whatever else listens there
            raise ReportError(
                f"Không kết nối được với bộ điều phối Dask tại «{address}»; kiểm tra địa chỉ và mạng rồi chạy lại."
            ) from error
        connect: Any = distributed.Client  # its types are not told
        self._client = connect(address, timeout=patience, set_as_default=False)
        try:
            self._client.wait_for_workers(1, timeout=patience)
        except TimeoutError:
            self.close()
            raise ReportError(
                f"Bộ điều phối Dask tại «{address}» chưa có máy nào nhận việc; chạy «dask worker {address}» "
                "trên từng máy rồi chạy lại."
            ) from None
        self._executor = self._client.get_executor(pure=False)

    def share(self, basis: Basis | None) -> None:
        """Give the basis to the cluster, as a task: where the worker that has it dies, another makes it again."""
        self._shared = self._client.submit(pickle.loads, pickle.dumps(basis, protocol=pickle.HIGHEST_PROTOCOL))

    def submit(self, job: Job) -> Future[Result]:
        """Begin a job; its folders are made absolute, as its parameters' are."""
        notebooks = job.notebooks.absolute() if job.notebooks else None
        letterhead = job.letterhead.absolute() if job.letterhead else None
        there = replace(job, out=job.out.absolute(), notebooks=notebooks, letterhead=letterhead)
        asked: Future[Result] = self._executor.submit(_make_on_cluster, there, self._shared, __version__)
        told: Future[Result] = Future()
        asked.add_done_callback(lambda done: _tell(there, done, told))
        return told

    def close(self) -> None:
        """Leave the cluster; tasks that nobody waits for any more are cancelled."""
        self._client.close()


async def _knock(address: str) -> None:
    """Connect to the scheduler and leave; Dask's own client would ask for a minute, and then print what it met."""
    import distributed
    from distributed.comm.core import connect

    security: Any = distributed.Security  # its types are not told
    ask: Any = connect
    comm = await asyncio.wait_for(ask(address, **security().get_connection_args("client")), _ANSWER)
    comm.abort()


def _tell(job: Job, done: Future[Result], told: Future[Result]) -> None:
    """Hand on what became of a job: an error of the cluster becomes its sentence, lost files are noticed."""
    if done.cancelled():
        told.cancel()
        return
    error = done.exception()
    if error is None and all(path.exists() for path in done.result().paths):
        told.set_result(done.result())
        return
    if error is None:
        reason = (
            f"cụm máy tính không ghi vào cùng thư mục «{job.out}»; đặt kho và nơi ghi kết quả trên ổ đĩa dùng chung."
        )
    else:
        reason = (
            f"máy nhận việc bị ngắt nhiều lần hoặc báo lỗi ({type(error).__name__}); xem nhật ký của «dask worker»."
        )
    failed = ReportError(f"Không lập được báo cáo «{job.stem}»: {reason}")
    told.set_exception(error if isinstance(error, (Nq57Error, OSError)) else failed)


def _make_on_cluster(job: Job, basis: Basis | None, version: str) -> Result:
    """Make a report on a machine of the cluster, in a worker of its own there."""
    if version != __version__:
        reason = f"máy nhận việc dùng nq57kit {__version__}, máy ra lệnh dùng {version}; cài cùng một phiên bản."
        raise ReportError(f"Không lập được báo cáo «{job.stem}»: {reason}")
    multiprocessing.current_process().daemon = False  # Dask's own process may not have children otherwise
    return make_report(job, basis=basis, index=False)
