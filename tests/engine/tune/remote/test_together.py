"""Several participants at one study: two at a database server, one behind the gRPC proxy."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from engine.processes import engine_command, engine_environment, this_process
from engine.project.store import load, save
from engine.search import Searched, SearchSpace
from engine.tune.folder import find_study
from engine.tune.remote.claiming import RETRY_OF
from engine.tune.table import read_table
from tests.engine.train.tiny_project import make_project
from tests.support import mysql, postgres
from tests.support.server import PASSWORD, QUOTED, free_port

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning"),
]

SPACE = SearchSpace((Searched("training.optimizer.lr", 1e-4, 0.1, log=True),))
TRIALS = 5
_WORDS = {"COMPLETE": "complete", "FAIL": "failed"}
BEGIN = ("--trials", str(TRIALS), "--name", "shared", "--sampler", "random", "--pruner", "none")
PROXY = """
import sys
from optuna.storages import get_storage, run_grpc_proxy_server
from engine.tune.remote.address import parse_address
run_grpc_proxy_server(parse_address(sys.argv[1]).connect(), host="127.0.0.1", port=int(sys.argv[2]))
"""

LOOK = """
import json, sys
from pathlib import Path
from engine.tune.folder import find_study
from engine.tune.remote.looking import Onlooker, address_of
study = find_study(Path(sys.argv[1]), "shared")
onlooker = Onlooker(study, address_of(study, sys.argv[2]))
onlooker.look()
trials = onlooker._found.get_trials()
print(json.dumps([[one.state.name, one.params, one.user_attrs] for one in trials]))
"""

HANG = """
import os, signal, sys
from pathlib import Path
from engine.errors import FoveaError
from engine.tune.folder import find_study
from engine.tune.remote import looking
looking._WITHIN = 3
study = find_study(Path(sys.argv[1]), "shared")
onlooker = looking.Onlooker(study, looking.address_of(study))
assert onlooker.look()
os.kill(int(sys.argv[2]), signal.SIGSTOP)
try:
    onlooker.look()
except FoveaError as error:
    print(error.code)
