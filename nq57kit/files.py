"""Files: the one way in which nq57kit puts bytes on a disk, and the one door for files that a person gives.

In: a path, bytes or text. Out: a file whole, or as it was, never something between; the bytes, text or rows of a given file,
or one sentence: no file, no plain file, too large, not UTF-8 (which encoding, how to convert), garbled, with a state secret.
Temporary files have names that nobody else gives, and temporary folders an owner, who holds a lock in them: what a dead one
left goes when the next command begins.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nq57kit.errors import Nq57Error
from nq57kit.legacy import find_legacy
from nq57kit.secrecy import is_secret_heading, may_matter, refuse_secrets, show_name
from nq57kit.text import clean

if TYPE_CHECKING:
    from filelock import BaseFileLock

#: What a file is called until all of it is there.
TEMPORARY: Final = re.compile(r"\.[0-9a-f]{16}\.tmp", re.ASCII)
#: Windows alone refuses to replace what another program holds open.
_WINDOWS: Final = os.name == "nt"
_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
#: What TOML and YAML make of the backslash in "D:\\bao-cao".
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
#: How temporary folders begin, and how the file beside each ends that its owner holds.
_SCRATCH: Final = "nq57-"
_OWNED: Final = ".owned"
#: More than any table, text or setting that a person writes.
_MOST_GIVEN: Final = 16 * 2**20
#: What is no text at all: zip (Excel, Word), the files of Excel before 2007, PDF.
_NO_TEXT: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
#: A vowel with a tone of its own behind it, as Windows 1258 writes it.
_TONE_BEHIND: Final = re.compile(
    rb"[aeiouyAEIOUY\xe2\xea\xf4\xe3\xf5\xfd\xc2\xca\xd4\xc3\xd5\xdd][\xcc\xd2\xde\xec\xf2]"
)
_AS_UTF8: Final = (
    "trong Excel lưu lại bằng «CSV UTF-8 (Comma delimited)», trong Notepad chọn «Lưu thành» với mã hóa «UTF-8»"
)
_BY_UNIKEY: Final = "chuyển sang Unicode (ví dụ bằng UniKey > Công cụ > Chuyển mã) rồi lưu bằng UTF-8"
#: `s3://kho`, also as a path has cut it («s3:/kho»); a single letter is a drive of Windows.
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[/\\]")
HOW_SLASHES: Final = "trong dấu nháy kép, đường dẫn của Windows viết bằng dấu «/», ví dụ D:/bao-cao"
#: What UTF-8 Vietnamese looks like once a program has read it in a Windows code page and saved it again.
_GARBLED: Final = re.compile(r"áº|Æ°|Ä‘|Ã[\u00a0-\u00bf]|á»(?![\s.,;:!?)|/]|$)")
_HOW_GARBLED: Final = (
    "chữ tiếng Việt bị hỏng do mở tệp sai bảng mã; lấy lại tệp trước khi sửa, trong Excel mở bằng «Dữ liệu, Từ Văn bản/CSV» "
    "và chọn «65001: Unicode (UTF-8)»"
)


def write_atomically(path: Path, content: bytes | str, *, private: bool = False) -> Path:
    """Write `content` (text as UTF-8, newlines as they are) to `path` by a temporary file and a replace.

    The parent folder is made if it is missing. On failure the target is as it was and no temporary
    file stays. A file that is `private`, or lies in a folder that is closed to others, is closed to them from its first
    byte, whatever the umask. Raises OSError as the system gives it.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "a" / "b.txt"
        >>> write_atomically(target, "Đơn vị").read_text(encoding="utf-8")
        'Đơn vị'
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    make_folder(path.parent)
    rights = find_rights(path.parent) or (0o700 if private else None)
    for is_last in (False, False, True):
        temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
        try:
            with temporary.open("xb") as stream:
                if rights is not None:
                    temporary.chmod(rights & 0o660)
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            move(temporary, path, over=True)
            break
        except FileNotFoundError:  # a command that began this moment took it away (`prepare_folder`): once more
            if is_last:
                raise
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    return path


