"""The zip around a workbook: opened from bytes in memory, within limits, never unpacked to disk.

In: the bytes of a file. Out: `Archive`, whose members are read whole under a running cap, or `RefusedFileError`
with the code of the finding that says why the file is not read.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MAX_FILE_BYTES", "MAX_MEMBERS", "MAX_UNPACKED_BYTES", "Archive", "RefusedFileError", "pack"]

#: A file larger than this is not opened (a filled form has about 60 KB; pictures may be in it).
MAX_FILE_BYTES: Final = 20 * 1024 * 1024
#: All parts of a file that are read may have this size together when unpacked (those of a filled form: 0.2 MB).
#: The cell reader holds them several times, and the whole process shall stay below 256 MiB.
MAX_UNPACKED_BYTES: Final = 16 * 1024 * 1024
#: A workbook has some dozen parts.
MAX_MEMBERS: Final = 2_000
_CHUNK: Final = 1024 * 1024
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class RefusedFileError(Exception):
    """A file that is not read; `code` and `words` make the finding. Never leaves this package."""

    def __init__(self, code: str, **words: Any) -> None:
        super().__init__(code)
        self.code, self.words = code, words


class Archive:
    """The members of a zip, read under one cap for all (declared sizes can lie, so bytes are counted)."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise RefusedFileError("file-damaged") from error
        members = self._zip.infolist()
        self.members = tuple(member.filename for member in members if not member.is_dir())
        self.names = frozenset(member.filename for member in members)
        if len(members) > MAX_MEMBERS or len(self.names) != len(members):
            raise RefusedFileError("file-damaged" if len(members) <= MAX_MEMBERS else "file-too-big")
        if any(member.flag_bits & 1 for member in members):
            raise RefusedFileError("file-encrypted")
        self._left = MAX_UNPACKED_BYTES
        self._read: dict[str, bytes] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def read(self, name: str) -> bytes:
        """Return a member's bytes, unpacked once; RefusedFileError if it is damaged or over what is left of the cap."""
        if name in self._read:
            return self._read[name]
        try:
            if self._zip.getinfo(name).file_size > self._left:
                raise RefusedFileError("file-too-big")
            parts: list[bytes] = []
            with self._zip.open(name) as stream:
                while chunk := stream.read(_CHUNK):
                    self._left -= len(chunk)
                    if self._left < 0:
                        raise RefusedFileError("file-too-big")
                    parts.append(chunk)
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, OSError, NotImplementedError) as error:
            raise RefusedFileError("file-damaged") from error
        self._read[name] = parts[0] if len(parts) == 1 else b"".join(parts)
        return self._read[name]

    def substitute(self, name: str, content: bytes) -> None:
        """Let a member that was read and checked go into `repack` with other bytes."""
        self._read[name] = content

    def repack(self) -> bytes:
        """Return a zip, not compressed, of the members read so far: what was checked is what is parsed."""
        return pack(self._read.items())


def pack(members: Iterable[tuple[str, bytes]]) -> bytes:
    """Return an uncompressed zip with fixed dates: equal members give equal bytes.

    Example:
        >>> pack([("a.csv", b"x")]) == pack([("a.csv", b"x")])
        True
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as target:
        for name, content in members:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3
            target.writestr(info, content)
    return stream.getvalue()
