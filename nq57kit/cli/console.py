"""The console: click in Vietnamese, the options that commands share, what is printed and in which alphabet.

In: commands declared with `command` and `Group`; texts, tables, errors. Out: help pages, standard output and error. Consoles that
cannot print «ệ» get «e»; what a terminal would obey instead of showing (in a cell or a file's name) is written out. Defaults
of the options come from the desk's nq57.toml.
"""

from __future__ import annotations

import codecs
import itertools
import json
import os
import shutil
import sys
import textwrap
import unicodedata
from contextlib import contextmanager
from datetime import date, datetime
from difflib import get_close_matches
from functools import partial, wraps
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from nq57kit.desk import find_desk
from nq57kit.errors import ParameterError
from nq57kit.files import local_path
from nq57kit.text import escape_controls, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from nq57kit.plan import Period, Plan
    from nq57kit.store import Store

_Ended = TypeVar("_Ended", None, int)
#: Exit code where a file must be sent back.
REFUSED: Final = 1
_HEADINGS: Final = {"Options": "Tùy chọn", "Commands": "Các lệnh"}
_HANDLER: Final = "nq57-plain"
#: Characters of a line that is not shown on a terminal, and the least of a column that is narrowed.
_LINE, _NARROWEST = 160, 8

# --- click in Vietnamese ---


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or "Cách dùng: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))


class _Context(click.Context):
    formatter_class = _Formatter


class _Command(click.Command):
    """A command whose help page is Vietnamese."""

    context_class = _Context

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("options_metavar", "[TÙY CHỌN]")
        super().__init__(*args, **kwargs)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "In trang trợ giúp này rồi thoát."
        return option


class Group(_Command, click.Group):
    """A group of such commands."""

    command_class = _Command
    group_class = type


#: `@command(short_help=…)` declares such a command.
command = partial(click.command, cls=_Command)


def explain_error(error: click.ClickException) -> str:
    """Return the Vietnamese sentence for an error of click."""
    help_hint = ""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        help_hint = f" Xem «{error.ctx.command_path} --help»."
    match error:
        case click.exceptions.NoSuchOption():
            near = f" có phải «{error.possibilities[0]}»?" if error.possibilities else ""
            return f"không có tùy chọn «{error.option_name}»;{near or ' bỏ hoặc sửa lại.'}{help_hint}"
        case click.exceptions.MissingParameter():
            kind = "tùy chọn" if isinstance(error.param, click.Option) else "đối số"
            return f"thiếu {kind} «{_name(error)}»; viết thêm rồi chạy lại.{help_hint}"
        case click.BadParameter():
            return f"giá trị của «{_name(error)}» không dùng được: {_translate(error)}{help_hint}"
        case click.FileError():
            return f"không mở được tệp «{error.ui_filename}»; kiểm tra đường dẫn và quyền."
        case _:
            return f"{_translate(error)}{help_hint}"


def _name(error: click.BadParameter) -> str:
    if isinstance(error.param, click.Option):
        return error.param.opts[-1]
    return str(error.param.metavar if isinstance(error.param, click.Argument) else error.param_hint)


def _translate(error: click.ClickException) -> str:
    """Put the few sentences of click that can reach a user into Vietnamese."""
    message = error.message
    if isinstance(error, click.BadParameter) and isinstance(error.param, click.Parameter):
        kind = error.param.type
        if isinstance(kind, click.Choice):
            return f"viết một trong: {', '.join(str(choice) for choice in kind.choices)}."
        if isinstance(kind, click.Path):
            return "không có tệp hoặc thư mục này, hoặc không đọc được; kiểm tra đường dẫn."
        if isinstance(kind, click.DateTime):
            return "không phải là một ngày có thật viết theo dạng năm-tháng-ngày; viết lại, ví dụ 2026-12-18."
        if isinstance(kind, (click.types.IntParamType, click.types.IntRange)):
            return "cần một số nguyên."
    if message.startswith("No such command"):
        name = message.removeprefix("No such command ").split(".")[0]
        context = error.ctx if isinstance(error, click.UsageError) else None
        known = context.command.list_commands(context) if context and isinstance(context.command, click.Group) else []
        near = get_close_matches(name.strip("'"), known, n=1)
        return f"không có lệnh {name}; có phải «{near[0]}»?" if near else f"không có lệnh {name}."
    if message.startswith("Got unexpected extra argument"):
        return f"thừa đối số {message[message.find('(') :].rstrip('.')}; bỏ đi rồi chạy lại."
    if message.startswith("Option") and "requires" in message:
        return f"tùy chọn {message.split()[1]} cần một giá trị."
    return message


# --- options that several commands share ---


class _LocalPath(click.Path):
    """A path of this machine, as every path argument is; an address with a scheme is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        return local_path(os.fsdecode(value), ParameterError)  # as written: a path would make one slash of «//»


class _Day(click.DateTime):
    """A day of the calendar, as year-month-day."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # type: ignore[override]
        moment: datetime = super().convert(value, param, ctx)
        return moment.date()


PATH: Final = _LocalPath(path_type=Path)
DAY: Final = _Day(["%Y-%m-%d"])
store_option = click.option("--store", type=PATH, metavar="THƯ_MỤC", help="Kho dữ liệu (mặc định: theo nq57.toml).")
out_option = click.option("--out", type=PATH, metavar="THƯ_MỤC", help="Nơi ghi kết quả (mặc định: theo nq57.toml).")
plan_option = click.option(
    "--plan",
    "plan_folder",
    type=PATH,
    metavar="THƯ_MỤC",
    help="Thư mục bảng kế hoạch của riêng mình (mặc định: theo nq57.toml, nếu không thì bảng đi kèm).",
)
format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="In bảng chữ hay JSON."
)
as_of_option = click.option(
    "--as-of", type=DAY, metavar="NGÀY", help="Tính đến hết ngày này (năm-tháng-ngày; mặc định: hôm nay)."
)
register_option = click.option(
    "--register", type=PATH, metavar="TỆP", help="Danh mục nhiệm vụ KHCN đã dùng khi lập báo cáo."
)
legacy_option = click.option(
    "--convert-legacy-fonts",
    is_flag=True,
    help="Đọc chữ theo phông cũ (TCVN3, VNI) thành Unicode, liệt kê từng ô đã chuyển; nếu không thì báo lỗi.",
)


