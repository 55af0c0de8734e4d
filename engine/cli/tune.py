"""``tune``: a search for better settings, watched from a shell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from typing_extensions import override

from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.cli.train import RunTeller, stopping_on_signals
from engine.cli.winner import asked_of_winner, winner_options
from engine.cli.words import setting_text
from engine.errors import FoveaError
from engine.project.search_presets import PRESETS, preset
from engine.runs.events import Event
from engine.tune.events import (
    Best,
    OfTrial,
    StudyFinished,
    StudyStarted,
    TrialFinished,
    TrialStarted,
)
from engine.tune.folder import StudyFolder, create_study, find_study
from engine.tune.goals import COSTS, GOALS
from engine.tune.plan import StudyPlan
from engine.tune.words import quantity_words

if TYPE_CHECKING:
    from engine.tune.remote.address import StorageAddress

__all__ = ["run_study", "storage_option", "tune", "workers_option"]

_BUDGET = {"trials", "hours", "stop_when_unlikely"}
_GOALS = StudyPlan.param("goal").choices
_COSTS = StudyPlan.param("against").choices
_SAMPLERS = StudyPlan.param("sampler").choices
_PRUNERS = StudyPlan.param("pruner").choices


workers_option = click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(1, 64),
    default=1,
    help="Train so many trials at the same time, in processes of their own, each on a card of its "
    "own or with its share of the cores (1: in this process).",
)
"""Adds ``--workers``."""


def storage_option(*, required: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """Adds ``--storage``, which may also come from the environment: there nobody reads it."""
    return click.option(
        "--storage",
        metavar="URL",
        required=required,
        envvar="FOVEA_STORAGE",
        show_envvar=True,
        help="Where several computers share the study: postgresql://user:password@host/database, "
        "mysql://… or grpc://host:13000.",
    )


@click.command(
    short_help="Search for better settings with many runs.",
    epilog="Example: python -m engine tune cells --trials 50",
)
@folder_argument
@click.option("--trials", metavar="N", type=int, help="Settings to try at most (100).")
@click.option("--hours", metavar="H", type=float, help="Begin no trial after so many hours.")
@click.option("--goal", type=click.Choice(_GOALS), help=StudyPlan.param("goal").help)
@click.option("--against", type=click.Choice(_COSTS), help=StudyPlan.param("against").help)
@click.option("--runs", metavar="N", type=int, help=StudyPlan.param("runs").help)
@click.option(
    "--vary",
    type=click.Choice(StudyPlan.param("vary").choices),
    help=StudyPlan.param("vary").help,
)
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
@click.option(
    "--from",
    "sources",
    metavar="STUDY",
    multiple=True,
    help="Learn from an earlier study of this project (its name, or last); may be repeated.",
)
@click.option("--name", metavar="NAME", default="", help="A name for the new study.")
@click.option("--resume", metavar="STUDY", help="Go on with a study (its name, or last).")
@workers_option
@storage_option()
@click.option(
    "--restore",
    is_flag=True,
    help="With --resume: go back to the backup of the study's trials, where their file is damaged.",
)
@click.option(
    "--add",
    "added",
    metavar="ADDRESS=VALUE",
    multiple=True,
    help="With --resume: a setting of a trial that comes next, on top of the budget; may be "
    "repeated. What is left out is chosen as for any trial.",
)
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
    sources: tuple[str, ...],
    space: str | None,
    name: str,
    resume: str | None,
    workers: int,
    restore: bool,
    added: tuple[str, ...],
    device: str | None,
    storage: str | None,
    **given: Any,
) -> None:
    """Search the project DIR for better settings; the project itself is not changed.

    What is searched is chosen with python -m engine search, or by --preset. Each trial is a run
    of its own in DIR/studies/STUDY/runs. Ctrl-C stops after the step in hand; --resume goes on
    with the same trials in the same order, with another budget if --trials or --hours is given.
    With --storage other computers can help: python -m engine worker.

    The best score of a search is partly luck. --confirm trains the best trials and the project as
    it is again, with seeds that the search has not seen, and says which is better; --apply then
    writes a trial's settings into the project.
    """
    from engine.tune.remote.address import parse_address
    from engine.tune.remote.joining import begin_shared, go_on_shared

    chosen = {key: value for key, value in given.items() if value is not None}
    chosen |= {"sources": sources} if sources else {}
    others = {"resume": resume, "name": name, "preset": space, "add": added}
    given = chosen | {key: value for key, value in others.items() if value}
    done = asked_of_winner(folder, given, settings, device, out)
    if done is not None:
        context.exit(done)
    project, folder = open_project(folder, out)
    address = parse_address(storage) if storage else None
    for key, value in _pairs(settings, "--set", "NAME=VALUE"):
        chosen[key] = StudyPlan.parse(key, value)
    if resume is None:
        if added or restore:
            raise click.UsageError(
                "--add and --restore belong to a study: give them with --resume."
            )
        plan = StudyPlan(**chosen)
        searched = project.with_(search=preset(project, space)) if space else project
        _check(searched)
        if address is None:
            study = create_study(folder, searched, plan, name)
        else:
            study = begin_shared(address, folder, searched, plan, name)
    else:
        if space or name or set(chosen) - _BUDGET:
            raise click.UsageError(
                "--resume keeps the study as it is, but for --trials, --hours and "
                "--set stop_when_unlikely=on|off."
            )
        study = find_study(folder, resume)
        if restore:
            _restore(study, out)
        if added:
            _add(study, added, out)
        if chosen:
            study = study.with_budget(**{key: chosen.get(key) for key in _BUDGET})
        if address is not None:
            go_on_shared(address, study)
    try:
        end = run_study(study, folder, out, address, workers=workers, device=device)
    except FoveaError as error:
        if not added or error.code != "FV-S002":
            raise
        out.say("The study is running in another process, which takes the trial up next.")
        return
    if end.status == "paused":
        context.exit(1)


def _pairs(texts: tuple[str, ...], option: str, form: str) -> Iterator[tuple[str, str]]:
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign:
            raise click.BadParameter(f"“{text}” is not {form}.", param_hint=option)
        yield key.strip(), value


def _restore(study: StudyFolder, out: Output) -> None:
    from engine.tune.copies import restore_backup

    with study.alone():
        aside = restore_backup(study.database)
    out.say(f"The trials are as of the backup. What was there is kept as {aside.name}.")


def _add(study: StudyFolder, added: tuple[str, ...], out: Output) -> None:
    from engine.tune.adding import add_trial, read_settings

    texts = dict(_pairs(added, "--add", "ADDRESS=VALUE"))
    add_trial(study, read_settings(study.project, texts))
    out.say(f"Added to study {study.name}: {', '.join(added)}.")


def _check(project: Any) -> None:
    """Raises what keeps the project from being searched or trained, before a study is made."""
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


def run_study(
    study: StudyFolder, folder: Path, out: Output, address: StorageAddress | None, **where: Any
) -> StudyFinished:
    """Runs a study and tells it; ``address`` is the storage that other computers share."""
    from engine.train.control import Control
    from engine.tune.remote.participant import take_part
    from engine.tune.study import tune as run

    control, told, trial = Control(), False, -1
    teller = _Teller(out, study.plan)
    end: StudyFinished | None = None
    with stopping_on_signals(control):
        where |= {"control": control, "progress": out.progress}
        if address is None:
            events = run(study, folder, **where)
        else:
            events = take_part(study, folder, address, **where)
        for event in events:
            trial = event.trial if isinstance(event, TrialStarted) else trial
            line = event.to_json()
            out.result(line if "study" in line or trial < 0 else {"trial": trial} | line)
            teller.tell(event)
            trial = -1 if isinstance(event, TrialFinished) else trial
            end = event if isinstance(event, StudyFinished) else end
            if control.stopping and not told:
                told = True
                out.say("Stopping. Press Ctrl-C again to end at once.")
    assert end is not None
    return end


class _Teller:
    """Turns the events of a study into lines for people."""

    def __init__(self, out: Output, plan: StudyPlan) -> None:
        self._out = out
        self._plan = plan
        self._run = RunTeller(out, brief=True)
        self._runs: dict[int, RunTeller] = {}  # of trials that train at the same time

    def tell(self, event: Event) -> None:
        """Shows one event."""
        say = self._out.say
        if isinstance(event, StudyStarted):
            done = f", {event.done} done" if event.done else ""
            say(f"Study {event.study}: {event.trials} trials{done}.")
            for note in event.notes:
                say(note)
        elif isinstance(event, TrialStarted):
            say(f"trial {event.trial}: {_words(event.values)}")
        elif isinstance(event, TrialFinished):
            value = f" {self._value(event)}".rstrip()
            why = f": {event.why}" if event.why else ""
            say(f"trial {event.trial} {event.state}{value}{why}")
        elif isinstance(event, StudyFinished):
            self._finished(event)
        elif isinstance(event, OfTrial):
            own = RunTeller(_Named(self._out, f"trial {event.trial} "), brief=True)
            self._runs.setdefault(event.trial, own).tell(event.event)
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
        if event.best is None:
            say("No trial was completed, so there is no best one.")
        elif event.front:
            say(f"No trial beats one of these {len(event.front)} in both:")
            for one in event.front:
                self._best(f"  trial {one.trial}", one)
        else:
            self._best(f"Best: trial {event.best.trial}", event.best)

    def _best(self, head: str, best: Best) -> None:
        of = f" of study {best.borrowed.partition('/')[0]}" if best.borrowed else ""
        self._out.say(f"{head}{of}, {self._value(best)} on validation images:")
        for address, value in best.values.items():
            self._out.say(f"  --set {address}={setting_text(value)}")

    def _value(self, one: Best | TrialFinished) -> str:
        """The value as ``93.12 %``, ``93.12 ± 0.41 %`` or ``93.12 %, 1.2 ms``."""
        if one.value is None:
            return ""
        words = quantity_words(GOALS[self._plan.goal].quantity, one.value, one.spread)
        if one.against is None:
            return words
        cost = COSTS[self._plan.against].quantity
        what = f" {self._plan.against}" if cost == "count" else ""
        return f"{words}, {quantity_words(cost, one.against)}{what}"


class _Named(Output):
    """Says in front of each line whose it is; steps are left out, for trials would take turns."""

    def __init__(self, out: Output, name: str) -> None:
        super().__init__()
        self._out = out
        self._name = name

    @override
    def say(self, text: str = "") -> None:
        self._out.say(self._name + text)

    @override
    def status(self, text: str, *, last: bool = False) -> None:
        pass


def _words(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{address} {setting_text(value)}" for address, value in values.items())
