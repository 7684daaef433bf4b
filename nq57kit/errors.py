"""The exceptions of nq57kit: one small tree, each with one Vietnamese sentence.

In: nothing. Out: exception types that the command line turns into a sentence and an exit code.
Defects in *data* are not exceptions but findings (`nq57kit.submissions.Finding`).

    Nq57Error
    ├── PlanError        a row of the plan folder is wrong (file, line, column)
    ├── PeriodError      a period or a time that cannot be (also a ValueError)
    ├── ParameterError   a parameter of a report or an option is wrong (also a ValueError)
    ├── StoreError       the store is missing, damaged, busy or cannot be written
    ├── DeskError        the working folder (nq57.toml) is wrong
    ├── SecretError      a text that a person gives names or marks a state secret
    └── ReportError      a notebook ended with an error or took too long
"""

from __future__ import annotations


class Nq57Error(Exception):
    """Base of all errors of nq57kit; `str(error)` is one sentence an analyst can act on.

    Example:
        >>> str(Nq57Error("Không mở được kho."))
        'Không mở được kho.'
    """

    exit_code: int = 2

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows of the error in a notebook: its sentence, no traceback."""
        return [str(self)]


class PlanError(Nq57Error):
    """A file of the plan folder is missing, or one of its rows is wrong."""


class PeriodError(Nq57Error, ValueError):
    """Text that names no reporting period, or a time without its zone."""


class ParameterError(Nq57Error, ValueError):
    """A report parameter or command option that was refused before a kernel started."""


class StoreError(Nq57Error):
    """The store cannot be read or written as asked; nothing in it has changed."""


class DeskError(Nq57Error):
    """The working folder or its nq57.toml cannot be used."""


class SecretError(Nq57Error):
    """A text that a person gives names or marks a state secret; the sentence says where, never what."""


class ReportError(Nq57Error):
    """A notebook did not run to its end; the executed part is kept for a look."""

    exit_code = 3
