"""The commands without a training: help, usage, errors, doctor, later ones."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.cli import doctor
from engine.cli.main import main
from engine.cli.output import Output
from engine.cli.train import show_run
from engine.errors import FoveaError
from engine.project.store import PROJECT_FILE, create
from engine.runs.events import EpochDone, Event, Notice, RunFailed, RunFinished, RunStarted
from engine.runs.sets import SetFinished
from engine.train.control import Control
from tests.engine.project.examples import example_project
from tests.engine.train.ranks.test_shares import TORCHRUN

COMMANDS = tuple(main.commands)
LATER = ("advise", "prove", "predict")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def lines(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example: python -m engine {command}" in " ".join(result.output.split())


def test_help_starts_without_torch_and_lists_every_command() -> None:
    code = "import sys, runpy\nsys.argv = ['engine', '--help']\n"
    code += "try:\n    runpy.run_module('engine', run_name='__main__')\n"
    code += "except SystemExit as end:\n    print(end.code, 'torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.endswith("0 False\n")
    shown = [name for name in COMMANDS if not main.commands[name].hidden]
    assert all(f"\n  {command} " in found.stdout for command in shown)


@pytest.mark.parametrize("command", LATER)
def test_commands_that_are_not_built_say_so(command: str) -> None:
    result = run(command, "cells", "--trials", "5")
    assert result.exit_code == 1
    assert "FV-U001" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("paint",),
        ("check",),
        ("check", "a", "--loud"),
        ("new", "a"),
        ("new", "a", "--images", "b", "--group-by", "moon"),
        ("evaluate", "a", "--split", "train"),
        ("train", "a", "--seed", "x"),
        ("train", "a", "--resume", "last", "--set", "training.epochs=2"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Usage" in result.stderr


def test_a_setting_without_a_value_is_wrong_usage(tmp_path: Path) -> None:
    create(tmp_path, example_project())
    assert run("train", tmp_path, "--set", "training.epochs").exit_code == 2


@pytest.mark.parametrize("command", ["check", "train", "evaluate"])
def test_a_missing_project_fails_with_all_parts_and_changes_nothing(
    tmp_path: Path, command: str
) -> None:
    result = run(command, tmp_path / "nowhere", "--json")
    assert result.exit_code == 1
    for label in ("FV-P003", "where:", "why:", "kept:", "do:"):
        assert label in result.stderr
    [error] = lines(result)
    assert error["event"] == "error"
    assert error["code"] == "FV-P003"
    assert all(error[name] for name in ("what", "where", "why", "kept", "fix"))
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_names_the_address_that_was_meant(tmp_path: Path) -> None:
    create(tmp_path, example_project())
    result = run("train", tmp_path, "--set", "training.lr=0.1")
    assert result.exit_code == 1
    assert "training.optimizer.lr" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == [PROJECT_FILE]


def test_check_lists_a_lost_list_of_images_as_a_problem(tmp_path: Path) -> None:
    create(tmp_path, example_project())
    result = run("check", tmp_path, "--json")
    assert result.exit_code == 1
    [found] = lines(result)
    assert found["findings"] == []
    assert found["problems"][0]["where"] == "data.manifest"
    assert set(found["problems"][0]) == {
        *("severity", "message", "where", "fix", "code", "nodes"),
    }
    assert "error:" in result.stderr


def test_check_reads_a_damaged_project_as_an_error_that_offers_the_backup(tmp_path: Path) -> None:
    create(tmp_path, example_project())
    (tmp_path / PROJECT_FILE).rename(tmp_path / f"{PROJECT_FILE}.bak")
    (tmp_path / PROJECT_FILE).write_bytes(b'{"fovea": ')
    result = run("check", tmp_path)
    assert result.exit_code == 1
    assert "project.fovea.bak" in result.stderr
    [found] = lines(run("check", tmp_path / f"{PROJECT_FILE}.bak", "--json"))
    assert "problems" in found, "the backup was opened by its name"


def test_doctor_tells_what_is_there() -> None:
    result = run("doctor", "--json")
    assert result.exit_code == 0, result.stderr
    [facts] = lines(result)
    assert facts["missing"] == []
    assert facts["packages"]["torch"]
    assert facts["threads"] >= 1
    assert facts["folder_writable"] is True
    assert "device" in result.stderr


def test_doctor_fails_when_a_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_PACKAGES", ("torch", "no-such-package"))
    result = run("doctor")
    assert result.exit_code == 1
    assert "no-such-package is not installed" in result.stderr


_STARTED = RunStarted("r1", 2, 3, 8, 0, 24, 6, ("a", "b"), 1234, "CPU", "fp32", ("a note",))
_EPOCH = EpochDone(1, 3, 0.5, 0.75, 0.6, float("nan"), 0.01, 2.0, True)
_DONE = RunFinished("r1", "done", 1, 2, 65.0, {"val_accuracy": 0.875})
_FAILED = RunFailed("r1", "FV-T003", "It broke.", fix="Try again.")


def watched(events: Iterable[Event], capsys: pytest.CaptureFixture[str]) -> tuple[bool, str, str]:
    out = Output()
    out.json = True
    failed = show_run(events, Control(), out)
    return failed, *capsys.readouterr()


def test_a_run_is_told_in_words_and_as_events(capsys: pytest.CaptureFixture[str]) -> None:
    late = Notice("The disk is full.", "warning")
    failed, out, err = watched([_STARTED, _EPOCH, _DONE, late], capsys)
    assert not failed
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["event"] for event in events][-1] == "run_finished", "the end is the last line"
    assert events[1]["val_accuracy"] is None, "NaN is not JSON"
    for words in (
        "1,234 parameters",
        "a note",
        "epoch 1/2",
        "(kept)",
        "accuracy 75.0 %",
        "87.5 %",
        "1 min 5 s",
    ):
        assert words in err
    assert "warning: The disk is full." in err


def test_a_failed_run_says_so_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    failed, out, err = watched([_STARTED, _FAILED], capsys)
    assert failed
    assert json.loads(out.splitlines()[-1])["status"] == "failed"
    assert "It broke. [FV-T003]" in err
    assert "do: Try again." in err


def test_a_run_that_was_stopped_before_it_began_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    failed, out, err = watched([], capsys)
    assert not failed
    assert json.loads(out)["status"] == "stopped"
    assert "nothing was written" in err


def test_progress_off_a_terminal_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output()
    for done in range(1, 1001):
        out.progress(done, 1000, "Reading images")
    err = capsys.readouterr().err
    assert err.splitlines()[-1] == "Reading images: 1,000 of 1,000"
    assert len(err.splitlines()) <= 2
    assert "\r" not in err


def test_progress_on_a_terminal_rewrites_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output()
    out._live = True
    out.progress(1, 9, "Reading images")
    out.say("note")
    err = capsys.readouterr().err
    assert err.startswith("\rReading images: 1 of 9\r")
    assert err.endswith("\rnote\n")


def test_an_error_in_json_has_the_six_fields(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output()
    out.json = True
    out.fail(FoveaError("FV-U001", "What.", where="w", why="y", kept="k", fix="f"))
    assert json.loads(capsys.readouterr().out) == {
        "event": "error",
        "code": "FV-U001",
        "what": "What.",
        "where": "w",
        "why": "y",
        "kept": "k",
        "fix": "f",
    }


@pytest.mark.parametrize("command", ["evaluate", "queue", "lr-test"])
def test_under_torchrun_only_train_is_done(monkeypatch, tmp_path: Path, command: str) -> None:
    for name, value in TORCHRUN.items():
        monkeypatch.setenv(name, value)
    result = run(command, tmp_path)
    assert result.exit_code == 1
    assert "FV-T040" in result.stderr


@pytest.mark.parametrize(
    ("status", "failed"), [("done", False), ("stopped", False), ("failed", True)]
)
def test_a_set_that_did_not_go_well_fails(status: str, failed: bool) -> None:
    assert show_run([_set(status)], Control(), Output()) is failed


def test_a_set_whose_process_was_lost_fails(capsys) -> None:
    assert show_run([_set("interrupted")], Control(), Output())
    assert "A run was interrupted: 0 of 2 runs." in capsys.readouterr().err


def _set(status: str) -> SetFinished:
    return SetFinished("seeds-1", "seeds", status, 2, (), {}, {}, {}, {})
