"""The typed tables of the store: which columns a Parquet file has, and one lazy frame over many files.

In: frames of a submission, paths of Parquet files. Out: bytes of Parquet; LazyFrames in contract order.
"""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.errors import StoreError
from nq57kit.submissions.contract import TABLES
from nq57kit.submissions.findings import findings_frame
from nq57kit.submissions.schemas import frame_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["PLACE", "encode", "file_schema", "scan", "table_schema"]

#: Columns that the folder names hold (`revision` follows from the receipts); never columns of a file.
PLACE: Final = ("unit_id", "period")


@cache
def file_schema(table: str) -> pl.Schema:
    """Return the columns of `<table>.parquet`: the contract's fields, source_sheet, source_row.

    Raises StoreError for a table that the contract does not have.

    Example:
        >>> list(file_schema("workforce"))[-3:]
        ['comms_staff_trained', 'source_sheet', 'source_row']
    """
    if table == "findings":
        return findings_frame(()).schema
    if table not in TABLES:
        raise StoreError(f"Kho không có bảng «{table}»; các bảng là {', '.join(TABLES)}.")
    return pl.Schema([(name, kind) for name, kind in frame_columns(table).items() if name not in PLACE])


@cache
def table_schema(table: str) -> pl.Schema:
    """Return the columns of a table as `Store.read` gives them: unit_id, period, revision, then the file's.

    Example:
        >>> list(table_schema("budget"))[:4]
        ['unit_id', 'period', 'revision', 'task_id']
    """
    place = [*((name, pl.String()) for name in PLACE), ("revision", pl.Int64())]
    return pl.Schema(place + list(file_schema(table).items()))


def encode(table: str, frame: pl.DataFrame | None) -> bytes:
    """Return the Parquet bytes of one table of a submission (no rows where it has none).

    Raises StoreError if the frame cannot hold the contract's types: a defect, not bad data.
    """
    if frame is None or (frame.is_empty() and file_schema(table).items() <= frame.schema.items()):
        return _encode_nothing(table)
    return _encode(table, frame)


@cache
def _encode_nothing(table: str) -> bytes:
    """The bytes of a table without rows: most tables of most submissions, and always the same."""
    return _encode(table, pl.DataFrame(schema=file_schema(table)))


def _encode(table: str, frame: pl.DataFrame) -> bytes:
    schema = file_schema(table)
    try:
        typed = frame if frame.schema == schema else frame.select(schema.names()).cast(schema)
    except pl.exceptions.PolarsError as error:
        raise StoreError(f"Bảng «{table}» không đúng kiểu dữ liệu quy định; báo cho người phụ trách.") from error
    if "source_row" in schema and not typed["source_row"].is_sorted():
        typed = typed.sort("source_row", maintain_order=True)
    buffer = io.BytesIO()
    typed.write_parquet(buffer, compression="zstd", statistics=True)
    return buffer.getvalue()


def scan(
    table: str, folders: Sequence[Path], revisions: Sequence[int], *, with_submission: bool = False
) -> pl.LazyFrame:
    """Return one lazy frame over `<table>.parquet` of the given submission folders, in their order.

    A field that the contract gained after a file was written is null there; one that it lost is left out.
    `with_submission` adds `submission`, the name of the folder as a column.
    """
    schema = pl.Schema(table_schema(table))
    if with_submission:
        schema["submission"] = pl.String()
    if not folders:
        return pl.LazyFrame(schema=schema)
    rows = pl.scan_parquet(
        [folder / f"{table}.parquet" for folder in folders],
        schema=file_schema(table),
        missing_columns="insert",
        extra_columns="ignore",
        glob=False,  # a bracket in the path of the store is a bracket
        hive_partitioning=False,  # so is «x=1» in one of its parents
        include_file_paths="_path",
    )
    place = pl.LazyFrame(
        {
            "_place": ["/".join(folder.parts[-3:]) for folder in folders],
            "unit_id": [_value(folder.parts[-2]) for folder in folders],
            "period": [_value(folder.parts[-3]) for folder in folders],
            "revision": revisions,
            **({"submission": [_value(folder.parts[-1]) for folder in folders]} if with_submission else {}),
        },
        schema_overrides={"revision": pl.Int64},
    )
    slashes = pl.col("_path").str.replace_all("\\", "/", literal=True)
    tail = slashes.str.extract(r"([^/]+/[^/]+/[^/]+)/[^/]+$").alias("_place")
    return rows.with_columns(tail).join(place, on="_place", how="left", maintain_order="left").select(schema.names())


def _value(name: str) -> str:
    return name.partition("=")[2]
