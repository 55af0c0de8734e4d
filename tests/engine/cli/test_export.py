"""``export`` writes models as code and says what it cannot write yet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.cli.main import main
from engine.codegen.model import model_code
from engine.graph.records import Graph
from engine.project.store import create, load, save
from engine.runs.folder import RunFolder
from tests.engine.project.examples import example_project


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["export", *(str(argument) for argument in arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "cells"
    made.mkdir()
    create(made, example_project())
    return made


def test_code_of_the_projects_model(folder: Path, tmp_path: Path) -> None:
    project, out = example_project(), tmp_path / "model.py"
    result = run(folder, "--format", "code", "--out", out, "--json")
    assert result.exit_code == 0, result.stderr
    assert out.read_text(encoding="utf-8") == model_code(project.model, project.frame())
    assert json.loads(result.stdout) == {"format": "code", "path": str(out), "run": None}
    assert "Written" in result.stderr


def test_code_of_a_runs_model(folder: Path, tmp_path: Path) -> None:
    project, out = example_project(), tmp_path / "model.py"
    made = RunFolder.create(folder)
    facts: dict[str, Any] = {"project": project.name}
    made.write_project(project.to_json())
    made.begin(facts)
    made.end("finished")
    save(folder, project.with_(model=Graph()), expect_digest=load(folder).digest)
    refused = run(folder, "--format", "code", "--out", out)
    assert (refused.exit_code, "FV-M002" in refused.stderr) == (1, True)
    assert not out.exists()
    result = run(folder, "--format", "code", "--out", out, "--run", made.id)
    assert result.exit_code == 0, result.stderr
    assert out.read_text(encoding="utf-8") == model_code(project.model, project.frame())


@pytest.mark.parametrize("form", ["onnx", "pt2", "weights"])
def test_other_forms_say_that_they_are_not_there(folder: Path, tmp_path: Path, form: str) -> None:
    result = run(folder, "--run", "best", "--format", form, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "FV-U001" in result.stderr
    assert result.stdout == ""


def test_wrong_usage(folder: Path) -> None:
    assert run(folder, "--format", "code").exit_code == 2
    assert run(folder, "--out", "x").exit_code == 2
    assert run(folder, "--format", "java", "--out", "x").exit_code == 2
