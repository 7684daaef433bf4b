"""`nq57kit explain`: what a code of a finding means and what the unit is to do about it.

In: a code, or nothing but `--all`. Out: its title, severity, sentence and advice, as `submissions/findings.csv` has them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from nq57kit.cli.console import print_json, print_line, print_table
from nq57kit.cli.options import format_option
from nq57kit.cli.vietnamese import Command
from nq57kit.errors import ParameterError

if TYPE_CHECKING:
    from nq57kit.submissions.findings import FindingKind

__all__ = ["explain"]

_CONSEQUENCES: Final = {
    "error": "tệp bị trả lại, phải sửa rồi gửi lại",
    "warning": "tệp được nhận, nội dung cần kiểm tra được nêu trong báo cáo",
    "note": "để biết, không bắt buộc sửa",
}
_BLANK: Final = re.compile(r"\{[a-z_]+\}")
_NEAREST: Final = 3


@click.command(cls=Command, short_help="Giải thích mã phát hiện.")
@click.argument("code", required=False, metavar="[MÃ]")
@click.option("--all", "every", is_flag=True, help="In tất cả các mã.")
@format_option
def explain(code: str | None, every: bool, form: str) -> None:
    """Giải thích một MÃ phát hiện mà «nq57kit check» in ra: nghĩa là gì, đơn vị phải làm gì.

    Ví dụ: nq57kit explain number-two-readings
    """
    if every == (code is not None):
        raise ParameterError("Viết một mã phát hiện, ví dụ «nq57kit explain sheet-missing», hoặc --all để in tất cả.")
    from nq57kit.submissions.findings import SEVERITY_LABELS, load_finding_kinds

    if code is not None:
        kind = _find(code)
        print_json(_describe(kind)) if form == "json" else _print_one(kind)
        return
    kinds = load_finding_kinds().values()
    if form == "json":
        print_json([_describe(kind) for kind in kinds])
    else:
        rows = [
            [kind.code, SEVERITY_LABELS[kind.severity], kind.title, _fill(kind.message), _fill(kind.advice)]
            for kind in kinds
        ]
        print_table(["Mã", "Mức", "Tên", "Nghĩa là", "Cần làm"], rows)


def _find(code: str) -> FindingKind:
    """Return the kind of a code, in any case; ParameterError with the nearest codes for an unknown one."""
    import difflib

    from nq57kit.submissions.findings import load_finding_kinds

    kinds = load_finding_kinds()
    wanted = code.strip().casefold()
    if wanted in kinds:
        return kinds[wanted]
    near = " hoặc ".join(f"«{one}»" for one in difflib.get_close_matches(wanted, kinds, n=_NEAREST))
    hint = f"có phải {near}?" if near else "xem danh sách bằng «nq57kit explain --all»."
    raise ParameterError(f"Không có mã phát hiện «{code}»; {hint}")


def _fill(text: str) -> str:
    """Return a sentence of the list with «…» where a workbook's own words would stand."""
    return _BLANK.sub("…", text)


def _describe(kind: FindingKind) -> dict[str, Any]:
    """Return a kind as a JSON object."""
    return {
        "code": kind.code,
        "severity": kind.severity,
        "title": kind.title,
        "meaning": _fill(kind.message),
        "advice": _fill(kind.advice) or None,
    }


def _print_one(kind: FindingKind) -> None:
    from nq57kit.submissions.findings import SEVERITY_LABELS

    print_line(f"{kind.code}: {kind.title}")
    print_line(f"Mức: {SEVERITY_LABELS[kind.severity]} ({_CONSEQUENCES[kind.severity]}).")
    print_line(f"Nghĩa là: {_fill(kind.message)}")
    print_line(f"Cần làm: {_fill(kind.advice) or 'không phải làm gì.'}")
