"""The accepted rows of a period as files for other programs: CSV with a data package, one DuckDB file, or one workbook.

In: a store, a period. Out: a table per sheet of the form and `units`, the latest revision of each unit, without contact data; beside CSV
files `datapackage.json` (Frictionless Data Package v1, https://specs.frictionlessdata.io/data-package/) says what each column holds.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, get_args

import polars as pl

from nq57kit.errors import ParameterError
from nq57kit.files import prepare_folder, write_atomically
from nq57kit.plan import Period
from nq57kit.store.store import Store
from nq57kit.submissions.contract import TABLES, Field, load_codes, tables_of
from nq57kit.submissions.styles import start_book

Target = Literal["csv", "duckdb", "xlsx"]
#: Columns that the contract does not have, with their words and types in a data package.
_BESIDE: Final = {
    "unit_id": ("Mã đơn vị", "string"),
    "period": ("Kỳ báo cáo", "string"),
    "revision": ("Lần gửi được tính", "integer"),
    "source_sheet": ("Trang tính của biểu mẫu", "string"),
    "source_row": ("Dòng trong trang tính", "integer"),
}
_TYPES: Final[tuple[tuple[type[pl.DataType], str], ...]] = (
    (pl.Int64, "integer"),
    (pl.Float64, "number"),
    (pl.Boolean, "boolean"),
    (pl.Date, "date"),
)
#: Signs by which Excel takes a text of a CSV file for a formula: such a text gets an apostrophe before it.
_FORMULA: Final = r"^[=+\-@\t\r]"


def read_tables(store: Store, period: Period, *, as_of: date | None = None) -> Mapping[str, pl.DataFrame]:
    """Return the tables of a period (of a year those of its halves) by name, and `units`, those of the register in it.

    The latest accepted revision of each unit counts; contact data is left out.

    Example:
        >>> import tempfile
        >>> store = Store.create(Path(tempfile.mkdtemp()) / "kho")
        >>> "contact_name" in read_tables(store, store.plan.period("2026-H2"))["cover"].columns
        False
    """
    snapshot, periods = store.snapshot(), period.halves or (period,)
    frames = {}
    for name in dict.fromkeys(table for one in periods for table in tables_of(one)):
        rows = pl.concat([snapshot.read(name, one, as_of=as_of).collect() for one in periods], how="diagonal")
        frames[name] = rows.drop([field.name for field in TABLES[name].fields if field.personal], strict=False)
    return frames | {"units": flatten(store.plan.units.select("unit_id", "name", "short_name", "groups", "basis"))}


def flatten(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame of a report, a plan or a store as CSV can hold it: lists as text, their items between «|», parts of an item between «, ».

    Example:
        >>> flatten(pl.DataFrame({"task_id": [4], "missing_units": [["vu-pc", "vu-tccb"]]})).write_csv()
        'task_id,missing_units\\n4,vu-pc|vu-tccb\\n'
    """
    lists = {name: kind.inner for name, kind in frame.schema.items() if isinstance(kind, pl.List)}
    item = pl.element()
    texts = {
        name: pl.concat_str(item.struct.unnest(), separator=", ", ignore_nulls=True)
        if isinstance(kind, pl.Struct)
        else item.cast(pl.String)
        for name, kind in lists.items()
    }
    return frame.with_columns(pl.col(name).list.eval(text).list.join("|") for name, text in texts.items())


def export(store: Store, period: Period, to: Target, out: Path, *, as_of: date | None = None) -> tuple[Path, ...]:
    """Write the tables of a period into the folder `out` and return the files: CSV and their data package, DuckDB, or a workbook.

    Raises ParameterError for another kind of file, and without the library `duckdb` where it is needed.
    """
    if to not in get_args(Target):
        raise ParameterError(f"Không xuất được ra «{to}»; viết một trong: {', '.join(get_args(Target))}.")
    frames = read_tables(store, period, as_of=as_of)
    prepare_folder(out)
    if to == "csv":
        folder = prepare_folder(out / f"so-lieu-{period}")
        for name, frame in frames.items():
            text = pl.col(pl.String)
            safe = frame.with_columns(pl.when(text.str.contains(_FORMULA)).then("'" + text).otherwise(text).name.keep())
            write_atomically(folder / f"{name}.csv", safe.write_csv())
        package = json.dumps(describe_package(period, frames), ensure_ascii=False, indent=1) + "\n"
        return (*(folder / f"{name}.csv" for name in frames), write_atomically(folder / "datapackage.json", package))
    path = out / f"so-lieu-{period}.{to}"
    return (write_atomically(path, _write_duckdb(frames) if to == "duckdb" else _write_book(frames)),)


