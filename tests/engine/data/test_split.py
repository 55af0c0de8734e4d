"""Splits: exact counts, nothing torn apart, and stable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.manifest import Item, Manifest
from engine.data.spec import DataSpec
from engine.data.split import TEST, TRAIN, VAL, split
from engine.errors import FoveaError
from engine.files.hashing import sha256_bytes


def item(number: int, label: int, **values: object) -> Item:
    digest = sha256_bytes(str(values.pop("content", number)).encode())
    path = str(values.pop("path", f"c{label}/image{number}.png"))
    return Item(path, label, digest, 8, 8, "L", **values)


def manifest(items: list[Item]) -> Manifest:
    classes = tuple(f"c{k}" for k in range(1 + max(i.label for i in items)))
    return Manifest("folders", classes, tuple(items))


def counts(codes: np.ndarray, items: list[Item], label: int) -> list[int]:
    return np.bincount(codes[[i.label == label for i in items]], minlength=3).tolist()


def test_counts_are_exact_in_every_class() -> None:
    items = [item(k, 0) for k in range(100)] + [item(1000 + k, 1) for k in range(20)]
    codes = split(manifest(items), DataSpec(validation=0.2, test=0.1))
    assert codes.dtype == np.int8
    assert counts(codes, items, 0) == [70, 20, 10]
    assert counts(codes, items, 1) == [14, 4, 2]


@pytest.mark.parametrize(("n", "wanted"), [(1, [1, 0, 0]), (2, [1, 1, 0]), (3, [1, 1, 1])])
def test_small_classes_train_first_then_validate(n: int, wanted: list[int]) -> None:
    items = [item(k, 0) for k in range(n)]
    for validation, test in ((0.15, 0.15), (0.5, 0.4), (0.01, 0.01)):
        assert counts(split(manifest(items), DataSpec(validation=validation, test=test)), items, 0) == wanted  # fmt: skip  # noqa: E501


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 6)), min_size=1),
    st.integers(0, 5),
    st.floats(0.01, 0.5),
    st.floats(0, 0.4),
)
def test_nothing_that_belongs_together_is_torn(
    rows: list[tuple[int, int, int]], seed: int, validation: float, test: float
) -> None:
    items = [
        item(k, label, content=content, group=f"g{group}" if group else "")
        for k, (label, content, group) in enumerate(rows)
    ]
    spec = DataSpec(split_seed=seed, validation=validation, test=test)
    codes = split(manifest(items), spec)
    for a, one in zip(codes, items, strict=True):
        for b, two in zip(codes, items, strict=True):
            if one.sha256 == two.sha256 or (one.group and one.group == two.group):
                assert a == b
    assert (codes == TRAIN).any()
    np.testing.assert_array_equal(codes, split(manifest(items), spec))


def test_another_seed_draws_another_split() -> None:
    items = [item(k, 0) for k in range(50)]
    one, two = (split(manifest(items), DataSpec(split_seed=seed)) for seed in (0, 1))
    assert (one != two).any()


def test_one_more_image_moves_hardly_any_other_and_order_does_not_matter() -> None:
    items = [item(k, 0) for k in range(200)]
    before = split(manifest(items), DataSpec())
    more = split(manifest([item(999, 0), *items]), DataSpec())[1:]
    assert (before != more).sum() <= 3
    backwards = split(manifest(items[::-1]), DataSpec())[::-1]
    np.testing.assert_array_equal(before, backwards)


def test_given_splits_are_kept_and_validation_comes_from_training() -> None:
    items = [item(k, k % 2, split="train") for k in range(40)]
    items += [item(100 + k, k % 2, split="test") for k in range(10)]
    codes = split(manifest(items), DataSpec(validation=0.1))
    assert (codes[40:] == TEST).all()
    assert counts(codes[:40], items[:40], 0) == [18, 2, 0]
    items += [item(200, 0, split="val")]
    codes = split(manifest(items), DataSpec(validation=0.1))
    assert codes.tolist() == [TRAIN] * 40 + [TEST] * 10 + [VAL]


def test_images_without_a_split_are_drawn_beside_given_ones() -> None:
    items = [item(k, k % 2, split="train") for k in range(20)]
    items += [item(50 + k, k % 2, split="val") for k in range(4)]
    items += [item(100 + k, k % 2) for k in range(40)]
    codes = split(manifest(items), DataSpec(validation=0.2))
    assert codes[:24].tolist() == [TRAIN] * 20 + [VAL] * 4
    assert counts(codes[24:], items[24:], 0) == [16, 4, 0]


def test_what_belongs_to_a_given_test_image_is_never_trained_on() -> None:
    items = [item(k, k % 2, split="train") for k in range(20)]
    items += [item(50, 0, split="test", group="p1"), item(51, 1, split="val")]
    items += [item(52, 0, group="p1"), item(53, 1, content=51), item(54, 0, group="p2")]
    codes = split(manifest(items), DataSpec(validation=0.01))
    assert codes[-3:-1].tolist() == [TEST, VAL]


def test_groups_by_prefix_reach_over_classes_and_folders_lie_below_the_class() -> None:
    items = [
        item(k, k % 2, path=f"c{k % 2}/patient{k // 4}/plate{k // 8}_well{k}.png")
        for k in range(80)
    ]
    for rule, size in (("folder", 4), ("prefix", 8)):
        codes = split(manifest(items), DataSpec(group_by=rule)).reshape(-1, size)
        assert (codes == codes[:, :1]).all(), rule
        assert set(codes[:, 0].tolist()) == {TRAIN, VAL, TEST}
    plain = [item(k, 0, path=f"c0/{k}.png") for k in range(20)]
    codes = split(manifest(plain), DataSpec(group_by="folder"))
    assert counts(codes, plain, 0) == [14, 3, 3]


def folded(items: list[Item], folds: int, **spec: object) -> np.ndarray:
    """The split of every fold, ``[folds, n]``."""
    whole = manifest(items)
    return np.stack([split(whole, DataSpec(folds=folds, fold=k, **spec)) for k in range(folds)])


def test_folds_share_out_training_and_validation_and_leave_the_test_images() -> None:
    items = [item(k, 0) for k in range(103)] + [item(1000 + k, 1) for k in range(22)]
    plain = split(manifest(items), DataSpec(test=0.1))
    codes = folded(items, 5, test=0.1)
    assert (codes[:, plain == TEST] == TEST).all()
    assert ((codes == VAL).sum(0)[plain != TEST] == 1).all(), "each validates exactly once"
    assert ((codes == TRAIN).sum(0)[plain != TEST] == 4).all()
    labels = np.array([i.label for i in items])
    for label in (0, 1):
        sizes = (codes[:, labels == label] == VAL).sum(1)
        assert sizes.max() - sizes.min() <= 1, "stratified"
    sizes = (codes == VAL).sum(1)
    assert sizes.max() - sizes.min() <= 1


def test_folds_are_the_same_again_and_others_with_another_seed() -> None:
    items = [item(k, k % 3) for k in range(60)]
    assert (folded(items, 4) == folded(items, 4)).all()
    assert (folded(items, 4) != folded(items, 4, split_seed=1)).any()
    turned = items[::-1]
    assert (folded(turned, 4)[:, ::-1] == folded(items, 4)).all(), "whatever the order of the list"


def test_folds_keep_groups_and_copies_together() -> None:
    items = [item(k, k % 2, group=f"p{k // 5}") for k in range(100)]
    items += [item(200 + k, k % 2, content=k) for k in range(5)]  # copies of patient 0
    codes = folded(items, 4)
    assert (codes[:, :100].reshape(4, 20, 5) == codes[:, :100].reshape(4, 20, 5)[:, :, :1]).all()
    assert (codes[:, 100:] == codes[:, :5]).all()
    assert ((codes == VAL).sum(1) > 0).all()


def test_folds_use_a_given_validation_split_too_and_never_a_given_test_split() -> None:
    items = [item(k, k % 2, split="val" if k < 8 else "train") for k in range(40)]
    items += [item(100 + k, k % 2, split="test") for k in range(6)]
    codes = folded(items, 4)
    assert (codes[:, 40:] == TEST).all()
    assert ((codes[:, :40] == VAL).sum(0) == 1).all()


def test_the_only_image_of_a_class_is_always_trained_on() -> None:
    items = [item(k, 0) for k in range(20)] + [item(50, 1)]
    assert (folded(items, 5)[:, -1] == TRAIN).all()


@pytest.mark.parametrize(("folds", "fold"), [(1, 0), (3, 3), (0, 1), (21, 0), (-2, 0)])
def test_folds_that_cannot_be_are_refused(folds: int, fold: int) -> None:
    with pytest.raises(FoveaError):
        DataSpec(folds=folds, fold=fold)
