"""A study on a storage from its beginning to its end, in one process: the storage is a file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import optuna
import pytest

from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.events import EpochDone, Event
from engine.runs.listing import list_runs
from engine.search import Searched, SearchSpace
from engine.train.control import Control
from engine.tune.events import StudyFinished, TrialFinished, TrialStarted
from engine.tune.folder import StudyFolder, find_study
from engine.tune.plan import StudyPlan
from engine.tune.remote import claiming, participant
from engine.tune.remote.address import StorageAddress
from engine.tune.remote.joining import begin_shared, go_on_shared, join
from engine.tune.remote.participant import take_part
from engine.tune.study import tune
from engine.tune.table import read_table
from tests.engine.train.tiny_project import make_project

SPACE = SearchSpace(
    (
        Searched("training.optimizer.lr", 1e-4, 0.1, log=True),
        Searched("training.batch_size", choices=(4, 8)),
    )
)
PLAN = StudyPlan(trials=3, startup=2, sampler="random", pruner="none")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Project]:
    """A tiny project on disc, its images decoded."""
    folder = tmp_path_factory.mktemp("tiny") / "p"
    return folder, make_project(folder, epochs=2).with_(search=SPACE)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[StorageAddress]:
    """A storage that needs no server."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    opened: list[Any] = []
    usual = StorageAddress.connect

    def connect(self: StorageAddress) -> optuna.storages.BaseStorage:
        opened.append(usual(self))
        return opened[-1]

    with mock.patch.object(StorageAddress, "connect", connect):
        yield StorageAddress("file://shared", "sqlite", f"sqlite:///{tmp_path / 'shared.db'}", "")
    for storage in opened:
        storage.remove_session()
        storage._backend.engine.dispose()


def run(study: StudyFolder, address: StorageAddress, **more: Any) -> list[Event]:
    return list(take_part(study, study.path.parent.parent, address, threads=1, **more))


def told(events: list[Event]) -> list[tuple[Any, ...]]:
    ends = [event for event in events if isinstance(event, TrialFinished)]
    return [(end.trial, end.state, end.value, dict(end.values)) for end in ends]


def begin(
    ready: tuple[Path, Project], address: StorageAddress, name: str, **changes: Any
) -> StudyFolder:
    return begin_shared(address, *ready, PLAN.with_(**changes), name)


def elsewhere(ready: tuple[Path, Project], tmp_path: Path) -> Path:
    """Another computer: the same images in another place, and no studies."""
    place = tmp_path / "elsewhere" / "p"
    shutil.copytree(ready[0], place, ignore=shutil.ignore_patterns("studies", "cache"))
    shutil.copy(ready[0].parent / "p.npz", place.parent / "p.npz")
    return place


def test_it_begins_with_the_project_and_ends_with_the_budget(
    ready: tuple[Path, Project], address: StorageAddress
) -> None:
    study = begin(ready, address, "whole")
    events = run(study, address)
    assert [number for number, *_ in told(events)] == [0, 1, 2]
    own = ready[1].training
    assert told(events)[0][3]["training.batch_size"] == own.batch_size
    assert isinstance(events[-1], StudyFinished)
    assert (events[-1].status, events[-1].complete) == ("done", 3)
    assert [one.id for one in list_runs(study.path)] == [f"trial-{n:05d}" for n in range(3)]
    assert told(run(study, address)) == []
    rows = [(row.number, row.state, *row.values, row.settings) for row in read_table(study).rows]
    assert rows == told(events)  # whoever looks at the folder needs no storage
    more = find_study(ready[0], "whole").with_budget(4, None)
    go_on_shared(address, more)
    assert [number for number, *_ in told(run(more, address))] == [3]
    with pytest.raises(FoveaError) as caught:
        list(tune(more, ready[0]))
    assert caught.value.code == "FV-S047"


def test_another_computer_joins_with_its_own_images(
    ready: tuple[Path, Project], address: StorageAddress, tmp_path: Path
) -> None:
    begin(ready, address, "joined")
    place = elsewhere(ready, tmp_path)
    moved = (place.parent / "p.npz").rename(place.parent / "moved.npz")
    own = ready[1].with_(data=ready[1].data.with_(source=f"../{moved.name}"), name="mine")
    joined = join(address, place, own)
    assert joined.project.search == SPACE
    assert joined.project.data.source == "../moved.npz"
    assert len(told(run(joined, address))) == 3
    assert len(list_runs(joined.path)) == 3
    assert join(address, place, own).path == joined.path  # and again
    rows = read_table(joined).rows
    assert [row.worker for row in rows] == [claiming.this_process().host] * 3
    assert {row.run for row in rows} == {one.id for one in list_runs(joined.path)}
    facts = json.loads((joined.path / "study.json").read_text())
    assert facts["storage"] == "file://shared"
    for asked, code in (("nothing", "FV-S003"), ("../out", "FV-S003")):
        with pytest.raises(FoveaError) as caught:
            join(address, place, own, asked)
        assert caught.value.code == code


