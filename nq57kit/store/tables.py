"""The typed tables of the store: which columns a Parquet file has, and one lazy frame over many files.

In: frames of a submission, paths of Parquet files. Out: bytes of Parquet; LazyFrames in contract order.
"""

from __future__ import annotations

import io
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.errors import StoreError
from nq57kit.submissions.contract import TABLES, Kind
from nq57kit.submissions.findings import findings_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["PLACE", "encode", "file_schema", "scan", "table_schema"]

#: Columns that the folder names hold (`revision` follows from the receipts); never columns of a file.
PLACE: Final = ("unit_id", "period")
_SOURCE: Final = (("source_sheet", pl.String()), ("source_row", pl.Int64()))
FINDINGS_SCHEMA: Final[Mapping[str, type[pl.DataType]]] = MappingProxyType(
    dict.fromkeys(("code", "severity", "file", "table", "sheet", "cell", "field", "value", "message"), pl.String)
)
_TYPES: Final[Mapping[Kind, type[pl.DataType]]] = MappingProxyType(
    {
        Kind.TASK: pl.Int64,
        Kind.YES_NO: pl.Boolean,
        Kind.WHOLE: pl.Int64,
        Kind.MONEY: pl.Int64,
        Kind.YEAR: pl.Int64,
        Kind.PERCENT: pl.Float64,
        Kind.DATE: pl.Date,
    }
)


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
    fields = [field for field in TABLES[table].fields if field.name not in PLACE]
    return pl.Schema([(field.name, _TYPES.get(field.kind, pl.String())) for field in fields] + list(_SOURCE))


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
    schema = file_schema(table)
    if frame is None:
        frame = pl.DataFrame(schema=schema)
    try:
        typed = frame.select(schema.names()).cast(schema)
    except pl.exceptions.PolarsError as error:
        raise StoreError(f"Bảng «{table}» không đúng kiểu dữ liệu quy định; báo cho người phụ trách.") from error
    if "source_row" in schema:
        typed = typed.sort("source_row", maintain_order=True)
    buffer = io.BytesIO()
    typed.write_parquet(buffer, compression="zstd", statistics=True)
    return buffer.getvalue()


def scan(table: str, folders: Sequence[Path], revisions: Sequence[int]) -> pl.LazyFrame:
    """Return one lazy frame over `<table>.parquet` of the given submission folders, in their order.

    A field that the contract gained after a file was written is null there; one that it lost is left out.
    """
    schema = table_schema(table)
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
        },
        schema_overrides={"revision": pl.Int64},
    )
    slashes = pl.col("_path").str.replace_all("\\", "/", literal=True)
    tail = slashes.str.extract(r"([^/]+/[^/]+/[^/]+)/[^/]+$").alias("_place")
    return rows.with_columns(tail).join(place, on="_place", how="left", maintain_order="left").select(schema.names())


def _value(name: str) -> str:
    return name.partition("=")[2]
