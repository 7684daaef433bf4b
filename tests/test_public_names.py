"""The public names: given text where a path, a period or a store is meant, and given what is neither."""

from __future__ import annotations

import importlib
import inspect
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import nq57kit
from nq57kit.errors import Nq57Error
from nq57kit.store import Store

ROOMS = ("nq57kit", *(f"nq57kit.{room}" for room in ("plan", "submissions", "store", "indicators", "reports", "show")))
#: By its annotation, what a caller may write in its place, in a folder with a store «kho».
TEXT = {"Store": "kho", "Period": "2026-H2", "Path": "kho"}
#: For what has no default: a value that says nothing wrong.
PLAIN: dict[str, Any] = {
    "unit_id": "vu-tccb", "reason": "một lý do đủ dài", "document": "Quyết định 1", "as_of": date(2026, 12, 25),
    "sent_at": datetime(2026, 12, 1, tzinfo=UTC), "plan": nq57kit.load_plan(), "units": None, "figure": "budget",
    "text": "2026-H2", "year": 2026, "day": date(2026, 12, 25), "table": "cover", "field": "unit_id", "sheet": None, "row": 2,
    "sha256": "0" * 64, "half": "2026-H2", "kind": "annual", "values": {},
}  # fmt: skip


def functions() -> dict[str, Any]:
    """Every public function with a parameter that is a path, a period or a store, by its name."""
    found = {}
    for room in ROOMS:
        module = importlib.import_module(room)
        for name in module.__all__:
            one = getattr(module, name)
            if inspect.isfunction(one) and any(_kinds(each) for each in inspect.signature(one).parameters.values()):
                found.setdefault(one.__name__, one)
    return found


def _kinds(parameter: inspect.Parameter) -> set[str]:
    return set(re.findall(r"\b(Store|Period|Path)\b", str(parameter.annotation)))


def calls(function: Any) -> list[dict[str, Any]]:
    """Calls with text, and with a number in place of each such parameter in turn."""
    needed = {
        name: TEXT[min(_kinds(one), key=list(TEXT).index)] if _kinds(one) else PLAIN.get(name)
        for name, one in inspect.signature(function).parameters.items()
        if one.default is one.empty and one.kind is not one.VAR_KEYWORD
    }
    told = inspect.signature(function).parameters
    wrong = [name for name in needed if _kinds(told[name]) and not re.search("Iterable|Sequence", str(told[name]))]
    return [needed, *({**needed, name: 57} for name in wrong)]


#: They take what other functions of ours return, or a mapping.
INSIDE = ("read_inputs", "doubt_answers", "find_cell", "find_raw", "prove_lock", "prove_refusal", "prove_submission",
          "write_record", "warn_against_store", "read_earlier", "judge", "request_report", "approve", "read_plans", "read_values",
          "write_returned", "run_report", "task_status", "kpis")  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(functions()) - set(INSIDE)))
def test_text_is_understood_and_anything_else_is_refused_in_a_sentence(name, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Store.create("kho")
    for words in calls(functions()[name]):
        try:
            functions()[name](**words)
        except (Nq57Error, OSError) as error:
            assert str(error)  # noqa: PT017 - a sentence, where it does not serve


def test_the_reference_is_made_from_the_docstrings_that_stand_here(load_module) -> None:
    docs = Path(__file__).parents[1] / "docs"
    made = load_module(docs / "make_reference.py").render()
    assert made == (docs / "reference.md").read_text(encoding="utf-8"), "run «nox -s reference»"


def test_every_public_name_is_documented_and_those_of_the_package_itself_with_an_example() -> None:
    for room in ROOMS:
        module = importlib.import_module(room)
        for name in module.__all__:
            value = getattr(module, name)
            if callable(value):
                assert len(inspect.getdoc(value) or "") > 15, f"{room}.{name}"
                assert not (value.__doc__ or "").startswith(f"{name}("), (
                    f"{room}.{name}"
                )  # what a dataclass says of itself
    without = {name for name in nq57kit.__all__ if "Example" not in (inspect.getdoc(getattr(nq57kit, name)) or "")}
    assert without <= {"Submission"}  # made by `check` alone, which has one
