"""Events, checkpoints and the list of runs on disc."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from engine.errors import FoveaError
from engine.processes import Process
from engine.runs.checkpoints import read_checkpoint, write_checkpoint
from engine.runs.events import (
    EpochDone,
    Event,
    Notice,
    RunFailed,
    RunFinished,
    RunStarted,
    Saved,
    StepDone,
    from_json,
)
from engine.runs.folder import RunFolder
from engine.runs.listing import differences, find_run, list_runs, replay

EVENTS: list[Event] = [
    RunStarted("r", 3, 4, 16, 0, 60, 30, ("a", "ü"), 99, "CPU, 2 threads", "fp32", ("one.",)),
    StepDone(2, 1, 1.25, 0.5, 0.1 + 0.2, 1000.0, 0.1),
    EpochDone(1, 4, 1.0, 0.5, None, None, 0.003, 0.2, True),
    Saved("last", 1, 4),
    Notice("Something.", "warning"),
    RunFinished("r", "done", 1, 3, 0.5, {"val_accuracy": 0.9}),
    RunFailed("r", "FV-T009", "It diverged.", fix="Lower the learning rate."),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_every_event_survives_json(event: Event) -> None:
    assert from_json(json.loads(json.dumps(event.to_json()))) == event


NO_EVENTS: list[object] = [
    None,
    [],
    {},
    {"event": "boom"},
    {"event": []},
    {"event": "saved"},
    {"event": "saved", "which": "last", "epoch": "1", "step": 4},
    {"event": "saved", "which": "last", "epoch": True, "step": 4},
    {"event": "notice", "text": ["a"]},
    EVENTS[1].to_json() | {"loss": float("nan")},
    EVENTS[1].to_json() | {"step": 10**4000},
    EVENTS[2].to_json() | {"val_loss": "low"},
    EVENTS[0].to_json() | {"classes": [1]},
    EVENTS[5].to_json() | {"metrics": {"val_accuracy": None}},
]


@pytest.mark.parametrize("value", NO_EVENTS)
def test_what_is_no_event_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="event"):
        from_json(value)


def test_a_torn_line_is_passed_over_and_closed_before_appending(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    folder.begin({})
    folder.append(EVENTS[0])
    folder.end("interrupted")
    with (folder.path / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event": "step_done", "st')
    folder.begin({})
    folder.append(EVENTS[5])
    folder.end("done")
    assert list(replay(folder.path)) == [EVENTS[0], EVENTS[5]]


def test_a_separator_of_lines_within_a_text_is_no_end_of_a_line(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    folder.begin({})
    folder.append(Notice("one\u2028two\x85three"))
    folder.end("done")
    assert list(replay(folder.path)) == [Notice("one\u2028two\x85three")]


def test_replay_leaves_out_what_was_trained_again(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    folder.begin({})
    resumed = RunStarted("r", 3, 4, 16, 4, 60, 30, ("a",), 9, "CPU", "fp32", (), epochs_done=0)
    for event in (*EVENTS[:4], EVENTS[6], resumed, EVENTS[2]):
        folder.append(event)
    folder.end("done")
    assert list(replay(folder.path)) == [*EVENTS[:2], EVENTS[3], resumed, EVENTS[2]]


def test_a_run_whose_process_is_gone_is_interrupted(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    folder.begin({})
    assert folder.status() == "running"
    process = Process(**folder.read()["process"])
    folder.update(process={"host": process.host, "pid": process.pid, "started": "boot:1"})
    assert folder.status() == "interrupted"
    assert list_runs(tmp_path)[0].status == "interrupted"
    folder.end("interrupted")


def test_a_run_that_was_trained_on_meanwhile_cannot_begin_from_what_was_read(
    tmp_path: Path,
) -> None:
    folder = RunFolder.create(tmp_path)
    folder.begin({})
    folder.end("stopped")
    read = folder.read()
    RunFolder(folder.path).begin({})
    RunFolder(folder.path).end("stopped", epochs_done=1)
    before = (folder.path / "run.json").read_bytes()
    with pytest.raises(FoveaError) as caught:
        folder.begin({}, since=read)
    assert caught.value.code == "FV-T003"
    assert (folder.path / "run.json").read_bytes() == before
    folder.begin({}, since=folder.read())
    folder.end("stopped")


def test_of_two_that_begin_at_once_one_waits_and_is_refused(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    with FileLock(folder.path / ".begin.guard"), pytest.raises(FoveaError) as caught:
        folder.begin({})
    assert caught.value.code == "FV-T003"
    assert not (folder.path / "run.json").exists()


def test_ids_sort_by_age_and_never_repeat(tmp_path: Path) -> None:
    ids = [RunFolder.create(tmp_path).id for _ in range(3)]
    assert ids == sorted(set(ids))
    with pytest.raises(FoveaError) as caught:
        RunFolder.create(tmp_path, ids[0])
    assert caught.value.code == "FV-T001"


def test_ids_sort_by_age_when_runs_were_deleted_or_the_clock_was_set_back(tmp_path: Path) -> None:
    ids = [RunFolder.create(tmp_path).id for _ in range(3)]
    (tmp_path / "runs" / ids[0] / "checkpoints").rmdir()
    (tmp_path / "runs" / ids[0]).rmdir()
    assert RunFolder.create(tmp_path).id == f"{ids[2][:-3]}004"
    (tmp_path / "runs" / "2099-12-31-007").mkdir()
    assert RunFolder.create(tmp_path).id == "2099-12-31-008"
    (tmp_path / "runs" / "2099-12-31-999").mkdir()
    assert RunFolder.create(tmp_path).id == "2099-12-31-1000"
    assert list_runs(tmp_path)[-1].id == "2099-12-31-1000"


def test_best_prefers_accuracy_then_loss_then_age(tmp_path: Path) -> None:
    results = [(0.8, 0.1), (0.9, 0.5), (0.9, 0.4), (0.9, 0.4)]
    for number, (accuracy, loss) in enumerate(results):
        folder = RunFolder.create(tmp_path, f"run{number}")
        folder.begin({"best": {"epoch": 1, "val_accuracy": accuracy, "val_loss": loss}})
        folder.end("done")
    assert find_run(tmp_path, "best").id == "run2"
    assert find_run(tmp_path, "last").id == "run3"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": NaN}', b"\xff"])
def test_a_damaged_run_is_listed_and_does_no_harm(tmp_path: Path, content: bytes) -> None:
    folder = RunFolder.create(tmp_path)
    (folder.path / "run.json").write_bytes(content)
    assert [run.status for run in list_runs(tmp_path)] == ["damaged"]
    with pytest.raises(FoveaError) as caught:
        folder.read()
    assert caught.value.code == "FV-T002"


def test_no_runs_is_a_clear_answer(tmp_path: Path) -> None:
    assert list_runs(tmp_path) == []
    with pytest.raises(FoveaError) as caught:
        find_run(tmp_path, "last")
    assert caught.value.fix == "Train a model first."


def test_differences_are_named_by_address() -> None:
    before = {"model": {"nodes": [{"id": "stem", "at": [0, 0], "layer": {"out_channels": 8}}]}}
    after = {"model": {"nodes": [{"id": "stem", "at": [9, 9], "layer": {"out_channels": 16}}]}}
    assert differences(before, after) == {"model.stem.out_channels": ("8", "16")}


def save(folder: Path, value: float) -> None:
    write_checkpoint(folder, "last", {"w": torch.full((4, 5), value)}, {"value": value})


def test_a_checkpoint_reads_back_equal_and_two_generations_stay(tmp_path: Path) -> None:
    assert read_checkpoint(tmp_path, "last") is None
    for value in (1.0, 2.0, 0.1):
        save(tmp_path, value)
    kept = read_checkpoint(tmp_path, "last")
    assert kept is not None
    assert kept.facts == {"value": 0.1}
    assert torch.equal(kept.tensors["w"], torch.full((4, 5), 0.1))
    assert len(list(tmp_path.iterdir())) == 4


def test_channels_last_tensors_are_kept(tmp_path: Path) -> None:
    tensor = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    write_checkpoint(tmp_path, "best", {"w": tensor}, {})
    kept = read_checkpoint(tmp_path, "best")
    assert kept is not None
    assert torch.equal(kept.tensors["w"], tensor)


def test_every_damage_is_noticed_and_the_generation_before_is_read(tmp_path: Path) -> None:
    save(tmp_path, 1.0)
    save(tmp_path, 2.0)
    whole = {path: path.read_bytes() for path in tmp_path.glob("last-000002.*")}
    draw = random.Random(0)
    for _ in range(200):
        path = draw.choice(sorted(whole))
        data = bytearray(whole[path])
        place = draw.randrange(len(data))
        if draw.random() < 0.3:
            del data[place:]
        else:
            data[place] ^= 1 << draw.randrange(8)
        path.write_bytes(bytes(data))
        kept = read_checkpoint(tmp_path, "last")
        assert kept is not None
        damaged = not (path.suffix == ".json" and json_equal(bytes(data), whole[path]))
        assert kept.facts == ({"value": 1.0} if damaged else {"value": 2.0})
        assert len(kept.notices) == int(damaged)
        path.write_bytes(whole[path])


def test_a_generation_with_impossible_shapes_is_passed_over(tmp_path: Path) -> None:
    save(tmp_path, 1.0)
    save(tmp_path, 2.0)
    entry = {"dtype": "F32", "shape": [2**39, 2**39, 0], "data_offsets": [0, 0]}
    header = json.dumps({"w": entry}).encode()
    hostile = len(header).to_bytes(8, "little") + header
    (tmp_path / "last-000002.safetensors").write_bytes(hostile)
    kept = read_checkpoint(tmp_path, "last")
    assert kept is not None
    assert kept.facts == {"value": 1.0}
    assert "shape does not fit" in kept.notices[0]


def json_equal(one: bytes, two: bytes) -> bool:
    """Whether a damage only touched white space."""
    try:
        return bool(json.loads(one) == json.loads(two))
    except ValueError:
        return False


def test_a_kill_between_the_two_files_leaves_the_older_generation(tmp_path: Path) -> None:
    save(tmp_path, 1.0)
    save(tmp_path, 2.0)
    (tmp_path / "last-000002.json").unlink()
    kept = read_checkpoint(tmp_path, "last")
    assert kept is not None
    assert kept.facts == {"value": 1.0}
    save(tmp_path, 3.0)
    assert (tmp_path / "last-000001.json").exists()


def test_only_damaged_generations_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    save(tmp_path, 1.0)
    (tmp_path / "last-000001.safetensors").write_bytes(b"")
    with pytest.raises(FoveaError) as caught:
        read_checkpoint(tmp_path, "last")
    assert caught.value.code == "FV-T002"
    assert str(tmp_path) in caught.value.where


def test_a_write_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    (tmp_path / ".fovea-0123456789abcdef.tmp").write_bytes(bytes(1000))
    save(tmp_path, 1.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "last-000001.json",
        "last-000001.safetensors",
    ]


def test_a_folder_that_cannot_be_made_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FoveaError) as caught:
        save(tmp_path / "file" / "checkpoints", 1.0)
    assert caught.value.code == "FV-O001"
