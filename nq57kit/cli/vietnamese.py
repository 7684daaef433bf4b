"""click in Vietnamese: help pages and usage errors, for every command of this room.

In: commands declared with `Command` and `Group`. Out: their help and the sentence for each error of click.
"""

from __future__ import annotations

from typing import Any, Final

import click

__all__ = ["Command", "Group", "explain"]

_HEADINGS: Final = {"Options": "Tùy chọn", "Commands": "Các lệnh"}


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or "Cách dùng: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))


class _Context(click.Context):
    formatter_class = _Formatter


class Command(click.Command):
    """A command whose help page is Vietnamese."""

    context_class = _Context

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("options_metavar", "[TÙY CHỌN]")
        super().__init__(*args, **kwargs)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:  # noqa: D102 - as in click
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "In trang trợ giúp này rồi thoát."
        return option


class Group(Command, click.Group):
    """A group of such commands."""

    command_class = Command
    group_class = type


def explain(error: click.ClickException) -> str:
    """Return the Vietnamese sentence for an error of click."""
    help_hint = ""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        help_hint = f" Xem «{error.ctx.command_path} --help»."
    match error:
        case click.exceptions.NoSuchOption():
            near = f" có phải «{error.possibilities[0]}»?" if error.possibilities else ""
            return f"không có tùy chọn «{error.option_name}»;{near or ' bỏ hoặc sửa lại.'}{help_hint}"
        case click.exceptions.MissingParameter():
            return f"thiếu {_kind(error)} «{_name(error)}»; viết thêm rồi chạy lại.{help_hint}"
        case click.BadParameter():
            return f"giá trị của «{_name(error)}» không dùng được: {_translate(error, error.message)}{help_hint}"
        case click.FileError():
            return f"không mở được tệp «{error.ui_filename}»; kiểm tra đường dẫn và quyền."
        case _:
            return f"{_translate(error, error.message)}{help_hint}"


def _name(error: click.BadParameter) -> str:
    if isinstance(error.param, click.Option):
        return error.param.opts[-1]
    return str(error.param.metavar if isinstance(error.param, click.Argument) else error.param_hint)


def _kind(error: click.exceptions.MissingParameter) -> str:
    return "tùy chọn" if isinstance(error.param, click.Option) else "đối số"


def _translate(error: click.ClickException, message: str) -> str:
    """Put the few sentences of click that can reach a user into Vietnamese."""
    if isinstance(error, click.BadParameter) and isinstance(error.param, click.Parameter):
        kind = error.param.type
        if isinstance(kind, click.Choice):
            return f"viết một trong: {', '.join(str(choice) for choice in kind.choices)}."
        if isinstance(kind, click.Path):
            return "không có tệp hoặc thư mục này, hoặc không đọc được; kiểm tra đường dẫn."
        if isinstance(kind, (click.types.IntParamType, click.types.IntRange)):
            return "cần một số nguyên."
    if message.startswith("No such command"):
        return f"không có lệnh {message.removeprefix('No such command ').split('.')[0]}."
    if message.startswith("Got unexpected extra argument"):
        return f"thừa đối số {message[message.find('(') :].rstrip('.')}; bỏ đi rồi chạy lại."
    if message.startswith("Option") and "requires" in message:
        return f"tùy chọn {message.split()[1]} cần một giá trị."
    return message
