"""Reports made by a Dask cluster: one task for each report, on machines that share the store and the output folder.

In: the address of a scheduler. Out: an `Executor` for `run_batch`, so that order, summary and index are those of one
machine. A task of a worker that dies is given to another. `distributed` is an optional extra and imported here alone.
"""

from __future__ import annotations

import os
import pickle
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from nq57kit import __version__
from nq57kit.errors import ParameterError, ReportError
from nq57kit.reports.batch import Made, Order, try_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nq57kit.reports.report import Basis

__all__ = ["Cluster"]

#: How long (seconds) to wait for the scheduler, and then for its first worker.
_PATIENCE: Final = 30.0


class Cluster:
    """The executor of many machines: the workers of the Dask scheduler at `address` («tcp://may-chu:8786»).

    Every worker needs nq57kit in the same version, and the store, the plan and the output folder at the same paths (a
    shared disk). Raises ParameterError without the extra `dask`, ReportError if nobody answers at the address.

    Example:
        result = run_batch(orders, executor=Cluster("tcp://10.0.0.5:8786"))
    """

    def __init__(self, address: str, *, patience: float = _PATIENCE) -> None:
        self.address = address
        self._patience = patience

    def run(self, orders: Sequence[Order], basis: Basis | None) -> Iterator[tuple[int, Made]]:
        """Yield the number of each order and what became of it, as it ends; closing it cancels what is left."""
        client = self._connect()
        import distributed

        as_completed: Any = distributed.as_completed  # its types are not told
        batch = secrets.token_hex(4)
        try:
            # The basis is a task of its own: where the worker that has it dies, another makes it again from the bytes.
            content = pickle.dumps(basis, protocol=pickle.HIGHEST_PROTOCOL)
            shared = client.submit(_unpack, content, key=f"nq57-basis-{batch}")
            tasks = {
                client.submit(
                    _make, _settle(order), shared, __version__, key=f"nq57-{order.parameters.stem}-{batch}-{number}"
                ): number
                for number, order in enumerate(orders)
            }
            for task in as_completed(list(tasks), loop=client.loop):
                number = tasks[task]
                yield number, _take(task, orders[number])
                task.release()
        finally:
            client.close()  # tasks that nobody waits for any more are cancelled

    def _connect(self) -> Any:
        try:
            import distributed
        except ImportError:
            raise ParameterError(
                "Lập báo cáo trên cụm Dask cần thư viện «distributed»; cài bằng «pip install nq57kit[dask]»."
            ) from None
        connect: Any = distributed.Client  # its types are not told
        try:
            client = connect(self.address, timeout=self._patience, set_as_default=False)
        except (OSError, ValueError, TimeoutError):
            raise ReportError(
                f"Không kết nối được với bộ điều phối Dask tại «{self.address}»; kiểm tra địa chỉ và mạng rồi chạy lại."
            ) from None
        try:
            client.wait_for_workers(1, timeout=self._patience)
        except TimeoutError:
            client.close()
            raise ReportError(
                f"Bộ điều phối Dask tại «{self.address}» chưa có máy nào nhận việc; chạy «dask worker {self.address}» "
                "trên từng máy rồi chạy lại."
            ) from None
        return client


def _settle(order: Order) -> Order:
    """Return an order whose folders are the same wherever it is read (those of its parameters are absolute)."""
    notebooks = order.notebooks.absolute() if order.notebooks else None
    return replace(order, out=order.out.absolute(), notebooks=notebooks)


def _unpack(content: bytes) -> Any:
    """Return what the reports share (on a worker)."""
    return pickle.loads(content)  # noqa: S301 - pickled by the batch a moment ago


def _make(order: Order, basis: Basis | None, version: str) -> Made:
    """Make a report (on a worker)."""
    if version != __version__:
        stem = order.parameters.stem
        reason = f"máy nhận việc dùng nq57kit {__version__}, máy ra lệnh dùng {version}; cài cùng một phiên bản."
        return Made(stem, error=f"Không lập được báo cáo «{stem}»: {reason}")
    return try_report(order, basis)


def _take(task: Any, order: Order) -> Made:
    """Return what became of a task: an error of the cluster becomes its sentence, lost files are noticed."""
    stem = order.parameters.stem
    try:
        made: Made = task.result()
    except Exception as error:
        if os.environ.get("NQ57_DEBUG"):
            raise
        reason = (
            f"máy nhận việc bị ngắt nhiều lần hoặc báo lỗi ({type(error).__name__}); xem nhật ký của «dask worker»."
        )
        return Made(stem, error=f"Không lập được báo cáo «{stem}»: {reason}")
    if made.error is None and not all(path.exists() for path in made.paths):
        reason = (
            f"cụm máy tính không ghi vào cùng thư mục «{order.out}»; đặt kho và nơi ghi kết quả trên ổ đĩa dùng chung."
        )
        return Made(stem, error=f"Không lập được báo cáo «{stem}»: {reason}")
    return made
