"""The analyst's desk: a working folder with `nq57.toml`, found from any folder below it.

In: a folder. Out: `Desk` with the paths that commands and notebooks take where nothing else is said.
"""

from __future__ import annotations

import os
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nq57kit.errors import DeskError
from nq57kit.files import HOW_SLASHES, local_path, read_given_text

DESK_FILE: Final = "nq57.toml"
#: What a desk does by itself, and the log of it in the folder of results (`nq57kit run`).
TIMETABLE: Final = "desk.toml"
LOG: Final = "nhat-ky-chay.jsonl"
#: The environment variable with the folders of desks that are trusted whoever owns them.
TRUSTED: Final = "NQ57_DESK"

_KEYS: Final = ("store", "outputs", "plan", "settings", "notebooks", "commentary", "letterhead", "key", "signers")


@dataclass(frozen=True)
class Desk:
    """A working folder: absolute paths; those from `plan` on are None where they do not exist.

    `letterhead` is the folder of the Word template and of the words of the documents' heads. `key` is the office's own SSH key,
    by which it signs locks, `signers` OpenSSH's list of the keys that may; both only where `nq57.toml` names them.
    """

    folder: Path
    store: Path
    outputs: Path
    plan: Path | None
    notebooks: Path | None
    commentary: Path | None
    letterhead: Path | None = None
    key: Path | None = None
    signers: Path | None = None


def find_desk(start: Path | None = None) -> Desk | None:
    """Return the desk that holds `start` (default: the current folder), or None if no folder above has `nq57.toml`.

    Raises DeskError if the file is there but wrong, and for a desk that somebody else could have laid out: its notebooks run
    as whoever makes a report. `NQ57_DESK` names folders that are trusted all the same.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / DESK_FILE).exists():
            _require_own(folder, folder / DESK_FILE)
            desk = read_desk(folder)
            if desk.notebooks:
                _require_own(folder, desk.notebooks)
            return desk
    return None


def _require_own(desk: Path, *laid: Path) -> None:
    """Raise DeskError where what is `laid` on a desk, or the desk, is another person's or can be written by everybody."""
    user = getattr(os, "geteuid", None)  # Windows has none: rights there are those of the folder's list
    named = [Path(one).resolve() for one in os.environ.get(TRUSTED, "").split(os.pathsep) if one]
    if user is None or desk in named:
        return
    for path in (desk, *laid):
        facts = path.stat()
        if facts.st_uid not in (user(), 0) or facts.st_mode & stat.S_IWOTH:
            raise DeskError(
                f"Không dùng thư mục làm việc «{desk}» vì «{path}» thuộc người dùng khác hoặc ai cũng sửa được; nếu tin cậy thư mục "
                f"này thì đặt biến môi trường {TRUSTED}={desk} rồi chạy lại, nếu không thì chạy lệnh ở thư mục khác."
            )


def read_desk(folder: Path) -> Desk:
    """Return the desk whose `nq57.toml` lies in `folder`; raises DeskError if that file is wrong."""
    path = folder / DESK_FILE
    text = read_given_text(path, DeskError)
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DeskError(f"Tệp «{path}» viết sai cú pháp TOML ({error}); sửa lại dòng đó; {HOW_SLASHES}.") from error
    for name, value in values.items():
        if name not in _KEYS or not isinstance(value, str) or not value.strip():
            raise DeskError(
                f"Tệp «{path}»: «{name}» không dùng được; chỉ có các mục {', '.join(_KEYS)}, mỗi mục là một đường dẫn "
                "trong dấu nháy."
            )

    def at(name: str, default: str) -> Path:
        return (folder / local_path(str(values.get(name, default)), DeskError, is_quoted=True)).resolve()

    plan = at("plan", "ke-hoach")
    settings = at("settings", str(plan / "settings.toml"))
    if plan.is_dir() and settings != (plan / "settings.toml").resolve():
        raise DeskError(
            f"Tệp «{path}»: «settings» phải là tệp settings.toml trong thư mục «plan»; sửa lại hoặc xóa dòng này."
        )
    notebooks, commentary = at("notebooks", "notebooks"), at("commentary", "nhan-xet.md")
    letterhead = at("letterhead", "the-thuc")
    return Desk(
        folder=folder,
        store=at("store", "kho"),
        outputs=at("outputs", "bao-cao"),
        plan=plan if plan.is_dir() else None,
        notebooks=notebooks if notebooks.is_dir() else None,
        commentary=commentary if commentary.exists() else None,
        letterhead=letterhead if letterhead.is_dir() else None,
        key=at("key", "") if "key" in values else None,
        signers=at("signers", "") if "signers" in values else None,
    )
