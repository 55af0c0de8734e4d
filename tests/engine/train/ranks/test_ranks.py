"""Two processes train as one does; each case is computed by one pair, started once."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.runs.listing import find_run
from engine.train.ranks.alone import ALONE
from tests.engine.train.ranks.worker import CASES, Plain, tried
from tests.engine.train.test_loop import weights
from tests.engine.train.tiny_project import make_project

ROOT = Path(__file__).resolve().parents[4]


def start(rank: int, port: int, *words: str) -> subprocess.Popen[str]:
    """One process of two, as torchrun would start it."""
    own = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2}
    own |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "OMP_NUM_THREADS": 1}
    environment = os.environ | {name: str(value) for name, value in own.items()}
    return subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """The folder of the projects that two processes trained, and what each of them found."""
    folder = tmp_path_factory.mktemp("pair")
    for name in ("whole", "parted", "failing"):
        make_project(folder / name, epochs=2, device="cpu")
    port = free_port()
    words = ("tests.engine.train.ranks.worker", str(folder))
    processes = [start(rank, port, *words) for rank in range(2)]
    said = [process.communicate(timeout=110) for process in processes]
    assert said == [("", "")] * 2
    return folder, [json.loads((folder / f"rank{rank}.json").read_text()) for rank in range(2)]


Pair = tuple[Path, list[dict[str, Any]]]


@pytest.mark.slow
@pytest.mark.parametrize("name", list(CASES))
def test_weights_and_losses_are_those_of_one_process(pair: Pair, name: str) -> None:
    one, both = tried(ALONE, Plain(), **CASES[name]), [found[name] for found in pair[1]]
    assert both[0] == both[1]
    for key in ("losses", "hits", "validation"):
        assert both[0][key] == pytest.approx(one[key], abs=1e-5)
    assert tuple(both[0]["sizes"]) == one["sizes"]
    for weight, values in one["weights"].items():
        assert both[0]["weights"][weight] == pytest.approx(values, abs=1e-5)


def test_batch_norm_and_dropout_leave_the_same_state_everywhere(pair: Pair) -> None:
    one, other = (found["norm and dropout"] for found in pair[1])
    assert one == other
    assert any(one["weights"]["model.1.running_mean"])


def test_all_processes_stop_where_the_loss_of_one_is_no_number(pair: Pair) -> None:
    assert [found["broken"] for found in pair[1]] == [[2, True]] * 2


def test_a_stopped_run_goes_on_to_the_same_bits(pair: Pair) -> None:
    folder, (first, _) = pair
    whole, stopped, rest = first["runs"]
    assert [events[-1]["status"] for events in (whole, stopped, rest)] == [
        "done",
        "stopped",
        "done",
    ]
    assert weights(folder / "parted") == weights(folder / "whole")
    assert epochs(stopped) + epochs(rest) == epochs(whole)
    assert [run.name for run in (folder / "whole" / "runs").iterdir()] == [whole[0]["run"]]
    assert any("2 processes share each batch" in note for note in whole[0]["notes"])


def epochs(events: list[dict[str, Any]]) -> list[tuple[float, ...]]:
    kept = ("epoch", "train_loss", "val_loss", "lr")
    return [tuple(e[key] for key in kept) for e in events if e["event"] == "epoch_done"]


def test_a_batch_too_small_to_share_is_refused_before_anything_changes(pair: Pair) -> None:
    error = pair[1][0]["refused"]
    assert (error["code"], error["where"]) == ("FV-T040", "training.batch_size")


def test_what_fails_in_another_process_ends_the_run_and_is_told(pair: Pair) -> None:
    folder, (first, _) = pair
    end = first["failing"][-1]
    assert (end["event"], end["status"], end["code"]) == ("run_failed", "failed", "FV-T000")
    assert "In process 2 of 2: ValueError: boom" in end["why"]
    assert str(find_run(folder / "failing", "last").path) in end["kept"]
    assert find_run(folder / "failing", "last").status == "failed"
