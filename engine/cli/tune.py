"""``tune``: a search for better settings, watched from a shell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.cli.train import RunTeller, stopping_on_signals
from engine.cli.winner import asked_of_winner, winner_options
from engine.cli.words import setting_text
from engine.project.search_presets import PRESETS, preset
from engine.runs.events import Event
from engine.tune.events import StudyFinished, StudyStarted, TrialFinished, TrialStarted
from engine.tune.folder import StudyFolder, create_study, find_study
from engine.tune.plan import StudyPlan

__all__ = ["tune"]

_GOALS = StudyPlan.param("goal").choices
_SAMPLERS = StudyPlan.param("sampler").choices
_PRUNERS = StudyPlan.param("pruner").choices


@click.command(
    short_help="Search for better settings with many runs.",
    epilog="Example: python -m engine tune cells --trials 50",
)
@folder_argument
@click.option("--trials", metavar="N", type=int, help="Settings to try at most (100).")
@click.option("--hours", metavar="H", type=float, help="Begin no trial after so many hours.")
@click.option("--goal", type=click.Choice(_GOALS), help=StudyPlan.param("goal").help)
@click.option("--sampler", type=click.Choice(_SAMPLERS), help=StudyPlan.param("sampler").help)
@click.option("--pruner", type=click.Choice(_PRUNERS), help=StudyPlan.param("pruner").help)
@click.option("--seed", metavar="N", type=int, help=StudyPlan.param("seed").help)
@click.option(
    "--set",
    "settings",
    metavar="NAME=VALUE",
    multiple=True,
    help="Another setting of the search, such as keep=10 or most_parameters=500000.",
)
@click.option(
    "--preset",
    "space",
    type=click.Choice(list(PRESETS)),
    help="Search this preset instead of what search has chosen in the project.",
)
@click.option("--name", metavar="NAME", default="", help="A name for the new study.")
@click.option("--resume", metavar="STUDY", help="Go on with a study (its name, or last).")
@winner_options
@click.option("--device", metavar="auto|cpu|cuda:N", help="Where to compute.")
@json_option
@pass_output
@click.pass_context
def tune(
    context: click.Context,
    out: Output,
    folder: Path,
    settings: tuple[str, ...],
    space: str | None,
    name: str,
    resume: str | None,
    device: str | None,
    **given: Any,
) -> None:
    """Search the project DIR for better settings; the project itself is not changed.

    What is searched is chosen with python -m engine search, or by --preset. Each trial is a run
    of its own in DIR/studies/STUDY/runs. Ctrl-C stops after the step in hand; --resume goes on
    with the same trials in the same order, with another budget if --trials or --hours is given.

    The best score of a search is partly luck. --confirm trains the best trials and the project as
    it is again, with seeds that the search has not seen, and says which is better; --apply then
    writes a trial's settings into the project.
    """
    chosen = {key: value for key, value in given.items() if value is not None}
    done = asked_of_winner(folder, chosen, settings, device, out)
    if done is not None:
        context.exit(done)
    project, folder = open_project(folder, out)
    for text in settings:
        key, sign, value = text.partition("=")
        if not sign:
            raise click.BadParameter(f"“{text}” is not NAME=VALUE.", param_hint="--set")
        chosen[key.strip()] = StudyPlan.parse(key.strip(), value)
    if resume is None:
        plan = StudyPlan(**chosen)
        searched = project.with_(search=preset(project, space)) if space else project
        _check(searched)
        study = create_study(folder, searched, plan, name)
    else:
        if space or name or set(chosen) - {"trials", "hours"}:
            raise click.UsageError("--resume keeps the study as it is, but for --trials, --hours.")
        study = find_study(folder, resume).with_budget(chosen.get("trials"), chosen.get("hours"))
    if _run(study, folder, device, out).status == "paused":
        context.exit(1)


def _check(project: Any) -> None:
    """Raises what keeps the project from being searched or trained, before a study is made."""
    from engine.errors import FoveaError
    from engine.project.searching import search_problems
    from engine.train.prepare import check_project

    for problem in search_problems(project):
        raise FoveaError(
            problem.code,
            problem.message,
            where=problem.where,
            kept="Nothing was changed.",
            fix=f"{problem.fix} See python -m engine search --help.",
        )
    check_project(project)


def _run(study: StudyFolder, folder: Path, device: str | None, out: Output) -> StudyFinished:
    from engine.train.control import Control
    from engine.tune.study import tune as run

    control, told = Control(), False
    teller = _Teller(out)
    end: StudyFinished | None = None
    with stopping_on_signals(control):
        for event in run(study, folder, device=device, control=control, progress=out.progress):
            out.result(event.to_json())
            teller.tell(event)
            end = event if isinstance(event, StudyFinished) else end
            if control.stopping and not told:
                told = True
                out.say("Stopping. Press Ctrl-C again to end at once.")
    assert end is not None
    return end


class _Teller:
    """Turns the events of a study into lines for people."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._run = RunTeller(out, brief=True)

    def tell(self, event: Event) -> None:
        """Shows one event."""
        say = self._out.say
        if isinstance(event, StudyStarted):
            done = f", {event.done} done" if event.done else ""
            say(f"Study {event.study}: {event.trials} trials{done}.")
        elif isinstance(event, TrialStarted):
            say(f"trial {event.trial}: {_words(event.values)}")
        elif isinstance(event, TrialFinished):
            value = "" if event.value is None else f" {event.value:.4f}"
            why = f": {event.why}" if event.why else ""
            say(f"trial {event.trial} {event.state}{value}{why}")
        elif isinstance(event, StudyFinished):
            self._finished(event)
        else:
            self._run.tell(event)

    def _finished(self, event: StudyFinished) -> None:
        say = self._out.say
        words = {"done": "Done", "stopped": "Stopped", "paused": "Paused"}
        say(
            f"{words[event.status]}: {event.complete} trials complete, {event.pruned} ended early, "
            f"{event.failed} failed. Study {event.study}."
        )
        if event.why:
            say(event.why)
        if event.best is not None:
            say(f"Best: trial {event.best.trial}, {event.best.value:.4f} on validation images:")
            for address, value in event.best.values.items():
                say(f"  --set {address}={setting_text(value)}")
        else:
            say("No trial was completed, so there is no best one.")


def _words(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{address} {setting_text(value)}" for address, value in values.items())
