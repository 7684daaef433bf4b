"""Writing files: the one way in which nq57kit puts bytes on a disk.

In: a path and bytes or text. Out: the file whole, or the file as it was; never something between.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path


def write_atomically(path: Path, content: bytes | str) -> Path:
    """Write `content` (text as UTF-8, newlines as they are) to `path` by a temporary file and a replace.

    The parent folder is made if it is missing. On failure the target is as it was and no temporary
    file stays. Raises OSError as the system gives it.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "a" / "b.txt"
        >>> write_atomically(target, "Đơn vị").read_text(encoding="utf-8")
        'Đơn vị'
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


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
