"""The subcommand worker, and the page that tells how to use it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli.main import main
from engine.project.store import load, save
from engine.search import Searched, SearchSpace
from tests.engine.train.tiny_project import make_project

HELP = Path(__file__).parents[3] / "resources" / "help" / "tuning-on-several-machines.md"


def test_the_help_page_names_commands_and_options_that_exist() -> None:
    lines = re.findall(r"python -m engine (.+)", HELP.read_text(encoding="utf-8"))
    assert len(lines) >= 6
    for line in lines:
        name, *words = line.split()
        known = {one for each in main.commands[name].params for one in each.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


@pytest.mark.parametrize(
    ("storage", "said"),
    [("nowhere", "not the address of a storage"), (None, "--storage")],
)
def test_it_needs_a_storage(tmp_path: Path, storage: str | None, said: str) -> None:
    project = make_project(tmp_path / "p", epochs=1)
    space = SearchSpace((Searched("training.optimizer.lr", 1e-4, 0.1, log=True),))
    searched = project.with_(search=space)
    save(tmp_path / "p", searched, expect_digest=load(tmp_path / "p").digest)
    words = ["worker", str(tmp_path / "p")]
    result = CliRunner().invoke(main, words + (["--storage", storage] if storage else []))
    assert result.exit_code == (1 if storage else 2)
    assert said in result.stderr


def test_the_storage_may_come_from_the_environment(tmp_path: Path) -> None:
    make_project(tmp_path / "p", epochs=1)
    result = CliRunner().invoke(
        main, ["worker", str(tmp_path / "p")], env={"FOVEA_STORAGE": "ftp://me:hush@host"}
    )
    assert "not the address of a storage" in result.stderr
    assert "hush" not in result.stderr
