"""new, check, train, Ctrl-C, resume and evaluate in real processes on a few small images."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

_QUICK = ("--set", "training.batch_size=8", "--set", "data.size=16", "--device", "cpu")


def engine(*arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-m", "engine", *(str(argument) for argument in arguments))


def run(*arguments: object) -> list[Any]:
    done = subprocess.run(engine(*arguments), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Two classes of thirty images of 16 x 16 pixels that brightness tells apart."""
    chance = np.random.default_rng(5)
    for name, base in (("dark", 20), ("light", 140)):
        folder = tmp_path / "images" / name
        folder.mkdir(parents=True)
        for number in range(30):
            pixels = chance.integers(base, base + 90, (16, 16, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f"{number}.png")
    return tmp_path / "images"


def interrupted(project: Path) -> list[Any]:
    """The events of a long run that gets Ctrl-C after its first epoch."""
    command = engine(
        "train", project, "--set", "training.epochs=400", "--seed", 3, *_QUICK, "--json"
    )
    events: list[Any] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        for line in child.stdout:
            events.append(json.loads(line))
            if events[-1]["event"] == "epoch_done" and events[-1]["epoch"] == 1:
                os.kill(child.pid, signal.SIGINT)
        assert child.wait() == 0
    return events


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT to one process, which Windows cannot")
def test_from_images_to_an_evaluated_model(tmp_path: Path, images: Path) -> None:
    project = tmp_path / "project"
    [made] = run("new", project, "--images", images, "--template", "small_cnn", "--json")
    assert (made["images"], made["classes"]) == (60, ["dark", "light"])
    [checked] = run("check", project, "--json")
    assert set(checked) == {"problems", "findings"}
    saved = (project / "project.fovea").read_bytes()

    events = interrupted(project)
    assert events[-1]["event"] == "run_finished"
    assert events[-1]["status"] == "stopped"
    first = events[-1]["run"]
    snapshot = json.loads((project / "runs" / first / "project.json").read_bytes())
    assert snapshot["training"]["seed"] == 3
    assert snapshot["training"]["epochs"] == 400

    resumed = run_until_epoch(project, first, events[-1]["epochs_done"] + 2)
    assert resumed[0]["event"] == "run_started"
    assert resumed[0]["run"] == first
    assert resumed[0]["step"] > 0

    finished = run("train", project, "--set", "training.epochs=2", *_QUICK, "--json")[-1]
    assert finished["status"] == "done"
    assert finished["run"] != first
    assert 0 <= finished["metrics"]["val_accuracy"] <= 1

    [result] = run("evaluate", project, "--run", finished["run"], "--split", "test", "--json")
    wanted = {"accuracy", "balanced_accuracy", "auc", "n", "per_class", "confusion"}
    assert wanted <= set(result)
    assert result["n"] == sum(map(sum, result["confusion"]))
    command = engine("evaluate", project, "--run", finished["run"], "--split", "test")
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert f"accuracy {100 * result['accuracy']:.1f} % (95 % interval" in told
    assert (project / "project.fovea").read_bytes() == saved


def run_until_epoch(project: Path, name: str, epoch: int) -> list[Any]:
    """The events of a resumed run up to an epoch, where the process is killed."""
    events: list[Any] = []
    command = engine("train", project, "--resume", name, "--json")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        for line in child.stdout:
            events.append(json.loads(line))
            if events[-1]["event"] == "epoch_done" and events[-1]["epoch"] >= epoch:
                child.kill()
                break
    return events
