"""Row H07 of the fault table: settings that were changed after a checkpoint exists."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from engine.cli.main import main
from engine.optimizers.adam import AdamW
from engine.project.document import Project
from engine.project.store import save
from engine.runs.events import EpochDone, Event, Notice, RunFinished, RunStarted
from engine.runs.folder import RunFolder
from engine.runs.listing import find_run, list_runs
from engine.train import Control, train
from tests.engine.train.tiny_project import make_project


def stopped(folder: Path) -> Project:
    """A project with a run that was stopped after its first epoch."""
    project = make_project(folder)
    control = Control()
    for event in train(project, folder, control=control):
        if isinstance(event, EpochDone):
            control.stop()
    assert find_run(folder, "last").status == "stopped"
    return project


def told(events: list[Event]) -> Notice:
    [found] = [e for e in events if isinstance(e, Notice) and e.details]
    return found


def test_resume_lists_every_difference_and_goes_on_as_the_run_began(tmp_path: Path) -> None:
    project = stopped(tmp_path / "p")
    recipe = project.training.with_(epochs=99, seed=7, optimizer=AdamW(lr=0.01), clip_norm=2.0)
    changed = project.with_(training=recipe)
    events = list(train(changed, tmp_path / "p", resume="last"))
    notice = told(events)
    assert notice.details == (
        "training.clip_norm: null in the run, 2.0 now",
        "training.epochs: 3 in the run, 99 now",
        "training.optimizer.lr: 0.003 in the run, 0.01 now",
        "training.seed: 0 in the run, 7 now",
    )
    assert "training.epochs" in notice.text
    assert "start a new run" in notice.text
    assert isinstance(events[-1], RunFinished)
    assert events[-1].epochs_done == 3
    own = RunFolder(find_run(tmp_path / "p", "last").path).read_project()
    assert own == project.to_json()


def test_many_differences_are_counted_in_the_sentence_and_listed_whole(tmp_path: Path) -> None:
    project = stopped(tmp_path / "p")
    other = {"kind": "sgd", "momentum": 0.5, "weight_decay": 0.1}
    settings = project.training.to_json() | {"optimizer": other, "epochs": 9, "seed": 3}
    settings |= {"batch_size": 4, "clip_norm": 1.0}
    changed = project.with_(training=type(project.training).from_json(settings))
    notice = told(list(train(changed, tmp_path / "p", resume="last")))
    assert len(notice.details) > 8
    assert f"and {len(notice.details) - 8} more" in notice.text


def test_without_a_change_nothing_is_said(tmp_path: Path) -> None:
    project = stopped(tmp_path / "p")
    events = list(train(project, tmp_path / "p", resume="last"))
    assert not [e for e in events if isinstance(e, Notice) and "differ" in e.text]


def test_the_other_choice_is_a_new_run_with_the_new_settings(tmp_path: Path) -> None:
    project = stopped(tmp_path / "p")
    before = find_run(tmp_path / "p", "last")
    changed = project.with_(training=project.training.with_(epochs=2))
    started, *_ = train(changed, tmp_path / "p")
    assert isinstance(started, RunStarted)
    assert (started.step, started.epochs) == (0, 2)
    old, new = list_runs(tmp_path / "p")
    assert old == before
    assert new.differing == {"training.epochs": ("3", "2")}


def test_the_command_line_prints_the_list(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    project = stopped(folder)
    changed = project.with_(training=project.training.with_(epochs=99))
    save(folder, changed, expect_digest=None)
    result = CliRunner().invoke(main, ["train", str(folder), "--resume", "last"])
    assert result.exit_code == 0
    assert "  training.epochs: 3 in the run, 99 now" in result.stderr.splitlines()