def read_plan(folder: Path | None) -> Plan:
    """The plan of the option, else of the desk, else the packaged one."""
    from nq57kit.plan import load_plan

    return load_plan(find_plan(folder))


def find_plan(folder: Path | None) -> Path | None:
    """The folder of the plan of the option, else of the desk; None for the packaged one."""
    desk = find_desk()
    return folder or (desk.plan if desk else None)


def open_store(store: Path | None, plan_folder: Path | None) -> Store:
    """The store of the options, else of the desk, with the plan likewise, which is told of the store's requests."""
    from nq57kit.store import Store

    return Store(resolve_store(store), plan=read_plan(plan_folder))


def opens_store(command: Callable[..., _Ended]) -> Callable[..., _Ended]:
    """Give a command with the options --store and --plan the opened store in their place, as its first argument."""

    @wraps(command)
    def run(*, store: Path | None, plan_folder: Path | None, **given: Any) -> _Ended:
        return command(open_store(store, plan_folder), **given)

    return run


def read_unit_id(plan: Plan, text: str, period: Period) -> str:
    """The id of the unit that a text means in a period; ParameterError, with near names, where it means none or several.

    A name leads to the unit that has taken its place by then; an id stands for its own unit, whose reports are never another's.
    """
    match = plan.find_unit(text, period)
    unit_id = match.sender if text.strip() in plan.units["unit_id"] else match.unit_id
    if unit_id is not None:
        return unit_id
    if match.ambiguous:
        raise ParameterError(f"«{text}» có thể là: {', '.join(match.ambiguous)}; ghi rõ mã hoặc tên đầy đủ.")
    near = f"; có phải: {', '.join(match.suggestions)}?" if match.suggestions else "; xem «nq57kit plan units»."
    raise ParameterError(f"Không có đơn vị «{text}» trong danh mục{near}")


def find_store(option: Path | None) -> Path | None:
    """The store of the option, else of the desk; None where there is none."""
    desk = find_desk()
    return option or (desk.store if desk and desk.store.is_dir() else None)


def resolve_store(option: Path | None) -> Path:
    """The store of the option, else of the desk; ParameterError without either."""
    desk = find_desk()
    return option or (desk.store if desk else _ask_for("--store"))


def resolve_out(option: Path | None) -> Path:
    """The output folder of the option, else of the desk; ParameterError without either."""
    desk = find_desk()
    return option or (desk.outputs if desk else _ask_for("--out"))


def _ask_for(option: str) -> Path:
    raise ParameterError(
        f"Chưa biết thư mục: viết thêm {option} THƯ_MỤC, hoặc chạy lệnh trong thư mục làm việc tạo bằng «nq57kit init»."
    )


# --- what is printed ---


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


def report_error(sentence: object) -> None:
    """Print an error to standard error: one line, whatever names and values it holds."""
    complain(escape_controls(f"Lỗi: {sentence}"))


def print_json(value: Any) -> None:
    """Print a value as JSON that any console can carry: non-ASCII is escaped unless the console speaks UTF-8."""
    lines = json.dumps(value, ensure_ascii=not _speaks_utf8(), indent=2, allow_nan=False).split("\n")
    sys.stdout.write("".join(escape_controls(line, json=True) + "\n" for line in lines))


def _speaks_utf8() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "").startswith("utf8")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[int] = ()) -> None:
    """Print rows under a header, columns as wide as they need, numbers (`right`: column numbers) to the right.

    Where the line is too short, the widest columns are narrowed and their texts go on below.
    """
    texts = [[escape_controls("" if cell is None else str(cell)) for cell in row] for row in (columns, *rows)]
    widths = [max(map(_width, column)) for column in zip(*texts, strict=True)]
    room = (shutil.get_terminal_size().columns if sys.stdout.isatty() else _LINE) - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    for number, row in enumerate(texts):
        cells = [textwrap.wrap(text, width) or [""] for text, width in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            blanks = [" " * (width - _width(part)) for part, width in zip(parts, widths, strict=True)]
            line = (
                blank + part if at in right else part + blank
                for at, (part, blank) in enumerate(zip(parts, blanks, strict=True))
            )
            sys.stdout.write("  ".join(line).rstrip() + "\n")
        if number == 0:
            sys.stdout.write(("─" if _speaks_utf8() else "-") * (sum(widths) + 2 * (len(widths) - 1)) + "\n")


def _width(text: str) -> int:
    """Columns of a terminal that a text takes: none for a mark that stands on a letter, two for a wide sign."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)


@contextmanager
def show_progress(label: str, total: int) -> Iterator[Callable[..., None]]:
    """Draw a progress bar on standard error and yield what is to be called after each step of `total` (0: not known).

    Nothing is drawn where standard error is not a terminal.
    """
    if not sys.stderr.isatty():
        yield lambda *_args, **_kwargs: None
        return
    steps: Iterable[int] = range(total) if total else itertools.count()  # without an end where nobody knows how many
    with click.progressbar(steps, label=escape_controls(label), show_pos=True, file=sys.stderr) as progress:
        yield lambda *_args, **_kwargs: progress.update(1)
