"""Beginning a study on a storage, and joining one that another computer has begun there."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import FoveaError, suggest
from engine.project.document import Project
from engine.tune.borrowing import begin_study
from engine.tune.folder import StudyFolder, create_study, find_study, studies_dir
from engine.tune.goals import GOALS
from engine.tune.plan import StudyPlan
from engine.tune.remote.address import StorageAddress, explained
from engine.tune.remote.content import content_of, with_local_images
from engine.tune.remote.publishing import (
    Published,
    is_published,
    publish,
    read_published,
    write_budget,
)
from engine.tune.storage import directions, quiet

if TYPE_CHECKING:
    import optuna

__all__ = ["begin_shared", "go_on_shared", "join"]


def begin_shared(
    address: StorageAddress, project_dir: Path, project: Project, plan: StudyPlan, name: str = ""
) -> StudyFolder:
    """A new study, here and on the storage; see :func:`engine.tune.folder.create_study`.

    Raises FoveaError FV-S042 when the storage does not answer, and FV-S043 when it has a study of
    that name.
    """
    content = content_of(project_dir, project.data)
    storage = address.connect()
    folder = create_study(project_dir, project, plan, name, address.shown)
    try:
        quiet()
        with explained(address):
            study = _new(storage, folder, address)
            begin_study(study, folder, project_dir)
            publish(study, Published(folder.name, project, plan, content))
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise
    return folder


def _new(
    storage: optuna.storages.BaseStorage, folder: StudyFolder, address: StorageAddress
) -> optuna.Study:
    import optuna

    plan = folder.plan
    sought = directions(maximise=GOALS[plan.goal].maximise, weighed=plan.against != "none")
    try:
        return optuna.create_study(storage=storage, study_name=folder.name, directions=sought)
    except optuna.exceptions.DuplicatedStudyError:
        raise FoveaError(
            "FV-S043",
            f"The storage has a study “{folder.name}” already.",
            where=address.shown,
            why="Every study there has its own name.",
            kept="Nothing was changed.",
            fix=f"Choose another with --name, or join it: python -m engine worker DIR "
            f"--storage URL --study {folder.name}",
        ) from None


def go_on_shared(address: StorageAddress, folder: StudyFolder) -> None:
    """Tells the storage the budget of a study that goes on; raises FoveaError FV-S042, FV-S003."""
    import optuna

    if not folder.storage:
        raise FoveaError(
            "FV-S047",
            "The trials of this study are in its folder, not on a storage.",
            where=str(folder.path),
            why="It was begun without --storage.",
            kept="Nothing was changed.",
            fix="Go on without --storage, or begin a new study with it.",
        )
    storage = address.connect()
    quiet()
    with explained(address):
        try:
            study = optuna.load_study(storage=storage, study_name=folder.name)
        except KeyError:
            raise _no_study(folder.name, [], address) from None
        write_budget(study, folder.plan.trials)


def join(address: StorageAddress, project_dir: Path, own: Project, name: str = "") -> StudyFolder:
    """A study of the storage, with a folder in this project for the runs of this computer.

    ``own`` is this computer's project, which says where its images are; ``name`` may be left out
    where there is one study. Raises FoveaError FV-S042 when the storage does not answer, FV-S003
    for a name that is not there, FV-S044 when the images differ, FV-S045 when the study cannot be
    read, and FV-S001 when this project has another study of that name.
    """
    name, attributes = _found(address, name)
    published = read_published(name, attributes, address.shown)
    project = with_local_images(published.project, published.content, own, project_dir)
    if not (studies_dir(project_dir) / name).exists():
        return create_study(project_dir, project, published.plan, name, address.shown)
    known = find_study(project_dir, name)
    same = known.plan == published.plan.with_(trials=known.plan.trials)
    if not (known.storage and same and known.project == project):
        raise FoveaError(
            "FV-S001",
            f"This project has another study “{name}”.",
            where=str(known.path),
            why="It searches something else, or its trials are not on a storage.",
            kept="Nothing was changed.",
            fix="Rename that folder, or join with a copy of the project.",
        )
    return replace(known, plan=published.plan)


def _found(address: StorageAddress, name: str) -> tuple[str, dict[str, object]]:
    storage = address.connect()
    with explained(address):
        try:
            studies = [one for one in storage.get_all_studies() if is_published(one.user_attrs)]
        except (ValueError, RecursionError, KeyError, TypeError) as error:
            raise FoveaError(
                "FV-S045",
                "The studies of the storage cannot be read.",
                where=address.shown,
                why=f"{type(error).__name__}: {str(error)[:200]}",
                kept="Nothing was changed.",
                fix="Use a storage that only Optuna has written to.",
            ) from error
    known = {one.study_name: one.user_attrs for one in studies}
    if not name and len(known) == 1:
        name = next(iter(known))
    if name not in known:
        raise _no_study(name, list(known), address)
    return name, known[name]


def _no_study(name: str, names: list[str], address: StorageAddress) -> FoveaError:
    what = f"The storage has no study “{name:.80}”." if name else "Which study is to be joined?"
    what = what if names else "There is no such study of Fovea's on the storage."
    return FoveaError(
        "FV-S003",
        what,
        where=address.shown,
        why=f"It has {len(names)} studies." if len(names) != 1 else "It has one of another name.",
        kept="Nothing was changed.",
        fix=f"Name one with --study. {suggest(name[:80], names)}"
        if names
        else "Begin one with python -m engine tune DIR --storage URL.",
    )