"""


class Participant:
    """``python -m engine`` in a process, whose lines are read while it runs."""

    def __init__(self, log: Path, *words: str) -> None:
        self.log = log
        with log.open("w") as told, log.with_suffix(".err").open("w") as said:
            self.process = subprocess.Popen(
                engine_command(*words, "--json"),
                env=engine_environment() | {"OMP_NUM_THREADS": "1"},
                stdout=told,
                stderr=said,
            )

    def told(self) -> list[dict[str, Any]]:
        whole = self.log.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def said(self) -> str:
        return self.log.read_text() + self.log.with_suffix(".err").read_text()

    def wait_for(self, kind: str) -> dict[str, Any]:
        ends = time.monotonic() + 200
        while time.monotonic() < ends:
            for one in self.told():
                if one["event"] == kind:
                    return one
            assert self.process.poll() is None, self.said()
            time.sleep(0.05)
        raise AssertionError(f"no {kind}: {self.said()}")


@pytest.fixture
def participants() -> Iterator[list[Participant]]:
    started: list[Participant] = []
    yield started
    for one in started:
        one.process.kill()
        one.process.wait()


@contextlib.contextmanager
def proxy(url: str) -> Iterator[str]:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PROXY, url, str(port)], env=engine_environment()
    ) as server:
        try:
            yield f"grpc://127.0.0.1:{port}"
        finally:
            server.kill()


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(serve, id=name, marks=pytest.mark.skipif(bool(lack), reason=lack))
        for serve, name, lack in (
            (postgres.postgres, "postgres", postgres.missing()),
            (mysql.mysql, "mysql", mysql.missing()),
        )
    ],
)
def test_three_finish_one_study_and_make_good_the_loss_of_one(
    server: Callable[[], AbstractContextManager[str]],
    tmp_path: Path,
    participants: list[Participant],
) -> None:
    places = [tmp_path / name for name in ("one", "two", "three")]
    for place in places:
        place.mkdir()
    project = make_project(places[0] / "p", epochs=150).with_(search=SPACE)
    save(places[0] / "p", project, expect_digest=load(places[0] / "p").digest)
    for place in places[1:]:
        shutil.copytree(places[0] / "p", place / "p")
        shutil.copy(places[0] / "p.npz", place / "p.npz")

    def start(place: Path, command: str, url: str, *words: str) -> Participant:
        words = (command, str(place / "p"), "--storage", url, *words)
        participants.append(Participant(place / "told.jsonl", *words))
        return participants[-1]

    with server() as url, proxy(url) as behind:
        first = start(places[0], "tune", url, *BEGIN)
        first.wait_for("study_started")
        victim, third = start(places[1], "worker", url), start(places[2], "worker", behind)
        lost = victim.wait_for("epoch_done")["trial"]
        victim.process.kill()
        for one in (first, third):
            assert one.process.wait() == 0, one.said()
        looked = subprocess.run(  # a test may not connect itself
            [sys.executable, "-W", "ignore", "-c", LOOK, str(places[1] / "p"), PASSWORD],
            env=engine_environment(),
            capture_output=True,
            check=True,
        )
    states, params, attributes = zip(*json.loads(looked.stdout), strict=True)
    assert states.count("COMPLETE") == TRIALS, attributes
    assert states.count("FAIL") == 1
    assert len(states) == TRIALS + 1
    (again,) = (number for number, one in enumerate(attributes) if RETRY_OF in one)
    assert attributes[again][RETRY_OF] == lost
    assert params[again] == params[lost]
    assert "gone" in attributes[lost]["why"]
    ends = [
        one for each in (first, third) for one in each.told() if one["event"] == "trial_finished"
    ]
    assert sorted(one["trial"] for one in ends) == sorted({*range(TRIALS + 1)} - {lost})
    for each, place in ((first, places[0]), (third, places[2])):
        mine = {one["run"] for one in each.told() if one["event"] == "trial_finished"}
        runs = place / "p/studies/shared/runs"
        assert mine == {run.name for run in runs.iterdir()}
        best, here = each.told()[-1]["best"], f"trial-{first.told()[-1]['best']['trial']:05d}"
        assert best["values"] == first.told()[-1]["best"]["values"]
        assert best["run"] == (here if here in mine else "")  # another computer may have it
    tables = [read_table(find_study(place / "p", "shared")).rows for place in places]
    for rows in tables:  # the victim's too: it was looked at afterwards
        assert [row.state for row in rows] == [_WORDS[state] for state in states]
        assert [row.settings for row in rows] == list(params)
        assert {row.worker for row in rows} == {this_process().host}
        assert [row.values for row in rows] == [row.values for row in tables[0]]
        assert all(row.begun < row.ended for row in rows if row.state == "complete")
    secrets = (PASSWORD.encode(), QUOTED.encode())
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.suffix in (".json", ".jsonl", ".err", ".fovea", ".db"):
            assert not any(secret in path.read_bytes() for secret in secrets), path


def test_without_a_database_one_computer_serves_the_studies(
    tmp_path: Path, participants: list[Participant]
) -> None:
    project = make_project(tmp_path / "p", epochs=1).with_(search=SPACE)
    save(tmp_path / "p", project, expect_digest=load(tmp_path / "p").digest)
    shutil.copytree(tmp_path / "p", tmp_path / "other")
    port, file = free_port(), tmp_path / "studies.db"
    url = f"grpc://127.0.0.1:{port}"
    with subprocess.Popen(
        engine_command("serve-studies", str(file), "--host", "127.0.0.1", "--port", str(port)),
        env=engine_environment(),
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            words = ("--storage", url)
            first = Participant(tmp_path / "1.jsonl", "tune", str(tmp_path / "p"), *words, *BEGIN)
            participants.append(first)
            first.wait_for("study_started")
            other = Participant(tmp_path / "2.jsonl", "worker", str(tmp_path / "other"), *words)
            participants.append(other)
            for one in (first, other):
                assert one.process.wait() == 0, one.said()
            hung = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", HANG, str(tmp_path / "p"), str(server.pid)],
                env=engine_environment(),
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert hung.stdout == "FV-S042\n", hung.stderr
        finally:
            server.kill()
    last = first.told()[-1]
    assert (last["status"], last["complete"]) == ("done", TRIALS)
    assert file.exists()
