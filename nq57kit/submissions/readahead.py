"""Reading files in other processes while this one loads its libraries: a batch takes half the time on two cores.

In: paths. Out: `LaidOut`, what a file holds before its values are read: records of cells, findings on its form.
Light on purpose: neither polars nor pandera is imported here, so that reading begins at once. A process of ours
that dies costs nothing but time: the file is then read here. State secrets stop in the process that saw them.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nq57kit.submissions.findings import Finding, make_finding
from nq57kit.submissions.layout import Layout, lay_out
from nq57kit.submissions.secrets import HIDDEN_NAME, find_secret, show_name
from nq57kit.submissions.workbook import read_book

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

__all__ = ["LaidOut", "ReadAhead", "read_file"]

#: A process costs about as much as reading these many files, and more than three do not pay for sixty.
_FILES_PER_PROCESS: Final = 8
_MOST_PROCESSES: Final = 3
_SERVE: Final = "from nq57kit.submissions.readahead import _serve; _serve()"


@dataclass(frozen=True)
class LaidOut:
    """A file's tables as cells; `layout` is None for a file that was refused or holds a state secret."""

    file: str
    findings: tuple[Finding, ...]
    layout: Layout | None = None
    sha256: str | None = None
    content: bytes = field(default=b"", repr=False)
    is_secret: bool = False


def read_file(path: Path) -> LaidOut:
    """Return what the file at `path` holds; never raises for what is wrong with it.

    Example:
        >>> read_file(Path("khong-co.xlsx")).findings[0].code
        'file-missing'
    """
    if show_name(path.name) == HIDDEN_NAME:
        return LaidOut(HIDDEN_NAME, (make_finding("secret", file=HIDDEN_NAME, sheet="tên tệp"),), is_secret=True)
    book = read_book(path)
    if isinstance(book, Finding):
        return LaidOut(path.name, (book,))
    if (sheet := find_secret(book)) is not None:
        return LaidOut(path.name, (make_finding("secret", file=path.name, sheet=sheet),), is_secret=True)
    layout = lay_out(book)
    return LaidOut(path.name, layout.findings, layout, book.sha256, book.content)


class ReadAhead:
    """Files that are being read by other processes from the first on, and by this one from the last on.

    Used as a context: at its end no process is left. `take` gives each file once, in any order. With few files, or
    one processor, everything is read here, when it is taken.

    Example:
        >>> with ReadAhead([Path("khong-co.xlsx")]) as ahead:
        ...     ahead.take(0).findings[0].code
        'file-missing'
    """

    def __init__(self, paths: Sequence[Path], *, processes: int | None = None) -> None:
        self.paths = tuple(paths)
        self._left = deque(range(len(self.paths)))
        self._done: dict[int, LaidOut] = {}
        self._changed = threading.Condition()
        self._helpers: list[_Helper] = []
        for _ in range(_count_processes(len(self.paths)) if processes is None else processes):
            helper = _Helper.start()
            if helper is None:
                break
            self._helpers.append(helper)
            threading.Thread(target=self._feed, args=(helper,), daemon=True).start()

    @property
    def is_shared(self) -> bool:
        """Whether other processes read, so that this one has time for something else."""
        return bool(self._helpers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes; files not taken stay unread."""
        with self._changed:
            self._left.clear()
        for helper in self._helpers:
            helper.stop()

    def take(self, number: int) -> LaidOut:
        """Return the file `number` (from 0), reading others or this one here while it is not ready."""
        while True:
            with self._changed:
                if number in self._done:
                    return self._done.pop(number)
                mine = self._left.pop() if self._left else None
                if mine is None:
                    self._changed.wait()
                    continue
            self._put(mine, read_file(self.paths[mine]))

    def _put(self, number: int, laid_out: LaidOut) -> None:
        with self._changed:
            self._done[number] = laid_out
            self._changed.notify_all()

    def _feed(self, helper: _Helper) -> None:
        """Give a process one file after the other; what it could not finish goes back to be read here."""
        while True:
            with self._changed:
                if not self._left:
                    return
                number = self._left.popleft()
            laid_out = helper.read(self.paths[number])
            if laid_out is None:
                with self._changed:
                    self._left.append(number)
                    self._changed.notify_all()
                return
            self._put(number, laid_out)


class _Helper:
    """A process that reads files for us, spoken to by pickles over its standard streams."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @classmethod
    def start(cls) -> _Helper | None:
        """Return a new process of this very Python and these very modules, or None where none can be started."""
        if not sys.executable:
            return None
        places = [place or str(Path.cwd()) for place in sys.path]
        try:
            process = subprocess.Popen(  # noqa: S603 - our own Python, our own module
                [sys.executable, "-P", "-c", _SERVE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            )
        except OSError:
            return None
        return cls(process)

    def read(self, path: Path) -> LaidOut | None:
        """Return what the file holds, or None if the process is gone."""
        to, back = self._process.stdin, self._process.stdout
        if to is None or back is None:  # pragma: no cover - both are pipes
            return None
        try:
            pickle.dump(path, to)
            to.flush()
            answer: Any = pickle.load(back)  # noqa: S301 - written by our own process
        except (OSError, ValueError, EOFError, pickle.UnpicklingError):
            return None
        return answer if isinstance(answer, LaidOut) else None

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except (OSError, ValueError):
                    continue


def _count_processes(files: int) -> int:
    """Return how many processes help with so many files: the processors that this one leaves free, within reason."""
    affinity = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(0, min(processors - 1, files // _FILES_PER_PROCESS, _MOST_PROCESSES))


def _serve() -> None:
    """Read the files whose paths come in, until there are no more; ctrl-C is for the one who asks."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr
    while True:
        try:
            path = pickle.load(asked)  # noqa: S301 - written by our own process
            pickle.dump(read_file(path), answers, protocol=pickle.HIGHEST_PROTOCOL)
            answers.flush()
        except (EOFError, OSError):
            return
