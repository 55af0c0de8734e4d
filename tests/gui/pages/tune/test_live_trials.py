"""Rows that follow from the events of a study, one trial at a time or several."""

from __future__ import annotations

from engine.runs.events import EpochDone, RunStarted
from engine.tune.events import OfTrial, TrialFinished, TrialStarted
from engine.tune.goals import GOALS
from engine.tune.table import TrialRow
from gui.pages.tune.live_trials import LiveTrials


def epoch(number: int, accuracy: float) -> EpochDone:
    return EpochDone(number, number * 10, 0.5, 0.7, 0.6, accuracy, 0.01, 1.0, True)


def started(run: str) -> RunStarted:
    return RunStarted(run, 2, 10, 8, 0, 80, 20, ("a", "b"), 10, "CPU", "fp32")


class Rows(dict[int, TrialRow]):
    """The rows as a page keeps them."""

    def take(self, live: LiveTrials, *events) -> None:
        self.update({row.number: row for row in live.take(events)})


def test_a_trial_grows_epoch_by_epoch_and_ends() -> None:
    rows = Rows()
    live = LiveTrials(GOALS["accuracy"], rows.get)
    rows.take(live, TrialStarted("s", 0, {"a": 1}), started("t0"), epoch(1, 0.5))
    assert (rows[0].state, rows[0].reports, rows[0].run) == ("running", ((1, 0.5),), "t0")
    rows.take(live, epoch(1, 0.5), epoch(2, 0.6))
    assert rows[0].reports == ((1, 0.5), (2, 0.6)), "an epoch that is trained again counts once"
    rows.take(live, TrialFinished("s", 0, "complete", 0.6, "t0", against=12.0))
    assert (rows[0].state, rows[0].values) == ("complete", (0.6, 12.0))
    assert rows[0].seconds is not None
    assert rows[0].settings == {"a": 1}


def test_events_of_trials_that_train_together_go_to_their_own_rows() -> None:
    rows = Rows()
    live = LiveTrials(GOALS["accuracy"], rows.get)
    rows.take(live, TrialStarted("s", 0, {}), TrialStarted("s", 1, {}))
    rows.take(live, OfTrial(0, started("t0")), OfTrial(1, started("t1")))
    rows.take(live, OfTrial(0, epoch(1, 0.5)), OfTrial(1, epoch(1, 0.7)))
    assert [rows[n].run for n in (0, 1)] == ["t0", "t1"]
    assert [rows[n].reports for n in (0, 1)] == [((1, 0.5),), ((1, 0.7),)]
    failed = TrialFinished("s", 1, "failed", None, "t1", why="The loss is not a number.")
    rows.take(live, failed)
    assert (rows[1].state, rows[1].values, rows[1].why) == (
        "failed",
        (),
        "The loss is not a number.",
    )
    assert rows[0].state == "running"
