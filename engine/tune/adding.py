"""Trials that somebody adds by hand: put into the study's inbox, taken out between two trials."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import FoveaError, suggest
from engine.files import strict_json
from engine.files.atomic import write_json
from engine.parameter import Param
from engine.project.address import get
from engine.project.document import Project
from engine.project.searching import chosen, declared
from engine.runs.events import Notice
from engine.search.reading import read_range, written
from engine.search.records import Choice, Searched
from engine.spec import Spec
from engine.tune.folder import StudyFolder
from engine.tune.known import coded, holds
from engine.tune.ranking import ADDED

if TYPE_CHECKING:
    import optuna

__all__ = ["add_trial", "read_settings", "take_added"]

_CODE = "FV-S030"
_INBOX = "inbox"
_LIMIT = 1_000_000


def add_trial(study: StudyFolder, values: Mapping[str, Choice]) -> None:
    """Lets a study try these settings next; what is left out, its sampler chooses.

    The trial comes on top of the budget, after those that wait already. It may be called while
    the study runs, in any process: the settings go into the folder's inbox, which the study looks
    into between two trials. Raises FoveaError FV-S030 for settings that are not searched, are
    outside of their ranges, or do not exist beside the others; FV-H001 or FV-H002 for what the
    project does not take; FV-O001 when the disc refuses.
    """
    _check(study, values)
    inbox = study.path / _INBOX
    with contextlib.suppress(OSError):  # the writing says what is wrong
        inbox.mkdir(exist_ok=True)
    plain = {key: list(one) if isinstance(one, tuple) else one for key, one in values.items()}
    write_json(inbox / f"{time.time_ns():020d}-{secrets.token_hex(4)}.json", plain)


def read_settings(project: Project, texts: Mapping[str, str]) -> dict[str, Choice]:
    """Settings by address as a person types them; raises FoveaError FV-S030 or FV-H006."""
    values: dict[str, Choice] = {}
    for address, text in texts.items():
        item = declared(project, address) if project.search.get(address) is not None else None
        if item is None:
            raise _not_searched(project, address)
        choices = read_range(address, item, text).choices
        if len(choices) != 1:
            raise _refused(address, f"“{text:.80}” is not one value of {item.label}.", "")
        values[address] = choices[0]
    return values


def take_added(study: optuna.Study, folder: StudyFolder) -> Iterator[Notice]:
    """Moves what is in the inbox into the study, in the order in which it came.

    Each is there once, however often this is interrupted. A file that is none of ours is taken
    away and told.
    """
    inbox = folder.path / _INBOX
    waiting = sorted(inbox.glob("*.json")) if inbox.is_dir() else []
    known = (
        {one.user_attrs.get(ADDED) for one in study.get_trials(deepcopy=False)} if waiting else ()
    )
    for file in waiting:
        try:
            if file.stem not in known:
                values = _read(file)
                _check(folder, values)
                study.enqueue_trial(coded(values), user_attrs={ADDED: file.stem})
        except FoveaError as error:
            text = f"A trial that was added by hand is left out: {error.what} {error.why}"
            yield Notice(text.strip(), "warning")
        file.unlink(missing_ok=True)


def _read(file: Path) -> dict[str, Choice]:
    try:
        found = strict_json.loads(file.read_bytes(), limit=_LIMIT, where=str(file))
    except OSError as error:
        raise _refused(str(file), "Its file cannot be read.", str(error)) from error
    if not isinstance(found, dict):
        raise _refused(str(file), "Its file holds no settings.", "")
    return {name: tuple(one) if isinstance(one, list) else one for name, one in found.items()}


def _check(study: StudyFolder, values: Mapping[str, Choice]) -> None:
    """Raises what keeps the study from trying the settings."""
    project = study.project
    if not values:
        raise _refused("", "No setting was given.", "")
    for address, value in values.items():
        entry = project.search.get(address)
        if entry is None:
            raise _not_searched(project, address)
        if not holds(entry, value):
            why = f"The study searches {written(entry)}."
            raise _refused(address, f"“{value!s:.60}” is not among what is searched.", why)
    missing, unasked = _tried(project, values)
    for address in unasked:
        if not any(_brings(other, address) for other in missing):
            why = "What it belongs to is another one with the other settings, or switched off."
            raise _refused(address, "This setting does not exist beside the others.", why)
    if missing and study.plan.sampler == "grid":
        why = f"A grid chooses no settings beside its cells; missing: {', '.join(missing)}."
        raise _refused(missing[0], "The trial needs all settings that are searched.", why)


def _tried(project: Project, values: Mapping[str, Choice]) -> tuple[list[str], list[str]]:
    """The addresses that the trial's sampler will choose, and those given that are not asked for.

    What is left out is taken to be as the project has it; what the settings cannot be beside each
    other is raised where all of them are given.
    """
    missing: list[str] = []
    asked: set[str] = set()

    def choose(entry: Searched, _: Param) -> Choice:
        asked.add(entry.address)
        if entry.address in values:
            return values[entry.address]
        missing.append(entry.address)
        return _present(project, entry)

    try:
        chosen(project, choose)
    except FoveaError:
        if not missing:
            raise
        return missing, []
    return missing, [address for address in values if address not in asked]


def _present(project: Project, entry: Searched) -> Choice:
    """The project's own value, or any where the setting only exists beside others."""
    try:
        value = get(project, entry.address)
    except FoveaError:
        return entry.choices[0] if entry.choices else entry.low
    return value.kind if isinstance(value, Spec) else value


def _brings(other: str, address: str) -> bool:
    """Whether the choice at ``other`` decides if ``address`` exists or matters."""
    return address.startswith(f"{other.removesuffix('.on')}.")


def _not_searched(project: Project, address: str) -> FoveaError:
    known = [entry.address for entry in project.search.entries]
    error = _refused(address, f"“{address:.80}” is not searched by this study.", "")
    error.fix = suggest(address[:80], known)
    return error


def _refused(where: str, what: str, why: str) -> FoveaError:
    return FoveaError(
        _CODE,
        what,
        where=where,
        why=why,
        kept="The study is unchanged.",
        fix="Give settings that the study searches, as ADDRESS=VALUE.",
    )