def write_together(folder: Path, files: Mapping[str, bytes], *, private: bool = False) -> tuple[Path, ...]:
    """Write files that belong together, each whole; none of them while another program holds one open (Windows).

    Raises OSError as the system gives it, with the file's own name.
    """
    for path in (folder / name for name in files if _WINDOWS):
        with suppress(FileNotFoundError), path.open("r+b"):
            pass
    return tuple(write_atomically(folder / name, content, private=private) for name, content in files.items())


def move(source: Path, target: Path, *, over: bool) -> None:
    """Give a file or folder its final name, in one step; `over` replaces a file.

    Raises OSError with the name of `target`. On Windows a virus scanner may hold a new file for a moment: it is waited for.
    """
    for pause in (0.05, 0.2, 0.5, 1.0, None) if _WINDOWS else (None,):
        try:
            (source.replace if over else source.rename)(target)
            break
        except OSError as error:
            if pause is None or not isinstance(error, PermissionError):
                raise OSError(error.errno, error.strerror, str(target)) from None
            time.sleep(pause)


def explain_failure(error: OSError) -> str:
    """Return why the system refused, and what to do, as the end of a Vietnamese sentence.

    Example:
        >>> explain_failure(OSError(errno.ENOSPC, "No space left on device"))
        'ổ đĩa đã hết dung lượng; giải phóng dung lượng rồi chạy lại'
    """
    if error.errno in _FULL:
        return "ổ đĩa đã hết dung lượng; giải phóng dung lượng rồi chạy lại"
    if error.errno in _DENIED:
        return "không có quyền ghi hoặc tệp đang mở ở chương trình khác; cấp quyền, đóng tệp hoặc chọn thư mục khác rồi chạy lại"
    if error.errno == errno.ENAMETOOLONG:
        return "tên hoặc đường dẫn quá dài; đặt tên ngắn hơn hoặc chọn thư mục gần gốc ổ đĩa hơn"
    code = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return f"hệ thống báo lỗi {code}; kiểm tra đường dẫn, ổ đĩa hoặc kết nối mạng rồi chạy lại"


def find_rights(folder: Path) -> int | None:
    """Return the rights of a folder that is closed to all but its owner and its group; None for any other, and on Windows."""
    rights = stat.S_IMODE(folder.stat().st_mode)
    return None if _WINDOWS or rights & 0o007 else rights


def make_folder(folder: Path) -> None:
    """Make a folder and its missing parents; below one that is closed to others they are closed as well."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        if (rights := find_rights(folder.parent)) is not None:
            folder.chmod(rights)


def close_to_others(folder: Path) -> None:
    """Make a folder its owner's alone, unless it is closed to others already: a group keeps what it was given."""
    if not _WINDOWS and find_rights(folder) is None:
        with suppress(PermissionError):  # somebody else's folder: its owner has the word
            folder.chmod(0o700)


def prepare_folder(folder: Path) -> Path:
    """Try whether a folder can be written, or made, before the work; remove temporary files that a killed command left in it.

    A living command whose file is removed so writes it again. Raises OSError, which names the folder, where it cannot be
    written.

    Example:
        >>> prepare_folder(Path(tempfile.mkdtemp()) / "bao-cao").exists()
        False
    """
    try:
        with tempfile.TemporaryFile(dir=next(path for path in (folder, *folder.absolute().parents) if path.exists())):
            pass
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None
    for path in folder.glob(".*.tmp"):
        if TEMPORARY.fullmatch(path.name):
            with suppress(OSError):  # Windows does not remove what a living one writes
                path.unlink()
    return folder


def scratch_folder() -> Path:
    """Return the temporary folder of this process: it goes with it; those of this user's dead processes go now.

    Example:
        >>> scratch_folder() == scratch_folder()
        True
    """
    return _make_scratch(os.getpid())


@cache
def _make_scratch(_process: int) -> Path:
    from multiprocessing.util import Finalize  # runs after multiprocessing's own, which have files in the folder

    from filelock import FileLock

    root = Path(tempfile.gettempdir())
    for held in root.glob(f"{_SCRATCH}*{_OWNED}"):
        drop_scratch(held.with_suffix(""))
    made = root / f"{_SCRATCH}{secrets.token_hex(8)}"
    lock = FileLock(made.with_suffix(_OWNED), thread_local=False)
    lock.acquire()  # before the folder is there: at no moment it has no owner
    made.mkdir(mode=0o700)
    Finalize(None, _drop, args=(lock, made), exitpriority=-101)
    return made


