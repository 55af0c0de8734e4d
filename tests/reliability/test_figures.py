"""The short tier of figures 1, 2, 3, 11, 12, 13; the full size: ``python -m tests.reliability``."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.engine.train.tiny_project import make_project
from tests.reliability import crowd, damage, disk, isolated, kill, study, window
from tests.reliability.forked import forked, reap

pytestmark = [
    pytest.mark.slow,
    # The victims fork while nothing else computes; the pools of libraries sleep.
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]


def test_figure_1_killed_runs_resume_to_the_same_bits(tmp_path: Path) -> None:
    whole = make_project(tmp_path / "whole", epochs=2)
    kill.run_to_end(whole, tmp_path / "whole")
    expected = kill.outcome(tmp_path / "whole")
    draw, met = random.Random(5), 0
    for number in range(4):
        folder = tmp_path / f"killed{number}"
        project = make_project(folder, epochs=2)
        held = kill.survived(project, folder, expected, [draw.random() / 5, draw.random() / 5])
        assert held is not False
        met += held is True
    assert met >= 2


def test_figure_1_a_saver_in_place_fails_it(tmp_path: Path) -> None:
    """The control: it is killed amid a write, where ours keeps what was there before."""
    project = make_project(tmp_path / "whole", epochs=2)
    kill.run_to_end(project, tmp_path / "whole")
    expected = kill.outcome(tmp_path / "whole")
    folder = tmp_path / "killed"
    project = make_project(folder, epochs=2)
    with kill.saver_in_place(dies_at=7):
        child = forked(lambda: kill.run_to_end(project, folder))
        assert reap(child) == -9
        assert kill.resumed(project, folder, expected) is False


@pytest.mark.parametrize("fault", disk.FAULTS)
def test_figure_2_every_file_is_old_or_new(tmp_path: Path, fault: str) -> None:
    total = disk.points(1)
    assert total > 80
    for point in range(3, total, total // 8):
        folder = tmp_path / str(point)
        code, published = disk.struck(folder, 1, point, fault)
        assert disk.check(folder, fault, code, published) == []


def test_figure_2_the_check_sees_a_file_in_between(tmp_path: Path) -> None:
    folder = tmp_path / "cells"
    code, published = disk.struck(folder, 1, 60, "KILL")
    assert disk.check(folder, "KILL", code, published) == []
    torn = folder / "project.fovea"
    torn.write_bytes(torn.read_bytes()[:-40])
    with pytest.raises(disk.FoveaError):
        disk.check(folder, "KILL", code, published)


def test_figure_3_damage_is_noticed() -> None:
    good, bad = damage.measure(400, seed=7)
    assert bad == []
    assert good == 400


@pytest.mark.timeout(300)  # a busy machine clicks slowly
def test_figure_11_everything_is_clicked_while_it_trains(tmp_path: Path) -> None:
    """Lateness and dumps of the watchdog are for the full size: they depend on the machine."""
    from tests.reliability.acts import ACTS

    folder = window.prepare(tmp_path, "sample", runs=1)
    found = window.clicked(folder, 1.0, rounds=1, hurry=True)
    assert (found.error, found.uncaught, found.noise) == ("", [], [])
    assert set(found.done) == set(ACTS)
    assert found.steps > 0
    assert sum(map(len, found.late.values())) > 100


def test_figure_12_a_death_is_told_and_costs_nothing(tmp_path: Path) -> None:
    project = make_project(tmp_path / "whole", epochs=40)
    kill.run_to_end(project, tmp_path / "whole")
    whole = kill.outcome(tmp_path / "whole")
    mine = make_project(tmp_path / "died", epochs=40)
    held, took = isolated.died(mine, tmp_path / "died", whole, 9, 1)
    assert held
    assert took < isolated.SECONDS


@pytest.mark.parametrize(("sampler", "kills"), [("tpe", 2), ("nsga2", 1)])
def test_figure_13_killed_studies_end_as_if_nothing_had_been(
    tmp_path: Path, sampler: str, kills: int
) -> None:
    """By NSGA-II each trial is two runs, and there are two objectives."""
    project = study.prepare(tmp_path)
    whole = study.begin(tmp_path, project, "whole", sampler)
    study.run_to_end(tmp_path, "whole")
    expected, draw = study.outcome(whole), random.Random(8)
    for number in range(kills):
        killed = study.begin(tmp_path, project, f"killed{number}", sampler)
        delays = [draw.uniform(0.1, 0.9)]  # it computes for longer, so the kill meets it
        assert study.survived(killed, tmp_path, expected, delays) == ""


@pytest.mark.timeout(300)  # every worker loads torch anew
def test_figure_13_killed_workers_and_coordinators_cost_nothing(tmp_path: Path) -> None:
    project = study.prepare(tmp_path)
    whole = crowd.begin(tmp_path, project, "whole", "random")
    crowd.run_to_end(tmp_path, "whole", 1)
    killed = crowd.begin(tmp_path, project, "killed", "random")
    kills = [(0.0, True), (0.0, False)]
    known = study.outcome(whole)
    wrong, met = crowd.survived(killed, tmp_path, known, kills, 2, training=True)
    assert wrong == ""
    assert met == 2
