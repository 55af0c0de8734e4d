"""Which image trains, which validates, which tests."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from engine.data.manifest import Item, Manifest
from engine.data.paths import shown
from engine.data.picture import Array
from engine.data.spec import DataSpec
from engine.data.stratify import stratify

__all__ = ["TEST", "TRAIN", "VAL", "split", "unit_numbers"]

TRAIN, VAL, TEST = 0, 1, 2
_CODE = {"train": TRAIN, "val": VAL, "test": TEST}


def split(manifest: Manifest, spec: DataSpec) -> Array:
    """int8 ``[n]``: 0 train, 1 validation, 2 test for each item of the manifest.

    Splits that the source gives are kept; where it gives some but no validation images, those are
    taken from its training images. Everything else is drawn class by class with exact counts
    (rounded; at least one validation image where the class has two, at least one training image
    always). Copies of an image and the images of a group stay together, and then counts are as
    near as whole groups allow. Images of several classes are dealt by
    :mod:`engine.data.stratify` instead.

    The order of drawing is a hash of the seed and the image's content, so that adding an image
    moves only the few others at the borders. Pure: equal arguments give equal splits.

    With ``spec.folds`` the training and validation images are then dealt into folds, class by class
    and whole groups, as even as those allow; the fold ``spec.fold`` validates, the others train.
    """
    result = _parts(manifest, spec)
    if spec.folds:
        held = [unit for unit in _units(manifest, spec.group_by) if (result[unit] != TEST).all()]
        for units in _dealt(_by_class(manifest, held, spec.split_seed), spec.folds):
            for number, unit in units:
                result[unit] = VAL if number == spec.fold else TRAIN
    return result


def _parts(manifest: Manifest, spec: DataSpec) -> Array:
    """The three splits by the parts that the source or the spec says."""
    items = manifest.items
    result = np.array([_CODE.get(item.split, TRAIN) for item in items], np.int8)
    given = {item.split for item in items} - {""}
    drawn = {""} if "val" in given else {"", "train"}
    if not any(item.split in drawn for item in items):
        return result
    pool: list[Unit] = []
    for unit in _units(manifest, spec.group_by):
        held = [result[i] for i in unit if items[i].split in ("val", "test")]
        free = [i for i in unit if items[i].split in drawn]
        if held:  # what belongs to a validation or test image must not be trained on
            result[[i for i in free if not items[i].split]] = max(held)
            free = [i for i in free if items[i].split]
        if free:
            pool.append(free)
    test = 0.0 if given else spec.test
    if manifest.multi:
        _deal_several(manifest, pool, result, (test, spec.validation), spec.split_seed)
        return result
    for units in _by_class(manifest, pool, spec.split_seed).values():
        for unit, code in zip(units, _deal(units, spec.validation, test), strict=True):
            result[unit] = code
    return result


def unit_numbers(manifest: Manifest, spec: DataSpec) -> Array:
    """int64 ``[n]``: equal numbers for images that :func:`split` keeps together, and no others."""
    numbers = np.zeros(len(manifest.items), np.int64)
    for number, unit in enumerate(_units(manifest, spec.group_by)):
        numbers[unit] = number
    return numbers


def _deal_several(
    manifest: Manifest, pool: list[Unit], result: Array, parts: tuple[float, float], seed: int
) -> None:
    """Deals the units where images have several classes; writes into ``result``."""
    items = manifest.items
    drawn = sorted(pool, key=lambda unit: _place(manifest, unit, seed))
    labels = [Counter(label for i in unit for label in items[i].every_label) for unit in drawn]
    test, validation = parts
    shares = {TRAIN: 1 - test - validation, VAL: validation, TEST: test}
    codes = stratify(labels, [len(unit) for unit in drawn], shares)
    for unit, code in zip(drawn, codes, strict=True):
        result[unit] = code


def _place(manifest: Manifest, unit: Unit, seed: int) -> str:
    """Where a unit stands in the order of drawing."""
    content = min(manifest.items[i].sha256 for i in unit)
    return hashlib.sha256(f"{seed} {content}".encode()).hexdigest()


def _by_class(manifest: Manifest, pool: list[Unit], seed: int) -> dict[int, list[Unit]]:
    """The units of each class in the order of drawing; a unit counts for its commonest class."""
    classes: dict[int, list[tuple[str, Unit]]] = defaultdict(list)
    items = manifest.items
    for unit in pool:
        label = Counter(items[i].label for i in unit).most_common(1)[0][0]
        classes[label].append((_place(manifest, unit, seed), unit))
    return {label: [unit for _, unit in sorted(pairs)] for label, pairs in classes.items()}


Unit = list[int]
"""The indices of images that stay together."""


def _units(manifest: Manifest, group_by: str) -> Iterable[Unit]:
    """Connected sets of images: equal content or equal group joins two of them."""
    copies: dict[str, Unit] = defaultdict(list)
    for i, item in enumerate(manifest.items):
        copies[item.sha256].append(i)
    if group_by == "none" and not any(item.group for item in manifest.items):
        return copies.values()
    parent = list(range(len(manifest.items)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[str, int] = {}
    for unit in copies.values():
        for i in unit:
            item = manifest.items[i]
            parent[find(i)] = find(unit[0])
            group = _group(item, manifest.naming(item), group_by)
            if group:
                parent[find(i)] = find(first.setdefault(group, i))
    units: dict[int, Unit] = defaultdict(list)
    for i in range(len(parent)):
        units[find(i)].append(i)
    return units.values()


def _group(item: Item, class_name: str, group_by: str) -> str:
    """The name of an image's group, empty for none; a group may reach over several classes."""
    if item.group or group_by == "none" or item.index >= 0:
        return item.group
    *folders, name = item.path.split("/")
    if group_by == "prefix":
        return re.split(r"[_\- ]", os.path.splitext(name)[0], maxsplit=1)[0]
    names = [shown(folder) for folder in folders]
    below = names.index(class_name) + 1 if class_name in names else 0
    return "/".join(folders[below:])