def describe_package(period: Period, frames: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Return the data package of tables: each column with its type, its words and, of a closed list, its codes with their labels."""
    resources = []
    for name, frame in frames.items():
        fields = {field.name: field for field in TABLES[name].fields} if name in TABLES else {}
        columns = [_describe(column, kind, fields.get(column)) for column, kind in frame.schema.items()]
        title = TABLES[name].sheet if name in TABLES else "Danh mục đơn vị"
        keys: dict[str, Any] = {"primaryKey": ["unit_id"]}
        if name in TABLES:
            at = {"resource": "units", "fields": "unit_id"}
            keys = {
                "primaryKey": [
                    "unit_id",
                    "period",
                    *(() if TABLES[name].form == "record" else ("source_sheet", "source_row")),
                ]
            }
            keys["foreignKeys"] = [{"fields": "unit_id", "reference": at}]
        resources.append(
            {"name": name.replace("_", "-"), "path": f"{name}.csv", "title": title, "format": "csv", "mediatype": "text/csv",
             "encoding": "utf-8", "profile": "tabular-data-resource", "schema": {"fields": columns, **keys, "missingValues": [""]}}
        )  # fmt: skip
    return {
        "profile": "tabular-data-package",
        "name": f"nq57kit-{str(period).casefold()}",
        "title": f"Số liệu các đơn vị đã báo cáo, {period.label}",
        "description": "Bản được tính của mỗi đơn vị; không có thông tin liên hệ. Chữ bắt đầu bằng = + - @ có dấu nháy đơn đứng trước.",
        "resources": resources,
    }


def _describe(column: str, kind: pl.DataType, field: Field | None) -> dict[str, Any]:
    if field is None:
        title, told = _BESIDE.get(column, (column, "string"))
        return {"name": column, "type": told, "title": title}
    found = next((name for type_, name in _TYPES if kind == type_), "string")
    said: dict[str, Any] = {"name": column, "type": found, "title": field.label}
    limits: dict[str, Any] = (
        {"minimum": field.minimum, "maximum": field.maximum} if found in ("integer", "number") else {}
    )
    if field.codes and column != "audience":
        limits["enum"] = list(load_codes(field.codes))
        said["description"] = "; ".join(f"{code}: {one.label}" for code, one in load_codes(field.codes).items())
    elif field.hint:
        said["description"] = field.hint
    limits = {name: value for name, value in limits.items() if value is not None} | (
        {"required": True} if field.required else {}
    )
    return said | ({"constraints": limits} if limits else {})


def _write_duckdb(frames: Mapping[str, pl.DataFrame]) -> bytes:
    try:
        import duckdb
    except ImportError:
        raise ParameterError("Xuất ra DuckDB cần thư viện «duckdb»; cài bằng «pip install duckdb».") from None
    with TemporaryDirectory() as folder:
        path = Path(folder) / "so-lieu.duckdb"
        with duckdb.connect(str(path)) as made:
            for name, frame in frames.items():
                frame.write_parquet(Path(folder) / f"{name}.parquet")
                source = (Path(folder) / f"{name}.parquet").as_posix().replace("'", "''")
                made.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{source}')")  # noqa: S608 - our own names
        return path.read_bytes()


def _write_book(frames: Mapping[str, pl.DataFrame]) -> bytes:
    stream = io.BytesIO()
    with start_book(stream) as book:
        head, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
        for name, frame in frames.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, frame.columns, head)
            sheet.freeze_panes(1, 0)
            for number, row in enumerate(frame.iter_rows(), start=1):
                for column, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(number, column, value, day)
                    elif value is not None:
                        sheet.write(number, column, value)
            sheet.autofit(300)
    return stream.getvalue()
