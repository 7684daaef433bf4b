"""Airflow: the desk's errands once a working day, as one task; Airflow has the timer, nq57kit the timetable.

Put it in the folder of DAGs and set the two folders. Exit code 1 (a unit's file was sent back) is no failure: the page lan-chay.html in
the desk's folder of results says which file, and the next run goes on.
"""

from __future__ import annotations

import os

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

DESK = os.environ.get("NQ57_DESK_FOLDER", "/srv/nq57/ban-lam-viec")
COMMAND = os.environ.get("NQ57_COMMAND", "/srv/nq57/.venv/bin/nq57kit")

with DAG(
    dag_id="nq57kit",
    schedule="30 6 * * 1-5",
    start_date=pendulum.datetime(2027, 1, 4, tz="Asia/Ho_Chi_Minh"),
    catchup=False,
    max_active_runs=1,
) as dag:
    BashOperator(
        task_id="run",
        cwd=DESK,
        env={"PYTHONUTF8": "1", "NQ57_DESK": DESK},
        append_env=True,
        bash_command=f'"{COMMAND}" run desk.toml --day "{{{{ ds }}}}" || [ $? -eq 1 ]',
    )
