"""``weights``: import with a report, refusal, clearing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from engine.cli.main import main
from engine.compile.module import compile_model
from engine.project.document import Project
from engine.project.store import load
from engine.runs.folder import RunFolder
from engine.runs.listing import find_run
from tests.engine.train.tiny_project import make_project


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tiny"


@pytest.fixture
def project(folder: Path) -> Project:
    return make_project(folder, epochs=1)


def state(project: Project) -> dict[str, torch.Tensor]:
    return dict(compile_model(project.model, project.frame(), seed=42).state_dict())


def test_load_train_and_clear(folder: Path, project: Project) -> None:
    path = folder.parent / "given.pth"
    torch.save({"state_dict": state(project)}, path)
    done = run("weights", folder, "--from", path, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["report"]["complete"] is True
    saved = load(folder).project
    assert saved.start is not None
    assert told["start"]["sha256"] == saved.start.sha256
    assert "given.pth" in run("weights", folder).stderr
    path.unlink()
    trained = run("train", folder, "--set", "model.stem.lr_factor=0")
    assert trained.exit_code == 0, trained.output
    settings = RunFolder(find_run(folder, "last").path).read_project()
    assert settings["start"]["source"] == "given.pth"
    assert "Frozen: stem" in trained.stderr
    cleared = run("weights", folder, "--clear", "--json")
    assert json.loads(cleared.stdout) == {"start": None}
    assert load(folder).project == project


def test_what_does_not_fit_is_refused_with_its_table(folder: Path, project: Project) -> None:
    given = state(project)
    del given["stem.bias"]
    path = folder.parent / "given.pth"
    torch.save(given, path)
    refused = run("weights", folder, "--from", path)
    assert refused.exit_code == 1
    assert "FV-M014" in refused.stderr
    assert "not in the file: stem.bias" in refused.stderr
    assert "--partial" in refused.stderr
    assert load(folder).project == project
    assert run("weights", folder, "--from", path, "--partial").exit_code == 0
    start = load(folder).project.start
    assert start is not None
    assert "stem" not in start.by_node


def test_from_and_clear_exclude_each_other(folder: Path, project: Project) -> None:
    assert run("weights", folder, "--from", "a.pth", "--clear").exit_code == 2


def test_a_file_with_code_is_refused(folder: Path, project: Project, unpickled: list[str]) -> None:
    path = folder.parent / "model.pth"
    torch.save(torch.nn.Linear(2, 2), path)
    refused = run("weights", folder, "--from", path, "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["code"] == "FV-M013"
    assert unpickled == []
