"""The console: what is printed, in which alphabet, and how an error becomes one sentence and an exit code.

In: text, tables, errors. Out: standard output and error. Consoles that cannot print «ệ» get «e»; what a terminal would
obey instead of showing (in a cell or a file's name) is written out.
"""

from __future__ import annotations

import codecs
import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from nq57kit.text import escape_controls, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["complain", "print_json", "print_line", "print_table", "show_progress", "speak_any_alphabet"]

_HANDLER = "nq57-plain"


def _drop_marks(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: write a letter without its marks where the alphabet lacks it, «?» where that fails too."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    bare = plain(error.object[error.start : error.end])
    return bare.encode("ascii", "replace").decode("ascii"), error.end


def speak_any_alphabet() -> None:
    """Make standard output and error unable to fail on a Vietnamese letter, whatever their encoding."""
    codecs.register_error(_HANDLER, _drop_marks)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=_HANDLER)


def print_line(text: str = "") -> None:
    """Print one line to standard output."""
    sys.stdout.write(escape_controls(text) + "\n")


def complain(text: str) -> None:
    """Print a sentence, or several lines of them, to standard error."""
    sys.stderr.write("".join(escape_controls(line) + "\n" for line in text.split("\n")))


def print_json(value: Any) -> None:
    """Print a value as JSON that any console can carry: non-ASCII is escaped unless the console speaks UTF-8."""
    utf8 = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    lines = json.dumps(value, ensure_ascii=not utf8, indent=2, allow_nan=False).split("\n")
    sys.stdout.write("".join(escape_controls(line, sign="\\u{:04x}") + "\n" for line in lines))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[int] = ()) -> None:
    """Print rows under a header, columns as wide as they need, numbers (`right`: column numbers) to the right."""
    from rich.box import ASCII, SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    wide = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    table = Table(box=SIMPLE_HEAD if wide else ASCII, pad_edge=False, show_edge=not wide)
    for number, column in enumerate(columns):
        table.add_column(Text(escape_controls(column)), justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else escape_controls(str(cell))) for cell in row))
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160, legacy_windows=False).print(table)


@contextmanager
def show_progress(label: str, total: int) -> Iterator[Callable[..., None]]:
    """Draw a progress bar on standard error and yield what is to be called after each step.

    Nothing is drawn where standard error is not a terminal.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(label, total=total)
        yield lambda *_args, **_kwargs: progress.advance(task)
