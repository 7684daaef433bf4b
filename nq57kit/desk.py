"""The analyst's desk: a working folder with `nq57.toml`, found from any folder below it.

In: a folder. Out: `Desk` with the paths that the commands take as defaults; `init_desk` makes one.
"""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from nq57kit.errors import DeskError
from nq57kit.files import write_atomically
from nq57kit.reports.commentary import write_form
from nq57kit.reports.run import packaged

__all__ = ["DESK_FILE", "Desk", "find_desk", "init_desk"]

DESK_FILE: Final = "nq57.toml"

_CONFIG = """\
# Thư mục làm việc của nq57kit. Đường dẫn tính từ thư mục chứa tệp này.
# Các lệnh chạy trong thư mục này (và thư mục con) dùng các giá trị dưới đây khi không ghi --store, --out, --plan.

store = "kho"                       # kho dữ liệu: các báo cáo đơn vị đã nhận
outputs = "bao-cao"                 # nơi ghi báo cáo
plan = "ke-hoach"                   # bảng kế hoạch và danh mục đơn vị (sửa ở đây khi Kế hoạch thay đổi)
settings = "ke-hoach/settings.toml" # những điều Kế hoạch để ngỏ: cửa sổ số liệu, hạn nhiệm vụ hằng năm…
notebooks = "notebooks"             # bản sổ tính riêng; xóa thư mục này để dùng bản đi kèm
commentary = "nhan-xet.md"          # phần chữ do người viết: nhận xét, đánh giá, kiến nghị
"""
_READ_ME = """\
# Thư mục làm việc nq57kit

| Thư mục, tệp | Dùng để |
| --- | --- |
| `nq57.toml` | đường dẫn mặc định của các lệnh |
| `ke-hoach/` | bảng kế hoạch, danh mục đơn vị, thiết lập (CSV, mở bằng Excel được) |
| `nhan-ve/` | đặt các tệp đơn vị gửi về, mỗi kỳ một thư mục, kèm `sent.csv` |
| `kho/` | kho dữ liệu; không sửa tay |
| `notebooks/`, `parameters/` | sổ tính và tệp tham số cho JupyterLab và papermill |
| `nhan-xet.md` | phần chữ do người viết |
| `bao-cao/` | báo cáo lập ra |

    nq57kit template 2026-H2 --out bieu-mau     # biểu mẫu cho từng đơn vị
    nq57kit check nhan-ve/2026-H2               # xem lỗi, chưa ghi gì
    nq57kit ingest nhan-ve/2026-H2              # nhận vào kho
    nq57kit status 2026-H2                      # ai đã gửi, muộn, chưa gửi
    nq57kit report semiannual 2026-H2           # báo cáo tổng hợp 6 tháng
    nq57kit report annual 2026                  # báo cáo đánh giá năm
"""
_KEYS: Final = ("store", "outputs", "plan", "settings", "notebooks", "commentary")


@dataclass(frozen=True)
class Desk:
    """A working folder: absolute paths; `plan`, `notebooks` and `commentary` are None where they do not exist."""

    folder: Path
    store: Path
    outputs: Path
    plan: Path | None
    notebooks: Path | None
    commentary: Path | None


def find_desk(start: Path | None = None) -> Desk | None:
    """Return the desk that holds `start` (default: the current folder), or None if no folder above has `nq57.toml`.

    Raises DeskError if the file is there but wrong.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / DESK_FILE).is_file():
            return _read(folder)
    return None


def _read(folder: Path) -> Desk:
    path = folder / DESK_FILE
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeskError(f"Tệp «{path}» viết sai cú pháp TOML ({error}); sửa lại dòng đó.") from error
    for name, value in values.items():
        if name not in _KEYS or not isinstance(value, str) or not value.strip():
            raise DeskError(
                f"Tệp «{path}»: «{name}» không dùng được; chỉ có các mục {', '.join(_KEYS)}, mỗi mục là một đường dẫn "
                "trong dấu nháy."
            )

    def at(name: str, default: str) -> Path:
        return (folder / values.get(name, default)).resolve()

    plan = at("plan", "ke-hoach")
    settings = at("settings", str(plan / "settings.toml"))
    if plan.is_dir() and settings != plan / "settings.toml":
        raise DeskError(
            f"Tệp «{path}»: «settings» phải là tệp settings.toml trong thư mục «plan»; sửa lại hoặc xóa dòng này."
        )
    notebooks, commentary = at("notebooks", "notebooks"), at("commentary", "nhan-xet.md")
    return Desk(
        folder=folder,
        store=at("store", "kho"),
        outputs=at("outputs", "bao-cao"),
        plan=plan if plan.is_dir() else None,
        notebooks=notebooks if notebooks.is_dir() else None,
        commentary=commentary if commentary.is_file() else None,
    )


def init_desk(folder: Path) -> Desk:
    """Make a desk in `folder` (made if missing): nothing that is already there is touched.

    Raises DeskError if `folder` already is a desk, or cannot be written.
    """
    from nq57kit.store import Store

    if (folder / DESK_FILE).exists():
        raise DeskError(f"«{folder}» đã là thư mục làm việc (có {DESK_FILE}); chọn thư mục khác.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("nhan-ve", "bao-cao"):
            (folder / name).mkdir(exist_ok=True)
        _copy_missing(Path(str(resources.files("nq57kit.plan"))) / "data", folder / "ke-hoach")
        _copy_missing(packaged("notebooks"), folder / "notebooks")
        _copy_missing(packaged("parameters"), folder / "parameters")
        _write_missing(folder / "nhan-xet.md", write_form())
        _write_missing(folder / "DOC-TRUOC.md", _READ_ME)
        Store.create(folder / "kho")
        write_atomically(folder / DESK_FILE, _CONFIG)
    except OSError as error:
        raise DeskError(
            f"Không lập được thư mục làm việc ở «{folder}» ({error.strerror}); kiểm tra quyền ghi và dung lượng đĩa."
        ) from error
    return _read(folder.resolve())


def _copy_missing(source: Path, target: Path) -> None:
    """Copy the files of a folder that the target does not have (contents only, so that they can be written)."""
    target.mkdir(exist_ok=True)
    for path in sorted(source.iterdir()):
        if path.is_file() and not (target / path.name).exists():
            shutil.copyfile(path, target / path.name)


def _write_missing(path: Path, text: Any) -> None:
    if not path.exists():
        write_atomically(path, text)
