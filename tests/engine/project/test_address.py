"""Settings by address: read, changed, refused, suggested."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.augment.edits import add_group
from engine.errors import FoveaError
from engine.optimizers import OPTIMIZERS
from engine.project import codec
from engine.project.address import addresses, describe, get, put, put_text
from engine.project.document import Project
from engine.spec import Param
from tests.engine.project.examples import example_project

PROJECT = example_project()


def refused(address: str, text: str) -> FoveaError:
    with pytest.raises(FoveaError) as caught:
        put_text(PROJECT, address, text)
    return caught.value


@pytest.mark.parametrize(
    ("address", "text", "value"),
    [
        ("training.epochs", "12", 12),
        ("training.optimizer.lr", "1e-3", 1e-3),
        ("training.early_stopping", "5", 5),
        ("data.size", "48", 48),
        ("augment.fill", "wrap", "wrap"),
        ("augment.rotate.degrees", "30", 30.0),
        ("augment.rotate.on", "off", False),
        ("augment.rotate.probability", "0,5", 0.5),
        ("model.stem.out_channels", "24", 24),
    ],
)
def test_a_typed_value_arrives_and_nothing_else_changes(
    address: str, text: str, value: object
) -> None:
    changed = put_text(PROJECT, address, text)
    assert get(changed, address) == value
    section = address.split(".")[0]
    for part in (field.name for field in fields(Project)):
        assert (getattr(changed, part) is getattr(PROJECT, part)) == (part != section)


def test_a_group_of_cards_has_addresses() -> None:
    pipeline, name = add_group(PROJECT.augment, ["rotate", "shift"], id="moves")
    project = PROJECT.with_(augment=pipeline)
    listed = [address for address, _ in addresses(project) if address.startswith("augment.moves")]
    assert listed == [f"augment.{name}.{word}" for word in ("on", "pick", "probability")]
    assert describe(project, "augment.moves.pick").search == (1, 3)
    changed = put_text(project, "augment.moves.pick", "2")
    assert get(changed, "augment.moves.pick") == 2
    assert changed.augment.cards is project.augment.cards
    assert put_text(changed, "augment.moves.pick", "1") == project
    assert put(project, "augment.moves.on", True) is project
    assert get(put_text(project, "augment.moves.probability", "0.5"), "augment.rotate.on") is True


@pytest.mark.parametrize(
    ("address", "text", "code", "fix"),
    [
        ("augment.moves.pick", "0", "FV-H001", "from 1 up to 100"),
        ("augment.moves.pik", "1", "FV-H003", "augment.moves.pick"),
        ("augment.move.pick", "1", "FV-H003", "augment.moves.pick"),
        ("augment.moves", "1", "FV-H003", "augment.moves"),
    ],
)
def test_a_groups_setting_is_refused_by_its_address(
    address: str, text: str, code: str, fix: str
) -> None:
    pipeline, _ = add_group(PROJECT.augment, ["rotate", "shift"], id="moves")
    with pytest.raises(FoveaError) as caught:
        put_text(PROJECT.with_(augment=pipeline), address, text)
    assert caught.value.code == code
    assert caught.value.where == address
    assert fix in caught.value.fix


def test_an_optional_setting_is_switched_off_with_none() -> None:
    on = put(PROJECT, "training.early_stopping", 5)
    assert put_text(on, "training.early_stopping", "none") == PROJECT


def test_untouched_nodes_and_cards_stay_the_same_objects() -> None:
    changed = put(PROJECT, "model.stem.out_channels", 8)
    kept = [n.id for n in changed.model.nodes if n is PROJECT.model.by_id[n.id]]
    assert kept == ["image", "norm", "act", "pool", "scores"]
    changed = put(PROJECT, "augment.rotate.on", False)
    assert [c.id for c in changed.augment.cards if c not in PROJECT.augment.cards] == ["rotate"]
    assert changed.augment.card("flip") is PROJECT.augment.card("flip")


def test_every_address_can_be_read_described_and_put_back_for_nothing() -> None:
    listed = dict(addresses(PROJECT))
    assert {"training.epochs", "training.batch_size", "training.optimizer.lr"} <= listed.keys()
    for address, item in listed.items():
        assert describe(PROJECT, address) == item
        assert put(PROJECT, address, get(PROJECT, address)) is PROJECT, address


def test_switching_a_kind_keeps_equally_named_settings() -> None:
    before = put_text(PROJECT, "training.schedule.warmup", "0.02")
    after = put_text(before, "training.schedule", "step")
    assert after.training.schedule.kind == "step"
    assert get(after, "training.schedule.warmup") == 0.02
    assert put_text(after, "training.schedule", "step") is after
    assert get(put_text(PROJECT, "model.act", "gelu"), "model.act").kind == "gelu"
    assert get(put_text(PROJECT, "augment.flip", "rotate"), "augment.flip").kind == "rotate"


def test_another_optimizer_starts_from_its_own_defaults() -> None:
    """A rate that suits AdamW makes Lion diverge: its own is a third."""
    before = put_text(PROJECT, "training.optimizer.lr", "0.02")
    after = put_text(before, "training.optimizer", "lion")
    assert get(after, "training.optimizer") == OPTIMIZERS.get("lion")()
    assert put_text(before, "training.optimizer", "adamw") is before


def test_the_climb_of_one_cycle_is_not_the_warm_up_of_others() -> None:
    after = put_text(PROJECT, "training.schedule", "one_cycle")
    assert get(after, "training.schedule.warmup") == 0.25
    assert get(put_text(after, "training.schedule", "cosine"), "training.schedule.warmup") == 0.05


def test_a_kept_value_that_the_new_kind_refuses_takes_its_default() -> None:
    """By default the first drop of the multi-step schedule is halfway."""
    late = put_text(PROJECT, "training.schedule.warmup", "0.5")
    after = put_text(late, "training.schedule", "multi_step")
    assert get(after, "training.schedule.warmup") == 0.05


@pytest.mark.parametrize(
    ("address", "suggestion"),
    [
        ("training.lr", "training.optimizer.lr"),
        ("training.optimiser.lr", "training.optimizer.lr"),
        ("trainig.epochs", "training.epochs"),
        ("model.stm.out_channels", "model.stem.out_channels"),
        ("augment.rotation.degrees", "augment.rotate.degrees"),
        ("data.sise", "data.size"),
    ],
)
def test_a_near_miss_is_named_with_the_address_that_was_meant(
    address: str, suggestion: str
) -> None:
    error = refused(address, "1")
    assert error.code == "FV-H003"
    assert error.where == address
    assert suggestion in error.fix


@pytest.mark.parametrize("address", ["", ".", "training", "training.", "x" * 9000, "model..a"])
def test_addresses_that_lead_nowhere_are_refused(address: str) -> None:
    assert refused(address, "1").code == "FV-H003"


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("training.epochs", "many"),
        ("training.epochs", "0"),
        ("training.optimizer", "sdg"),
        ("training.optimizer.lr", "nan"),
        ("training.device", "toaster"),
        ("augment.rotate.probability", "2"),
        ("model.stem", "conv9d"),
    ],
)
def test_values_that_are_not_allowed_are_refused_at_their_address(address: str, text: str) -> None:
    error = refused(address, text)
    assert error.code == "FV-H001"
    assert error.where == address
    assert example_project() == PROJECT


def test_a_value_of_a_foreign_family_is_refused() -> None:
    for address in ("model.stem", "training.optimizer", "augment.rotate"):
        with pytest.raises(FoveaError, match=r"."):
            put(PROJECT, address, PROJECT.data)


def _values(item: Param) -> st.SearchStrategy[Any]:
    low, high = item.minimum, item.maximum
    if item.type == "bool":
        return st.booleans()
    if item.type == "choice":
        return st.sampled_from(item.choices)
    if item.type == "int":
        return st.integers(int(low or 0) - 2, int(min(high or 10_000, 10_000)) + 2)
    if item.type in ("float", "pair"):
        number = st.floats(low if low is not None else -1e6, high if high is not None else 1e6)
        return number if item.type == "float" else st.tuples(number, number)
    if item.type == "spec" and hasattr(item.family, "kinds"):
        return st.sampled_from(item.family.kinds())
    return st.text(max_size=20)


def _edited(project: Project, address: str, value: Any) -> Project:
    """The project after one edit, or as it was when the value is refused at its address."""
    refusal = None
    try:
        project = put(project, address, value)
    except FoveaError as error:
        refusal = error
    assert refusal is None or refusal.where == address
    return project


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_random_edits_survive_json_and_undo(data: st.DataObject) -> None:
    history = [PROJECT]
    for _ in range(12):
        now = history[-1]
        address, item = data.draw(st.sampled_from(list(addresses(now))))
        history.append(_edited(now, address, data.draw(_values(item))))
    last = history[-1]
    text = json.dumps(last.to_json(), allow_nan=False)
    again = Project.from_json(json.loads(text))
    assert again == last
    assert json.dumps(again.to_json()) == text
    assert history[0] == example_project()


STAGE = codec.decode(
    (Path(__file__).parents[2] / "golden" / "project-1.4.fovea").read_bytes(), "golden"
).project


@pytest.mark.parametrize(
    ("address", "text", "value"),
    [
        ("model.stage.repeats", "2", 2),
        ("model.stage.stride", "1", 1),
        ("model.stage.label", "Other", "Other"),
        ("model.stage.act.inplace", "off", False),
        ("model.stage.inner_block.width", "12", 12),
        ("model.stage.inner_block.conv.kernel_size", "5", 5),
    ],
)
def test_blocks_have_addresses_at_any_depth(address: str, text: str, value: object) -> None:
    listed = dict(addresses(STAGE))
    assert listed[address] == describe(STAGE, address)
    changed = put_text(STAGE, address, text)
    assert get(changed, address) == value
    assert put(changed, address, value) is changed
    assert changed.model.node("stem") is STAGE.model.node("stem")


def test_what_a_parameter_drives_is_listed_once_and_sets_the_parameter() -> None:
    listed = [address for address, _ in addresses(STAGE)]
    assert len(listed) == len(set(listed))
    driven = "model.stage.inner_block.conv.out_channels"
    assert driven not in listed
    changed = put_text(STAGE, driven, "20")
    assert get(changed, "model.stage.inner_block.width") == 20
    assert not any(name.endswith((".inner", ".knobs")) for name in listed)


def test_a_wrong_address_in_a_block_gets_the_nearest() -> None:
    with pytest.raises(FoveaError) as caught:
        put_text(STAGE, "model.stage.strid", "1")
    assert caught.value.code == "FV-H003"
    assert "model.stage.stride" in caught.value.fix
    with pytest.raises(FoveaError) as caught:
        put_text(STAGE, "model.stage.repeats", "1000")
    assert caught.value.where == "model.stage.repeats"
