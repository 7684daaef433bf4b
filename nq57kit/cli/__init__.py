"""The command line: `nq57kit …`; groups of commands in the modules of this room, no rule in any of them.

Exit codes: 0 done; 1 data refused (check, ingest); 2 wrong use, parameter, plan, store or desk; 3 a report's
notebook failed; 70 a defect of ours; 130 stopped by ctrl-C. Every error is one Vietnamese sentence on standard error.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from nq57kit import __version__
from nq57kit.cli.console import Group, complain, explain_error, report_error, speak_any_alphabet
from nq57kit.errors import Nq57Error
from nq57kit.files import explain_failure, write_atomically

__all__ = ["cli", "main"]

STOPPED: Final = 130
WRONG_USE: Final = 2
DEFECT: Final = 70
_DEBUG: Final = "NQ57_DEBUG"

#: The commands in the order of the help page, each with its module.
_MODULES: Final = {
    **dict.fromkeys(("plan",), "desks"),
    **dict.fromkeys(("template", "check", "explain"), "forms"),
    **dict.fromkeys(("ingest", "status", "diff", "crosscheck", "export"), "receiving"),
    **dict.fromkeys(("report", "take-back"), "making"),
    **dict.fromkeys(("verify", "trace", "compare", "defend", "lock", "store"), "proving"),
    **dict.fromkeys(("request", "judge", "approve", "remind", "issues", "calendar"), "recording"),
    **dict.fromkeys(("run",), "scheduling"),
    **dict.fromkeys(("sample", "init", "demo", "docs", "desk"), "desks"),
}


class _Commands(Group):
    """The commands, imported when they are used, so that each starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        import importlib

        if cmd_name not in _MODULES:
            return None
        command = getattr(importlib.import_module(f"nq57kit.cli.{_MODULES[cmd_name]}"), cmd_name.replace("-", "_"))
        return command if isinstance(command, click.Command) else None


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    subcommand_metavar="LỆNH …",
)
@click.version_option(__version__, prog_name="nq57kit", help="In số phiên bản rồi thoát.")
def cli() -> None:
    """Bộ công cụ lập báo cáo thực hiện Kế hoạch truyền thông Nghị quyết 57-NQ/TW.

    Nhận biểu mẫu của các đơn vị, tính chỉ tiêu, lập báo cáo tổng hợp 6 tháng, báo cáo đánh giá hằng năm
    và phiếu kết quả của từng đơn vị.
    Trong thư mục làm việc tạo bằng «nq57kit init», các lệnh không cần --store hay --out.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; this is the `nq57kit` script.

    Example:
        >>> main(["--version"])
        nq57kit, version 0.1.0
        0
    """
    speak_any_alphabet()
    try:
        code = cli.main(args=None if arguments is None else list(arguments), prog_name="nq57kit", standalone_mode=False)
    except Nq57Error as error:
        report_error(error)
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        complain(error.format_message())
        return WRONG_USE
    except click.ClickException as error:
        report_error(explain_error(error))
        return WRONG_USE
    except (click.Abort, KeyboardInterrupt):
        complain("Đã dừng theo yêu cầu; những gì đã ghi xong vẫn giữ nguyên.")
        return STOPPED
    except SystemExit:  # click ends so, and only so, where nobody reads on (`nq57kit … | head`)
        return 0
    except OSError as error:
        where = f" «{error.filename}»" if error.filename else ""
        report_error(f"không đọc hoặc ghi được{where}: {explain_failure(error)}.")
        return WRONG_USE
    except Exception as error:
        if os.environ.get(_DEBUG):
            raise
        complain(f"Lỗi trong chương trình ({type(error).__name__}): {_keep_trace(error)}")
        return DEFECT
    return code if isinstance(code, int) else 0


def _keep_trace(error: Exception) -> str:
    """Write where a defect of ours happened (never the values involved) to a file; say which."""
    lines = [
        f"nq57kit {__version__}, Python {sys.version}\n",
        *traceback.format_tb(error.__traceback__),
        type(error).__name__,
    ]
    try:
        path = Path(tempfile.gettempdir()) / "nq57kit-loi.txt"
        write_atomically(path, "".join(lines) + "\n")
    except OSError:
        return f"chạy lại với {_DEBUG}=1 để xem chi tiết, rồi báo cho người phát triển."
    return f"xin gửi tệp «{path}» cho người phát triển; tệp không chứa số liệu."
