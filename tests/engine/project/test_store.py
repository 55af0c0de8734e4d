"""Creating, opening and saving a project's folder."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engine.augment.safety import Answers
from engine.blocks.custom import Custom
from engine.blocks.grouping import ungroup
from engine.errors import FoveaError
from engine.graph.analysis import analyse
from engine.project import codec
from engine.project.document import Project
from engine.project.migrations import FORMAT, Format, Migration, Version
from engine.project.save_as import save_as
from engine.project.store import (
    BACKUP_FILE,
    PROJECT_FILE,
    backup_time,
    create,
    load,
    locate,
    save,
    sweep,
)
from engine.search import EMPTY, Searched
from tests.engine.project.examples import example_project

PROJECT = example_project()
OTHER = PROJECT.with_(name="Other")


def written(tmp_path: Path) -> tuple[Path, str]:
    """A project saved twice, so that there is a backup; and its digest."""
    digest = create(tmp_path, OTHER)
    return tmp_path / PROJECT_FILE, save(tmp_path, PROJECT, expect_digest=digest)


def rewrite(path: Path, **changes: object) -> None:
    value = json.loads(path.read_bytes())
    path.write_text(json.dumps(value | changes), encoding="utf-8")


def fails(folder: Path, **how: object) -> FoveaError:
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    with pytest.raises(FoveaError) as caught:
        load(folder, **how)  # type: ignore[arg-type]
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    error = caught.value
    assert all((error.what, error.where, error.why, error.kept, error.fix)), error.fields()
    return error


def test_saved_projects_come_back_equal_and_save_to_the_same_bytes(tmp_path: Path) -> None:
    path, digest = written(tmp_path)
    data = path.read_bytes()
    loaded = load(tmp_path)
    assert loaded.project == PROJECT
    assert loaded.digest == digest == hashlib.sha256(data).hexdigest()
    assert (loaded.read_only, loaded.notes) == (False, ())
    assert codec.encode(loaded.project) == data
    assert data.endswith(b"}\n")
    assert load(tmp_path, generation="backup").project == OTHER


def test_opening_changes_nothing_on_disk(tmp_path: Path) -> None:
    written(tmp_path)
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.iterdir()}
    folder_time = tmp_path.stat().st_mtime_ns
    load(tmp_path)
    load(tmp_path, generation="backup")
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.iterdir()} == before
    assert tmp_path.stat().st_mtime_ns == folder_time


def test_a_project_is_never_created_over_another(tmp_path: Path) -> None:
    create(tmp_path, PROJECT)
    with pytest.raises(FoveaError) as caught:
        create(tmp_path, OTHER)
    assert caught.value.code == "FV-P020"
    assert load(tmp_path).project == PROJECT


def test_a_folder_without_a_project_says_so(tmp_path: Path) -> None:
    assert fails(tmp_path).code == "FV-P003"
    assert fails(tmp_path / "nowhere").code == "FV-P003"
    assert locate(tmp_path / PROJECT_FILE) == locate(tmp_path) == tmp_path


def test_a_foreign_change_stops_the_save_until_it_is_asked_for(tmp_path: Path) -> None:
    path, digest = written(tmp_path)
    path.write_bytes(codec.encode(PROJECT.with_(name="Foreign")))
    with pytest.raises(FoveaError) as caught:
        save(tmp_path, OTHER, expect_digest=digest)
    assert caught.value.code == "FV-P018"
    assert load(tmp_path).project.name == "Foreign"
    save(tmp_path, OTHER, expect_digest=None)
    assert load(tmp_path).project == OTHER
    assert load(tmp_path, generation="backup").project.name == "Foreign"


def test_saving_the_same_again_keeps_the_backup(tmp_path: Path) -> None:
    _, digest = written(tmp_path)
    assert save(tmp_path, PROJECT, expect_digest=digest) == digest
    assert load(tmp_path, generation="backup").project == OTHER


def test_a_vanished_file_is_written_again(tmp_path: Path) -> None:
    path, digest = written(tmp_path)
    path.unlink()
    assert fails(tmp_path).fix.startswith("Open the previous version")
    save(tmp_path, PROJECT, expect_digest=digest)
    assert load(tmp_path).project == PROJECT


@pytest.mark.parametrize("damage", [b"", b"\0" * 500, b"{", b"[1]", b"\xff\xfe{}", b"null"])
def test_a_damaged_file_offers_the_backup_and_is_moved_aside(tmp_path: Path, damage: bytes) -> None:
    path, _ = written(tmp_path)
    path.write_bytes(damage)
    error = fails(tmp_path)
    assert str(path) in error.where
    assert BACKUP_FILE in error.fix
    assert backup_time(tmp_path) is not None
    rescued = load(tmp_path, generation="backup")
    save(tmp_path, rescued.project, expect_digest=rescued.digest)
    assert load(tmp_path).project == OTHER
    assert (tmp_path / "project.damaged-1.fovea").read_bytes() == damage
    assert load(tmp_path, generation="backup").project == OTHER


def test_a_flipped_value_is_noticed_and_opens_read_only_on_demand(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"epochs": 3', b'"epochs": 7'))
    assert fails(tmp_path).code == "FV-P004"
    opened = load(tmp_path, unchecked=True)
    assert opened.read_only
    assert opened.notes
    assert opened.project.training.epochs == 7


def test_another_layout_and_a_byte_order_mark_still_open(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    value = json.loads(path.read_bytes())
    path.write_text("\ufeff" + json.dumps(value, sort_keys=True), encoding="utf-8")
    assert load(tmp_path).project == PROJECT


def test_a_newer_major_version_is_refused_by_name_and_never_overwritten(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    rewrite(path, fovea="2.3", version="7.7")
    error = fails(tmp_path)
    assert error.code == "FV-P012"
    assert "2.3" in error.why
    assert "7.7" in error.why
    with pytest.raises(FoveaError) as caught:
        save(tmp_path, OTHER, expect_digest=None)
    assert caught.value.code == "FV-P012"
    assert json.loads(path.read_bytes())["fovea"] == "2.3"


def test_a_newer_minor_version_opens_read_only_without_what_is_unknown(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    project = PROJECT.to_json()
    project["proofs"] = {"seeds": 5}
    project["training"]["optimizer"]["novelty"] = 0.5
    project["augment"]["cards"][1]["colour"] = "red"
    rewrite(path, fovea="1.9", project=project, checksum=codec._checksum(project), extra=1)
    loaded = load(tmp_path)
    assert loaded.project == PROJECT
    assert loaded.read_only
    assert sum("not known" in note for note in loaded.notes) == 3
    with pytest.raises(FoveaError) as caught:
        save(tmp_path, OTHER, expect_digest=None)
    assert caught.value.code == "FV-P012"


def test_a_newer_minor_version_with_an_unknown_kind_is_refused_as_newer(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    project = PROJECT.to_json()
    project["training"]["optimizer"]["kind"] = "shampoo"
    rewrite(path, fovea="1.9", project=project, checksum=codec._checksum(project))
    assert fails(tmp_path).code == "FV-P012"


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        (lambda v: v.pop("model"), "FV-P010", "/project/model"),
        (lambda v: v.update(naem="x"), "FV-P011", "/project/naem"),
        (lambda v: v.update(name=7), "FV-P010", "/project/name"),
        (lambda v: v["training"].update(epochs=True), "FV-P010", "/project/training/epochs"),
        (lambda v: v["training"].update(epochs="3"), "FV-P010", "/project/training/epochs"),
        (lambda v: v["training"].update(epoch=3), "FV-P011", "/project/training/epoch"),
        (lambda v: v["training"]["optimizer"].update(kind="os.system"), "FV-P011", "optimizer"),
        (lambda v: v["model"]["nodes"].append(v["model"]["nodes"][0]), "FV-P014", "/model"),
        (lambda v: v["model"]["wires"].append({"from": "a", "to": "b"}), "FV-P014", "/model"),
        (lambda v: v["model"]["nodes"][1]["layer"].update(out_channels=-1), "FV-P010", "nodes/1"),
    ],
)
def test_wrong_contents_are_refused_with_their_place(
    tmp_path: Path, change: object, code: str, pointer: str
) -> None:
    path, _ = written(tmp_path)
    project = PROJECT.to_json()
    change(project)  # type: ignore[operator]
    rewrite(path, project=project, checksum=codec._checksum(project))
    with pytest.raises(FoveaError) as caught:
        load(tmp_path)
    assert caught.value.code == code
    assert pointer in caught.value.where
    assert str(path) in caught.value.where


def test_an_unknown_key_beside_the_project_gets_a_suggestion(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    rewrite(path, cheksum="x")
    error = fails(tmp_path)
    assert error.code == "FV-P011"
    assert "checksum" in error.fix


def _renamed(project: dict[str, object]) -> dict[str, object]:
    return {**project, "name": f"{project['name']} (migrated)"}


def test_an_older_version_is_migrated_in_memory_and_kept_at_the_first_save(tmp_path: Path) -> None:
    create(tmp_path, PROJECT)
    old = (tmp_path / PROJECT_FILE).read_bytes()
    middle, newest = Version(1, FORMAT.version.minor + 1), Version(2, 0)
    steps = (Migration(middle, newest, _renamed), Migration(FORMAT.version, middle, dict))
    form = Format(newest, steps)
    loaded = load(tmp_path, form=form)
    assert loaded.project == PROJECT.with_(name=f"{PROJECT.name} (migrated)")
    assert not loaded.read_only
    assert str(FORMAT.version) in loaded.notes[0]
    assert (tmp_path / PROJECT_FILE).read_bytes() == old
    save(tmp_path, loaded.project, expect_digest=loaded.digest, form=form)
    assert (tmp_path / f"project.fovea.v{FORMAT.version}.bak").read_bytes() == old
    assert load(tmp_path, form=form).notes == ()


def test_a_version_without_a_way_forward_is_refused(tmp_path: Path) -> None:
    create(tmp_path, PROJECT)
    with pytest.raises(FoveaError) as caught:
        load(tmp_path, form=Format(Version(2, 0)))
    assert caught.value.code == "FV-P013"


@pytest.mark.skipif(os.name == "nt", reason="links and pipes are POSIX matters")
def test_links_are_kept_and_pipes_refused(tmp_path: Path) -> None:
    real, folder = tmp_path / "real", tmp_path / "project"
    real.mkdir()
    folder.mkdir()
    digest = create(real, PROJECT)
    (folder / PROJECT_FILE).symlink_to(real / PROJECT_FILE)
    save(folder, OTHER, expect_digest=digest)
    assert (folder / PROJECT_FILE).is_symlink()
    assert load(real).project == OTHER
    (folder / PROJECT_FILE).unlink()
    os.mkfifo(folder / PROJECT_FILE)
    assert fails_quietly(folder) == "FV-P003"
    with pytest.raises(FoveaError):
        save(folder, OTHER, expect_digest=None)


def fails_quietly(folder: Path) -> str:
    with pytest.raises(FoveaError) as caught:
        load(folder)
    return caught.value.code


def full_disk(descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_failing_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, digest = written(tmp_path)
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(FoveaError) as caught:
        save(tmp_path, OTHER.with_(name="third"), expect_digest=digest)
    assert caught.value.code == "FV-O001"
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [PROJECT_FILE, BACKUP_FILE]


def test_a_failing_disk_leaves_a_damaged_file_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = written(tmp_path)
    path.write_bytes(b"damaged")
    names = sorted(p.name for p in tmp_path.iterdir())
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(FoveaError) as caught:
        save(tmp_path, OTHER, expect_digest=None)
    assert caught.value.code == "FV-O001"
    assert path.read_bytes() == b"damaged"
    assert sorted(p.name for p in tmp_path.iterdir()) == names


def test_sweep_removes_what_a_killed_save_left(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    for name in ("data", "journal"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".fovea-0123.tmp").write_bytes(b"half")
    (tmp_path / ".fovea-0123.tmp").write_bytes(b"half")
    sweep(tmp_path)
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == [path.name, BACKUP_FILE]


def test_save_as_finds_the_images_from_the_new_place(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "deep" / "new"
    (old / "data").mkdir(parents=True)
    (old / "data" / f"{PROJECT.data.manifest}.json").write_text("{}")
    create(old, PROJECT)
    copy, digest = save_as(old, PROJECT, new)
    assert copy.data.source == "../../images"
    assert copy.name == "new"
    assert load(new).project == copy
    assert load(new).digest == digest
    assert (new / "data" / f"{PROJECT.data.manifest}.json").read_text() == "{}"
    for taken in (old, new, old / "inside"):
        with pytest.raises(FoveaError) as caught:
            save_as(old, PROJECT, taken)
        assert caught.value.code == "FV-P020"
    assert not (old / "inside").exists()


def test_a_save_as_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    create(old, PROJECT)
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(FoveaError) as caught:
        save_as(old, PROJECT, tmp_path / "a" / "b")
    assert caught.value.code == "FV-O001"
    assert [p.name for p in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("name", ["../../other", "../../../deep/other", "/elsewhere/other", "a/b"])
def test_save_as_copies_nothing_from_outside_and_writes_nothing_there(
    tmp_path: Path, name: str
) -> None:
    old, new = tmp_path / "old", tmp_path / "deep" / "new"
    (old / "data").mkdir(parents=True)
    (tmp_path / "other.json").write_text("secret")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "other.json").write_text("mine")
    hostile = PROJECT.with_(data=PROJECT.data.with_(manifest=name))
    create(old, hostile)
    save_as(old, hostile, new)
    assert (tmp_path / "deep" / "other.json").read_text() == "mine"
    assert [p.name for p in new.rglob("*")] == [PROJECT_FILE]


@pytest.mark.parametrize("folder", ["n" * 240, os.fsdecode(b"caf\xe9"), "line\nbreak"])
def test_a_project_can_be_opened_whatever_its_folder_is_called(tmp_path: Path, folder: str) -> None:
    old, new = tmp_path / "old", tmp_path / folder
    old.mkdir()
    create(old, PROJECT)
    copy, _ = save_as(old, PROJECT, new)
    assert load(new).project == copy


GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3", "1.4"])
def test_the_golden_files_open(version: str) -> None:
    golden = GOLDEN / f"project-{version}.fovea"
    decoded = codec.decode(golden.read_bytes(), str(golden))
    assert str(decoded.version) == version
    assert not decoded.read_only
    assert len(decoded.notes) == (decoded.version < FORMAT.version)
    project: Project = decoded.project
    assert project.name == "Zellen ü 細胞"
    assert project.training.optimizer.kind == "adamw"
    assert [card.id for card in project.augment.cards][:2] == ["flip", "rotate"]
    assert project.model.node("stem").layer.values()["out_channels"] == 16


def test_what_each_format_added_is_read() -> None:
    first, second, third, fourth, fifth = (
        codec.decode((GOLDEN / f"project-{name}.fovea").read_bytes(), name).project
        for name in ("1.0", "1.1", "1.2", "1.3", "1.4")
    )
    assert (first.answers, first.augment.groups) == (Answers(), ())
    assert second.answers == Answers({"mirror": False, "colour": True})
    assert second.augment.group("one_of").pick == 1
    assert [card.group for card in second.augment.cards].count("one_of") == 2
    plain = replace(
        second.augment,
        groups=(),
        cards=tuple(replace(card, group="") for card in second.augment.cards),
    )
    assert second.with_(answers=Answers(), augment=plain) == first
    assert third.with_(model=second.model) == second
    block = third.model.node("stage").layer
    assert isinstance(block, Custom)
    assert (block.label, block.repeats, block.nesting) == ("Stage ü", 3, 2)
    assert block.knobs.by_id["stride"].later == 1
    assert analyse(third.model, third.frame()).ok
    assert ungroup(third.model, "stage")[0].node("stem").layer == second.model.node("stem").layer
    assert fourth.with_(training=third.training, data=third.data) == third
    assert (third.data.targets, fourth.data.targets) == ("single", "ordinal")
    assert fifth.with_(search=EMPTY) == fourth
    assert fifth.search.get("model") == Searched("model", choices=(None, "small_resnet"))
    assert fifth.search.get("training.optimizer.lr") == Searched(
        "training.optimizer.lr", 1e-5, 0.1, log=True
    )
    recipe = fourth.training
    assert (recipe.loss.kind, recipe.sampling, recipe.averaging) == (
        "soft_ordinal",
        "balanced",
        "ema",
    )
    assert (recipe.sam, recipe.keep, recipe.freeze_epochs) == (0.05, "one_se", 1)
    assert (third.training.sampling, third.training.averaging) == ("natural", "none")


def test_answers_are_written_where_there_are_any_and_checked_when_read(tmp_path: Path) -> None:
    assert "answers" not in Project().to_json()
    create(tmp_path, PROJECT)
    assert load(tmp_path).project.answers == PROJECT.answers
    for wrong, code in (({"mirrow": True}, "FV-P011"), ({"mirror": 1}, "FV-P010"), (3, "FV-P010")):
        value = PROJECT.to_json() | {"answers": wrong}
        rewrite(tmp_path / PROJECT_FILE, project=value, checksum=codec._checksum(value))
        error = caught_by_load(tmp_path)
        assert error.code == code
        assert "#/project/answers" in error.where


def caught_by_load(folder: Path) -> FoveaError:
    with pytest.raises(FoveaError) as caught:
        load(folder)
    return caught.value


def test_a_project_opens_without_torch(tmp_path: Path) -> None:
    create(tmp_path, example_project())
    code = (
        "import sys; from pathlib import Path; from engine.project.store import load\n"
        "load(Path(sys.argv[1])).project.check(); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], timeout=60).returncode == 0
