"""Small real files, one defect each, in `<what-is-wrong>/`: what the reader says of them is what their expected.json wants.

The files are made by `build_fixtures.py`, and what is expected is written by hand in `making/`.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from nq57kit.cli import main
from nq57kit.submissions import check
from nq57kit.submissions.findings import load_finding_kinds

FOLDER = Path(__file__).parent
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/expected.json"))
KINDS = load_finding_kinds()
#: Codes that no single stored file can raise, and why.
NOT_HERE = {
    "file-missing": "there is no file",
    "file-special": "no archive holds a pipe or a device",
    "file-unreadable": "depends on rights and locks of the machine",
    "code-not-listed": "the gate's second look: a cell with an unknown code is found before (code-unknown)",
    "overdue-unexplained": "no task of the packaged plan falls due before the last day of a window",
    "unit-not-there": "the packaged register has no unit that ends or begins (tests/test_units_through_time.py)",
    "request-staff-differs": "against the unit's half",
    "staff-dropped": "against the unit's earlier half",
    "running-number-fell": "against the unit's earlier half",
    "science-task-vanished": "against the unit's earlier half",
    "communicated-withdrawn": "against the unit's earlier half",
    "status-went-back": "against the unit's earlier half",
    "science-codes-joined": "across units",
    "sum-thousandfold": "against the unit's earlier half",
    "not-arisen-under-way": "against the unit's earlier half",
    "sum-out-of-group": "across units",
    "science-names-differ": "across units",
    "science-answers-differ": "across units",
    "evidence-shared": "across units",
    "evidence-repeated": "found with the comparisons across submissions",
    "workforce-identical": "across units",
    "activities-identical": "across units",
    **dict.fromkeys(
        ("answer-incomplete", "answer-in-future", "answer-question-unknown", "answer-words-changed"),
        "in the file of answers to difficulties, which is no unit's report (tests/test_difficulties_answered.py)",
    ),
    **dict.fromkeys(
        ("line-unclear", "line-not-planned", "line-due-outside-year", "plan-task-unplanned"),
        "of a yearly plan (tests/submissions/test_checks.py)",
    ),
    "legacy-converted": "only with --convert-legacy-fonts",
    **dict.fromkeys(
        ("request-unknown", "request-not-asked", "request-differs", "sheet-not-asked", "request-more-than-half"),
        "of a request (tests/store/test_requests.py)",
    ),
}
#: Sheets as the answer may name them when it refuses a secret.
PLACE = re.compile(
    r"trang tính thứ \d+|phần ngoài ô \(ghi chú, hộp chữ, đầu trang, thuộc tính tệp\)|Nhiệm vụ KHCN|Hoạt động|Khó khăn, kiến nghị|science_tasks"
)


def expected_of(name):
    return json.loads((FOLDER / name / "expected.json").read_text(encoding="utf-8"))


def file_of(name):
    (found,) = (path for path in (FOLDER / name).iterdir() if path.name != "expected.json")
    return found


@pytest.fixture(scope="module")
def answers(plan):
    """What the reader says of each folder, asked once; nothing is written beside the files."""
    kept = {}
    before = list_files()

    def ask(name):
        if name not in kept:
            asked = expected_of(name).get("asked", {})
            kept[name] = check(file_of(name), plan=plan, **asked)
        return kept[name]

    yield ask
    assert list_files() == before


def list_files():
    return sorted(path for name in NAMES for path in (FOLDER / name).rglob("*"))


def test_there_are_enough_folders_and_their_names_say_the_defect():
    assert len(NAMES) >= 70
    assert all(re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_findings_are_those_expected_cell_by_cell(name, answers):
    said, wanted = answers(name).as_json(), expected_of(name)
    keys = ("code", "severity", "sheet", "cell", "field")
    found = Counter(tuple(one[key] for key in keys) for one in said["findings"])
    assert found == Counter(tuple(one[key] for key in keys) for one in wanted["findings"])
    assert {key: said[key] for key in ("ok", "unit_id", "period")} == {
        key: wanted[key] for key in ("ok", "unit_id", "period")
    }
    assert all(one["file"] == file_of(name).name for one in said["findings"])


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_accepted_refused_or_skipped(name, answers):
    counts = answers(name).as_json()["counts"]
    assert counts == expected_of(name)["counts"]
    for table, told in counts.items():
        assert told["seen"] == told["accepted"] + told["refused"] + told["skipped"]
        assert answers(name).tables[table].height == told["accepted"]


@pytest.mark.parametrize("name", [name for name in NAMES if "values" in expected_of(name)])
def test_values_are_read_as_a_person_reads_them(name, answers):
    tables = {table: frame.to_dicts() for table, frame in answers(name).tables.items()}
    for wanted in expected_of(name)["values"]:
        (row,) = (row for row in tables[wanted["table"]] if row["source_row"] == wanted["row"])
        value = row[wanted["field"]]
        assert (value.isoformat() if isinstance(value, date) else value) == wanted["value"], wanted


@pytest.mark.parametrize("name", NAMES)
def test_each_finding_speaks_in_full_sentences_without_gaps(name, answers):
    for finding in answers(name).findings:
        kind, message = KINDS[finding.code], finding.message
        assert finding.severity == kind.severity
        assert message == message.strip()
        assert message[0].isupper() or message[0] == "«"
        assert message.endswith((".", "?", "…"))
        assert "{" not in message
        assert "None" not in message
        assert "«»" not in message
        assert "  " not in message
        assert "…." not in message
        sentences = len(re.findall(r"[.?…](?=\s|$)", message))
        assert sentences <= 2 + ("Có phải là" in message), "what is wrong, what to write, and what is near"
        if finding.severity == "error":
            assert kind.advice, "an error says what to do"
    for words in expected_of(name).get("says", []):
        assert any(words in finding.message for finding in answers(name).findings), words


@pytest.mark.parametrize("name", [name for name in NAMES if "secret" in expected_of(name)])
def test_secrets_and_contact_data_appear_nowhere_in_the_answer(name, answers):
    answer = answers(name)
    told = json.dumps(answer.as_json(), ensure_ascii=False) + repr(answer)
    for words in expected_of(name)["secret"]:
        assert words not in told
    if not answer.is_secret:
        return
    (finding,) = answer.findings
    assert (finding.code, finding.cell, finding.field, finding.value) == ("secret", None, None, None)
    assert PLACE.fullmatch(finding.sheet)
    assert (answer.content, answer.sha256) == (b"", None)
    assert all(frame.is_empty() for frame in answer.tables.values())


def test_what_is_expected_to_be_a_secret_is_told_as_one(answers):
    for name in NAMES:
        wanted = any(one["code"] == "secret" for one in expected_of(name)["findings"])
        assert answers(name).is_secret == wanted, name


def test_every_code_that_one_file_can_raise_is_raised_by_a_folder():
    raised = {one["code"] for name in NAMES for one in expected_of(name)["findings"]}
    assert raised | NOT_HERE.keys() >= KINDS.keys()
    assert not raised & NOT_HERE.keys()


# ------------------------------------------------------------------------------- the command


@pytest.mark.parametrize(
    ("name", "code"), [("extra-columns", 0), ("number-with-words", 1), ("secret-marked-in-own-column", 1)]
)
def test_the_command_prints_the_contracts_json(name, code, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(["check", str(file_of(name)), "--format", "json"]) == code
    out, err = capsys.readouterr()
    assert err == ""
    told, wanted = json.loads(out), expected_of(name)
    assert list(told) == ["ok", "unit_id", "period", "findings", "counts"]
    assert (told["ok"], told["counts"]) == (wanted["ok"], wanted["counts"])
    for finding in told["findings"]:
        assert set(finding) == {"code", "severity", "file", "table", "sheet", "cell", "field", "value", "message"}
    assert [one["code"] for one in told["findings"]] == [one["code"] for one in wanted["findings"]]
    for words in wanted.get("secret", []):
        assert words not in out
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------- the builder


@pytest.fixture(scope="module")
def builder():
    """The script that made the folders."""
    spec = importlib.util.spec_from_file_location("build_fixtures", FOLDER / "build_fixtures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for name in [*module.CASES, "fixture_forms"]:
        sys.modules.pop(name, None)


def test_the_folders_are_those_of_the_builder(builder):
    cases = builder.load_cases()
    assert sorted(cases) == NAMES
    for name, case in cases.items():
        assert (FOLDER / name / "expected.json").read_text(encoding="utf-8") == builder.show_expected(case), name


@pytest.mark.parametrize("name", ["nothing-wrong", "hidden-rows", "csv-with-commas", "entity-bomb"])
def test_the_builder_makes_equal_files_each_time(name, builder, tmp_path):
    case = builder.load_cases()[name]
    made = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        builder.build(case, folder)
        made.append({path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    assert made[0] == made[1]
    assert made[0]
