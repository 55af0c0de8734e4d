"""``tune --confirm`` and ``tune --apply``: is a study's winner better, and the project with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from engine.cli.augment.editing import edit
from engine.cli.opening import open_project
from engine.cli.output import Output
from engine.cli.train import RunTeller, stopping_on_signals
from engine.cli.words import setting_text
from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.events import Event
from engine.tune.confirm.applying import applied, evidence, suggested
from engine.tune.confirm.events import CheckFinished, CheckRunDone, CheckRunStarted, CheckStarted
from engine.tune.confirm.plan import ConfirmPlan
from engine.tune.confirm.record import Confirmation, read_confirmation
from engine.tune.confirm.words import (
    apply_words,
    goal_words,
    score_words,
    sentences,
    verdict_words,
)
from engine.tune.folder import find_study
from engine.tune.table import read_table

__all__ = ["asked_of_winner", "winner_options"]

_ALONE = "--confirm takes --best, --seeds, --set and --device, --apply nothing; only one of them."


def winner_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that :func:`asked_of_winner` reads."""
    best, seeds = ConfirmPlan.param("best"), ConfirmPlan.param("seeds")
    for option in (
        click.option(
            "--apply",
            metavar="STUDY[:TRIAL]",
            help="Write the settings of a trial into the project: the winner of the check, else "
            "the best trial, or the one of that number.",
        ),
        click.option("--seeds", metavar="N", type=int, help=f"For --confirm: {seeds.help}"),
        click.option("--best", metavar="K", type=int, help=f"For --confirm: {best.help}"),
        click.option(
            "--confirm",
            metavar="STUDY",
            help="Train the best trials of a study (its name, or last) again beside the project as "
            "it is; asked for again, it goes on.",
        ),
    ):
        command = option(command)
    return command


def asked_of_winner(
    folder: Path, chosen: dict[str, Any], settings: Sequence[str], device: str | None, out: Output
) -> int | None:
    """Does what --confirm or --apply asks for, and gives the exit code; ``None`` for neither.

    ``chosen`` are the options that were given. Raises UsageError for those that do not belong
    together.
    """
    study, trial = chosen.pop("confirm", None), chosen.pop("apply", None)
    if study is None and trial is None:
        if chosen.keys() & {"best", "seeds"}:
            raise click.UsageError("--best and --seeds belong to --confirm.")
        return None
    known = {item.name for item in ConfirmPlan.params()}
    if (study and trial) or chosen.keys() - known or (trial and (chosen or settings or device)):
        raise click.UsageError(_ALONE)
    if study is None:
        _apply(folder, str(trial), out)
        return 0
    for text in settings:
        key, sign, value = text.partition("=")
        if not sign:
            raise click.BadParameter(f"“{text}” is not NAME=VALUE.", param_hint="--set")
        chosen[key.strip()] = ConfirmPlan.parse(key.strip(), value)
    return int(_check(folder, str(study), ConfirmPlan(**chosen), device, out))


def _check(folder: Path, name: str, plan: ConfirmPlan, device: str | None, out: Output) -> bool:
    """Trains the winners of a study again beside the project; says whether the check failed."""
    project, folder = open_project(folder, out)
    study = find_study(folder, name)

    from engine.train.control import Control
    from engine.tune.confirm.running import confirm

    control, told, failed = Control(), False, False
    teller = _Teller(out)
    options: dict[str, Any] = {"project": project, "plan": plan, "device": device}
    with stopping_on_signals(control):
        for event in confirm(study, folder, control=control, progress=out.progress, **options):
            out.result(event.to_json())
            teller.tell(event)
            failed = isinstance(event, CheckFinished) and event.record.status == "failed"
            if control.stopping and not told:
                told = True
                out.say("Stopping. Press Ctrl-C again to end at once.")
    return failed


def _apply(folder: Path, text: str, out: Output) -> None:
    """Writes a trial's settings into the project: that of ``STUDY:TRIAL``, or of ``STUDY`` the
    winner of its check, else its best trial. It is done also where the evidence is against it.
    """
    name, sign, number = text.partition(":")
    if sign and not number.isdecimal():
        raise click.BadParameter(f"“{text}” is not STUDY or STUDY:TRIAL.", param_hint="--apply")
    study = find_study(open_project(folder, out)[1], name)
    table, record = read_table(study), _record(study)
    trial, words = -1, ""

    def change(project: Project) -> Project:
        nonlocal trial, words
        found = evidence(record, project)
        best = int(number) if number else suggested(table, found)
        if best is None:
            raise FoveaError(
                "FV-S020",
                f"The study “{study.name:.80}” has no trial to apply.",
                where=str(study.path),
                why="No trial was completed yet.",
                kept="The project is unchanged.",
                fix="Let the study go on until some trials are complete.",
            )
        trial, words = best, apply_words(found, best)
        return applied(project, study, table, best)

    edit(folder, out, change)
    values = next(row.settings for row in table.rows if row.number == trial)
    result = {"event": "applied", "study": study.name, "trial": trial, "values": dict(values)}
    out.result(result | {"supported": not words, "evidence": words})
    out.say(f"The project has the settings of trial {trial} of the study {study.name} now:")
    for address, value in values.items():
        out.say(f"  {address} {setting_text(value)}")
    out.say(words or f"The check of the winner supports trial {trial}.")


def _record(study: Any) -> Confirmation | None:
    try:
        return read_confirmation(study)
    except FoveaError:
        return None  # what cannot be read supports nothing, and is told so


class _Teller:
    """Turns the events of a check into lines for people."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._run = RunTeller(out, brief=True)
        self._goal = ""

    def tell(self, event: Event) -> None:
        """Shows one event."""
        say = self._out.say
        if isinstance(event, CheckStarted):
            done = f", {event.done} done" if event.done else ""
            trials = ", ".join(map(str, event.trials))
            say(f"Check of the winner of {event.study}: trials {trials} and the present project.")
            say(f"{event.runs} runs{done}, with {len(event.seeds)} seeds the search has not seen.")
        elif isinstance(event, CheckRunStarted):
            say(f"{_whose(event.trial)}, run {event.member} of {event.members}")
        elif isinstance(event, CheckRunDone):
            goal = event.record.goal
            result = f"failed: {event.why}" if event.score is None else ""
            result = result or f"{goal_words(goal)} {score_words(event.score, goal)}"
            say(f"{_whose(event.trial)}: {result} ({event.done} of {event.runs} runs done)")
        elif isinstance(event, CheckFinished):
            self._finished(event)
        else:
            self._run.tell(event)

    def _finished(self, event: CheckFinished) -> None:
        say, found = self._out.say, event.judgement
        if event.record.status == "open":
            say(f"Stopped: go on with --confirm {event.record.study}.")
        say(f"Mean {goal_words(found.goal)} of the runs, with its 95 % interval:")
        say(f"  present project: {score_words(found.present, found.goal)}")
        for row in found.candidates:
            seen = score_words(row.tuned, found.goal)
            say(f"  trial {row.trial}: {score_words(row.score, found.goal)}, in the search {seen}")
            say(f"    {verdict_words(row, found.goal)}")
        for sentence in sentences(found):
            say(sentence)
        if found.says == "better":
            say(f"Take it over with --apply {event.record.study}:{found.winner}.")


def _whose(trial: int | None) -> str:
    return "present project" if trial is None else f"trial {trial}"