def drop_scratch(folder: Path, patience: float = 0.0) -> None:
    """Remove the temporary folder of a dead process of this user; a living one's stays (waited for `patience` seconds)."""
    from filelock import FileLock, Timeout

    held = folder.with_suffix(_OWNED)
    with suppress(OSError, Timeout):
        if not held.is_symlink() and held.stat().st_uid == getattr(os, "getuid", lambda: 0)():
            lock = FileLock(held, timeout=patience)
            lock.acquire()
            _drop(lock, folder)


def _drop(lock: BaseFileLock, folder: Path) -> None:
    """Remove a temporary folder, then what its owner held."""
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # Windows removes it when it is released
        Path(lock.lock_file).unlink()
    lock.release()


def hash_bytes(content: bytes) -> str:
    """Return the SHA-256 of `content` as 64 hexadecimal digits.

    Example:
        >>> hash_bytes(b"")[:8]
        'e3b0c442'
    """
    return hashlib.sha256(content).hexdigest()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# The door for what a person gives ------------------------------------------------------------------


def local_path(text: Path | str, error: type[Nq57Error], *, is_quoted: bool = False) -> Path:
    """Return the path that a text names; raises `error` for what is no text, and for an address such as `s3://kho`: no folder of this machine.

    A text that stood in quotes (`is_quoted`) may have lost a backslash: «"D:\\bao-cao"» holds a backspace; refused, too.

    Example:
        >>> local_path("du-lieu/kho", Nq57Error).name
        'kho'
    """
    if not isinstance(text, str | os.PathLike):
        raise error(
            f'«{text}» không phải là đường dẫn; ghi đường dẫn của thư mục hoặc tệp bằng chữ, ví dụ "D:/du-lieu/kho".'
        )
    if _ADDRESS.match(str(text)):
        raise error(
            f"«{text}» là địa chỉ mạng, không phải đường dẫn trên máy; ghi thư mục hoặc tệp trên máy, hoặc ổ mạng đã kết nối, ví dụ "
            "D:/du-lieu/kho."
        )
    if is_quoted and _CONTROL.search(str(text)):
        raise error(f"Đường dẫn «{_CONTROL.sub('?', str(text))}» viết sai: {HOW_SLASHES}.")
    return Path(text)


def read_plain_file(path: Path, most: int) -> bytes:
    """Return at most `most` + 1 bytes of a file; a pipe, a device or a socket is never opened or waited for.

    Raises IsADirectoryError for a folder, OSError as the system gives it, ValueError for what is no plain file.

    Example:
        >>> len(read_plain_file(Path(__file__), 2))
        3
    """
    plain = stat.S_ISREG(path.stat().st_mode)
    if not plain and path.is_dir():
        raise IsADirectoryError(str(path))
    if not plain:
        raise ValueError("no plain file")
    # It could have become a pipe since: that is opened without waiting, too, and refused.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("no plain file")
        return stream.read(most + 1)


def read_given(path: Path, error: type[Nq57Error], *, most: int = _MOST_GIVEN) -> bytes:
    """Return the bytes of a file that a person gives; raises `error`, in one sentence, where they cannot be had."""
    name = show_name(path.name)
    try:
        content = read_plain_file(path, most)
    except FileNotFoundError:
        raise error(f"Không đọc được tệp «{name}»: không có tệp này tại «{path.parent}»; kiểm tra đường dẫn.") from None
    except IsADirectoryError:
        raise error(f"«{name}» là một thư mục, không phải tệp; ghi đường dẫn tới tệp.") from None
    except ValueError:
        raise error(
            f"«{name}» không phải là tệp thường (đường ống, thiết bị hoặc tương tự) nên không được mở; đưa một tệp đã lưu."
        ) from None
    except OSError:
        raise error(
            f"Không đọc được tệp «{name}»; kiểm tra quyền đọc, đóng tệp nếu đang mở ở chương trình khác."
        ) from None
    if len(content) > most:
        raise error(f"Tệp «{name}» quá lớn (hơn {most >> 20} MB); kiểm tra lại có đúng tệp cần đưa không.")
    return content