def _dealt(classes: dict[int, list[Unit]], folds: int) -> Iterator[list[tuple[int, Unit]]]:
    """Each class's units with their folds: the largest first, each to the fold with the fewest.

    Of equal ones the fold with the fewest images of all classes. A class of one unit is in no fold,
    for it must be trained on.
    """
    totals = [0] * folds
    for _, units in sorted(classes.items()):
        counts, placed = [0] * folds, list[tuple[int, Unit]]()
        for unit in sorted(units, key=len, reverse=True) if units[1:] else ():
            number = min(range(folds), key=lambda k: (counts[k], totals[k]))
            counts[number] += len(unit)
            totals[number] += len(unit)
            placed.append((number, unit))
        yield placed or [(-1, unit) for unit in units]


def _deal(units: list[Unit], validation: float, test: float) -> list[int]:
    """A split for each unit of one class, in order: test first, then validation, then training."""
    sizes = [len(unit) for unit in units]
    total, left = sum(sizes), len(units)
    codes = [TRAIN] * left
    plan = ((TEST, _target(total, test, left >= 3), 2), (VAL, _target(total, validation, True), 1))
    for code, target, keep in plan:
        room = target
        for k, size in enumerate(sizes):
            if codes[k] == TRAIN and left > keep and size <= 2 * room:
                codes[k] = code
                room -= size
                left -= 1
        if room == target > 0 and left > keep:  # every group is larger: the smallest must do
            free = [k for k, given in enumerate(codes) if given == TRAIN]
            codes[min(free, key=lambda k: sizes[k])] = code
            left -= 1
    return codes


def _target(total: int, part: float, needs_one: bool) -> int:
    if part == 0:
        return 0
    return max(int(needs_one), round(total * part))