def test_other_images_are_refused_and_said_to_differ(
    ready: tuple[Path, Project], address: StorageAddress, tmp_path: Path
) -> None:
    begin(ready, address, "strict")
    place = elsewhere(ready, tmp_path)
    manifest = place / "data" / f"{ready[1].data.manifest}.json"
    classes = ["some", *json.loads(manifest.read_text())["classes"][1:]]
    for change, said in (
        ({"classes": classes}, "The classes are some, "),
        ({"items": {"sha256": "0" * 64}}, "another content"),
        ({"items": {"group": "g"}}, "names, order, groups or splits"),
    ):
        facts = json.loads(manifest.read_text())
        if "items" in change:
            for name, value in change["items"].items():
                facts["items"][name][0] = value
        else:
            facts |= change
        assert said in refused(address, place, ready[1], facts)
    facts = json.loads(manifest.read_text())
    facts["items"] = {name: column[1:] for name, column in facts["items"].items()}
    assert "89 images here and 90 in the study" in refused(address, place, ready[1], facts)


def refused(address: StorageAddress, place: Path, project: Project, facts: Any) -> str:
    """Why a project with such a list of images may not join."""
    from engine.files.hashing import sha256_bytes

    data = json.dumps(facts).encode()
    digest = sha256_bytes(data)
    (place / "data" / f"{digest}.json").write_bytes(data)
    own = project.with_(data=project.data.with_(manifest=digest))
    with pytest.raises(FoveaError) as caught:
        join(address, place, own)
    assert caught.value.code == "FV-S044"
    assert not (place / "studies").exists()
    return caught.value.why


def test_a_stop_gives_the_trial_back_and_it_goes_on_from_its_checkpoint(
    ready: tuple[Path, Project], address: StorageAddress
) -> None:
    expected = told(run(begin(ready, address, "uninterrupted"), address))
    study, control, first = begin(ready, address, "stopped"), Control(), []
    for event in take_part(study, ready[0], address, control=control, threads=1):
        first.append(event)
        if isinstance(event, EpochDone):
            control.stop()
    assert isinstance(event, StudyFinished)
    assert event.status == "stopped"
    assert told(first) + told(run(study, address)) == expected


def test_a_trial_that_this_computer_lost_goes_on_here(
    ready: tuple[Path, Project], address: StorageAddress
) -> None:
    """What kill -9 leaves: a trial that runs for ever, and a run with a checkpoint."""
    expected = told(run(begin(ready, address, "unhurt"), address))
    study = begin(ready, address, "hurt")
    events = take_part(study, ready[0], address, threads=1)
    with mock.patch.object(participant._Participant, "_leave"):
        for event in events:
            if isinstance(event, EpochDone):
                break
        events.close()
    gone = {"host": claiming.this_process().host, "pid": 2**22 + 1, "started": ""}
    storage = address.connect()
    storage.set_trial_user_attr(storage.get_all_trials(2)[0]._trial_id, claiming.OWNER, gone)
    later = told(run(study, address))
    assert later[0] == (1, *expected[0][1:])  # under a new number, with the old settings
    assert {one.id for one in list_runs(study.path)} == {f"trial-{n:05d}" for n in (1, 2, 3)}


def test_a_trial_that_was_taken_for_lost_counts_once(
    ready: tuple[Path, Project], address: StorageAddress
) -> None:
    study, said = begin(ready, address, "late", trials=1), []
    for event in take_part(study, ready[0], address, threads=1):
        said.append(event)
        if isinstance(event, TrialStarted) and event.trial == 0:
            claims = claiming.Claims(
                optuna.load_study(storage=address.connect(), study_name="late"), lambda: 1, 0.0
            )
            claims.retry_lost(set())
            claims.retry_lost(set())
    assert [(end[0], end[1]) for end in told(said)] == [(0, "failed"), (1, "complete")]


@pytest.mark.parametrize(
    "attributes",
    [
        {"fovea:parts": "2"},
        {"fovea:parts": 10**9},
        {"fovea:parts": 2, "fovea:part:0": "{", "fovea:part:1": 7},
        {"fovea:parts": 1, "fovea:part:0": "[]"},
        {"fovea:parts": 1, "fovea:part:0": "[" * 5000},
        {"fovea:parts": 1, "fovea:part:0": '{"plan": {"trials": 1, "sampler": "cmaes"}}'},
    ],
)
def test_what_a_server_says_is_read_as_a_strangers_file(
    ready: tuple[Path, Project], address: StorageAddress, attributes: dict[str, Any]
) -> None:
    study = optuna.create_study(storage=address.connect(), study_name="theirs")
    for name, value in attributes.items():
        study.set_user_attr(name, value)
    with pytest.raises(FoveaError) as caught:
        join(address, *ready)
    assert caught.value.code == "FV-S045"
    assert not (ready[0] / "studies" / "theirs").exists()


def test_names_that_are_taken_begin_nothing(
    ready: tuple[Path, Project], address: StorageAddress
) -> None:
    begin(ready, address, "taken")
    shutil.rmtree(ready[0] / "studies" / "taken")
    with pytest.raises(FoveaError) as caught:
        begin(ready, address, "taken")
    assert caught.value.code == "FV-S043"
    assert not (ready[0] / "studies" / "taken").exists()
