"""The learning rate range test on a tiny project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli.main import main
from engine.errors import Cancelled, FoveaError
from engine.optimizers.sgd import SGD
from engine.project.document import Project
from engine.recipe import Training
from engine.train.position import Position
from engine.train.prepare import prepare
from engine.train.tools.lr_curve import LrPoint
from engine.train.tools.lr_test import lr_test, with_rate
from engine.train.trainer import Trainer
from tests.engine.train.tools.conftest import Contents


def test_it_changes_nothing_on_disc_and_repeats_itself(
    project: Project, folder: Path, contents: Contents
) -> None:
    before = contents()
    first = lr_test(project, folder, steps=40)
    assert contents() == before
    assert lr_test(project, folder, steps=40).points == first.points
    other = project.with_(training=project.training.with_(seed=1))
    assert lr_test(other, folder, steps=40).points != first.points


def test_its_first_loss_is_that_of_the_real_training(project: Project, folder: Path) -> None:
    trainer = Trainer(prepare(project, folder, device="cpu", known={}).pieces, Position())
    trainer.step()
    (loss,) = trainer.meter.read(1).losses
    assert lr_test(project, folder, steps=20).points[0].loss == loss


def test_it_suggests_a_rate_that_trains(project: Project, folder: Path) -> None:
    told: list[LrPoint] = []
    found = lr_test(project, folder, on_point=told.append)
    assert found.suggestion is not None
    assert 1e-4 < found.suggestion < 1
    assert tuple(told) == found.points
    assert found.current == project.training.optimizer.peak
    assert found.device.startswith("CPU")


def test_stages_do_not_hide_the_whole_network(project: Project, folder: Path) -> None:
    staged = project.with_(training=project.training.with_(freeze_epochs=2, resize_from=0.5))
    plain = lr_test(project, folder, steps=30)
    assert lr_test(staged, folder, steps=30).points == plain.points


def test_steps_beyond_an_epoch_go_on_with_the_next(project: Project, folder: Path) -> None:
    small = project.with_(training=project.training.with_(batch_size=32))
    assert len(lr_test(small, folder, start=1e-7, end=1e-6, steps=20).points) == 20


def test_a_rate_far_too_high_ends_it_early(project: Project, folder: Path) -> None:
    recipe = Training(batch_size=8, optimizer=SGD(weight_decay=0.0))
    wild = project.with_(training=recipe)
    found = lr_test(wild, folder, start=1e-2, end=1e3, steps=60)
    assert found.diverged
    assert len(found.points) < 60


def test_progress_can_cancel_it(project: Project, folder: Path) -> None:
    def stop(done: int, total: int, text: str) -> None:
        if text.startswith("Learning rate") and done == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        lr_test(project, folder, steps=40, progress=stop)


@pytest.mark.parametrize("values", [{"start": 1.0, "end": 0.1}, {"start": 0.0}, {"steps": 3}])
def test_a_range_without_sense_is_refused(project: Project, folder: Path, values) -> None:
    with pytest.raises(FoveaError) as refused:
        lr_test(project, folder, **values)
    assert refused.value.code == "FV-H002"


def test_a_project_that_is_not_ready_is_refused(folder: Path) -> None:
    with pytest.raises(FoveaError) as refused:
        lr_test(Project(), folder)
    assert refused.value.code == "FV-T007"


def test_using_a_rate_changes_that_setting_alone(project: Project) -> None:
    changed = with_rate(project, 0.0123)
    assert changed.training.optimizer.peak == 0.0123
    assert with_rate(changed, project.training.optimizer.peak) == project
    with pytest.raises(FoveaError):
        with_rate(project, 1e6)


def test_the_command_prints_the_result_as_json(project: Project, folder: Path) -> None:
    result = CliRunner().invoke(main, ["lr-test", str(folder), "--steps", "60", "--json"])
    assert result.exit_code == 0, result.stderr
    (line,) = result.stdout.splitlines()
    value = json.loads(line)
    assert value["event"] == "lr_test"
    assert len(value["rates"]) == len(value["smoothed"])
    assert value["how"] in result.stderr