def decode_given(file: str, content: bytes, error: type[Nq57Error]) -> str:
    """Return the text of a given file: UTF-8 with or without a BOM; raises `error` that names any other encoding.

    Example:
        >>> decode_given("a.csv", "\\ufeffmã".encode(), Nq57Error)
        'mã'
    """
    file = show_name(file)
    if content.startswith(_NO_TEXT):
        raise error(f"{file}: là tệp Excel, Word hoặc PDF, không phải văn bản UTF-8; {_AS_UTF8}.")
    line, encoding = _find_encoding(content)
    if encoding:
        what = "không đọc được theo UTF-8" if line else "không phải văn bản UTF-8"
        how = _BY_UNIKEY if encoding in ("TCVN3", "VNI") else _AS_UTF8
        raise error(f"{file}{f', dòng {line}' if line else ''}: {what} (tệp viết bằng bảng mã {encoding}); {how}.")
    return content.decode("utf-8-sig")


def _find_encoding(content: bytes) -> tuple[int, str]:
    """Return the line of the first text that is not UTF-8 Unicode and the name of its encoding; (0, "") for good text."""
    if content.startswith(_WIDE) or b"\0" in content:
        return 0, "UTF-16"
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as wrong:
        lines = [one for one in content.splitlines() if "\ufffd" in one.decode("utf-8", "replace")]
        old = next(filter(None, (find_legacy(one.decode("cp1252", "replace")) for one in lines)), None)
        windows = "Windows 1258" if any(map(_TONE_BEHIND.search, lines)) else "Windows 1252"
        return content[: wrong.start].count(10) + 1, old or windows
    if not text.isascii():
        for number, one in enumerate(text.splitlines(), start=1):
            if (old := find_legacy(one)) is not None:
                return number, old
    return 0, ""


def read_given_text(path: Path, error: type[Nq57Error]) -> str:
    """Return the text of a given file, as `read_given` and `decode_given`; garbled letters and state secrets are refused.

    A secret is a SecretError that names the file and the line and no word of it.
    """
    text, file = decode_given(path.name, read_given(path, error), error), show_name(path.name)
    for number, line in enumerate(text.splitlines(), start=1):
        if _GARBLED.search(line):
            raise error(f"{file}, dòng {number}: {_HOW_GARBLED}.")
    if may_matter(text):
        lines = text.splitlines()
        for number, line in enumerate(lines, start=1):
            refuse_secrets(f"{path.name}, dòng {number}", [line])
        for paragraph in re.split(r"\n[ \t\r]*\n", text):  # a mark may be broken into two lines
            refuse_secrets(path.name, [paragraph])
    return text


def split_table(file: str, text: str, error: type[Nq57Error]) -> Iterator[tuple[int, list[str]]]:
    """Yield each record of a table that is not blank with the line where it starts (quoted cells may span lines).

    «,» or «;» by the first line. Raises `error` (file, line) for quotes that do not match and garbled letters, SecretError
    for a state secret in a cell or under a heading such as «Độ mật».
    """
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    matters, start = may_matter(text), 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                header = record if header is None else header
                _screen(file, start, header, record, error, matters=matters)
                yield start, record
            start = reader.line_num + 1
    except csv.Error:
        raise error(
            f"{file}, dòng {start}: dấu nháy kép không khớp; đặt cả ô trong một cặp dấu nháy kép và viết "
            f"hai lần dấu nháy kép nằm trong ô."
        ) from None


def _screen(
    file: str, line: int, header: list[str], record: list[str], error: type[Nq57Error], *, matters: bool
) -> None:
    for number, cell in enumerate(record):
        if _GARBLED.search(cell):
            column = f", cột «{clean(header[number])}»" if number < len(header) else ""
            raise error(f"{file}, dòng {line}{column}: {_HOW_GARBLED}.")
    if matters and header is record:  # a heading may ask for secrecy
        refuse_secrets(f"{file}, dòng {line}", [cell for cell in header if not is_secret_heading(cell)])
    elif matters:
        refuse_secrets(f"{file}, dòng {line}", record)
        refuse_secrets(f"{file}, dòng {line}", dict(zip(header, record, strict=False)))
