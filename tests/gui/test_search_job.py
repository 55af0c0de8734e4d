"""What a running search looks like from outside."""

from __future__ import annotations

from engine.runs.events import EpochDone, Event, RunFailed, RunStarted, StepDone
from engine.tune.events import (
    Best,
    OfTrial,
    StudyFinished,
    StudyStarted,
    TrialFinished,
    TrialStarted,
)
from gui.job import Job
from gui.search_job import SearchJob

RUN = RunStarted("t0", 2, 10, 8, 0, 80, 20, ("a", "b"), 10, "CPU", "fp32")


def after(*events: Event, maximise: bool = True) -> Job:
    job = Job(phase="starting", search=SearchJob("s", "validation loss", maximise, 10))
    for event in events:
        job = job.after(event)
    return job


def trial(number: int, value: float | None, state: str = "complete") -> list[Event]:
    done = EpochDone(2, 20, 0.5, 0.7, 0.6, 0.6, 0.01, 4.0, True)
    end = TrialFinished("s", number, state, value, f"t{number}")
    return [TrialStarted("s", number, {}), RUN, done, end]


def test_progress_counts_trials_and_the_part_of_the_one_in_hand() -> None:
    job = after(StudyStarted("s", 10, 4), TrialStarted("s", 4, {}), RUN)
    assert (job.phase, job.fraction, job.eta) == ("running", 0.4, None)
    job = job.after(StepDone(10, 1, 1.0, 0.5, 0.01, 400.0, 2.0))
    assert job.fraction == 0.45


def test_the_time_left_follows_from_trials_that_were_seen() -> None:
    job = after(StudyStarted("s", 10, 4), *trial(4, 0.5))
    assert job.eta == 5 * 4.0


def test_the_best_is_the_least_where_less_is_better() -> None:
    events = [StudyStarted("s", 10, 0), *trial(0, 0.5), *trial(1, 0.3), *trial(2, 0.9)]
    assert after(*events).search.best == 0.9
    assert after(*events, maximise=False).search.best == 0.3
    assert after(*events, *trial(3, None, "failed")).search.done == 4


def test_a_run_that_fails_is_not_the_end_of_the_search() -> None:
    failed = RunFailed("t0", "FV-T001", "It went wrong.", "", "", "", "")
    job = after(StudyStarted("s", 10, 0), TrialStarted("s", 0, {}), RUN, failed)
    assert job.error is None
    assert job.phase == "running"


def test_the_end_says_how_and_why() -> None:
    end = StudyFinished("s", "paused", 1, 0, 5, Best(0, 0.7, {}, "t0"), "Five failed.")
    job = after(StudyStarted("s", 10, 0), end)
    assert (job.ending, job.search.why, job.search.best) == ("paused", "Five failed.", 0.7)


def test_several_trials_at_a_time_share_the_time_that_is_left() -> None:
    job = Job(phase="starting", search=SearchJob("s", "validation loss", True, 10, workers=2))
    done = EpochDone(2, 20, 0.5, 0.7, 0.6, 0.6, 0.01, 4.0, True)
    half = EpochDone(1, 10, 0.5, 0.7, 0.6, 0.6, 0.01, 2.0, True)
    for event in (
        StudyStarted("s", 10, 0),
        TrialStarted("s", 0, {}),
        TrialStarted("s", 1, {}),
        OfTrial(0, RUN),
        OfTrial(0, done),
        OfTrial(1, half),
        TrialFinished("s", 0, "complete", 0.5, "t0"),
    ):
        job = job.after(event)
    assert (job.phase, job.device) == ("running", "CPU")
    assert job.eta == (4.0 * 9 - 2.0) / 2
