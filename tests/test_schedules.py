"""The ready files of examples/schedule: systemd reads them, Windows' XML is what its schema asks, each calls a command that exists."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

from nq57kit.cli import cli

FOLDER = Path(__file__).parents[1] / "examples" / "schedule"
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


def test_each_file_calls_run_with_the_desks_table():
    assert "run" in cli.list_commands(None)
    for name in ("nq57kit.crontab", "nq57kit.service", "nq57kit_dag.py"):
        assert "run desk.toml" in (FOLDER / name).read_text(encoding="utf-8"), name


def test_systemd_finds_nothing_wrong_with_service_and_timer(require_tool, tmp_path):
    program = require_tool("systemd-analyze")
    units = [shutil.copy(FOLDER / name, tmp_path) for name in ("nq57kit.service", "nq57kit.timer")]
    done = subprocess.run([program, "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    when = re.search(r"OnCalendar=(.*)", Path(units[1]).read_text(encoding="utf-8"))[1]
    told = subprocess.run([program, "calendar", when], capture_output=True, text=True, check=True)
    assert "Normalized form: Mon..Fri *-*-* 06:30:00 Asia/Ho_Chi_Minh" in told.stdout


def test_the_crontab_has_one_line_of_five_times_and_a_command():
    lines = [
        line for line in (FOLDER / "nq57kit.crontab").read_text(encoding="utf-8").splitlines() if line[:1].isdigit()
    ]
    assert len(lines) == 1
    assert re.fullmatch(r"30 6 \* \* 1-5 cd \S+ && \S+/nq57kit run desk\.toml", lines[0])


def test_the_windows_task_has_the_elements_of_its_schema_in_their_order():
    """The order of sequences as Microsoft documents it: learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema."""
    root = ET.parse(FOLDER / "nq57kit-task.xml").getroot()
    assert root.tag == f"{TASK}Task"
    names = {one.tag.removeprefix(TASK): [child.tag.removeprefix(TASK) for child in one] for one in root.iter()}
    assert names["Task"] == ["RegistrationInfo", "Triggers", "Settings", "Actions"]
    assert names["CalendarTrigger"] == ["StartBoundary", "Enabled", "ScheduleByWeek"]
    assert names["Exec"] == ["Command", "Arguments", "WorkingDirectory"]
    assert [len(root.findall(f".//{TASK}{day}")) for day in ("Monday", "Friday", "Sunday")] == [1, 1, 0]


def test_the_airflow_example_is_python_with_one_task():
    calls = [
        node.func.id
        for node in ast.walk(ast.parse((FOLDER / "nq57kit_dag.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert calls.count("DAG") == calls.count("BashOperator") == 1
