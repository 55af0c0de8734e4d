"""What a scan tells a person about the images, in sentences with counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from engine.data.inspect import Look
from engine.data.manifest import Finding, Item, Severity
from engine.data.paths import shown

__all__ = ["class_findings", "copy_findings", "image_findings"]

FEW = 5
UNEVEN = 10.0

_NOTES: dict[str, tuple[Severity, str]] = {
    "pages": ("warning", "{images} several pages or frames; the first is used."),
    "not_finite": ("warning", "{images} pixels that are no numbers; they become black."),
    "float": ("note", "{images} floating-point values; they are mapped by the range of the set."),
    "signed": (
        "note",
        "{images} signed or 32-bit values; they are mapped by the range of the set.",
    ),
    "alpha": ("note", "{images} transparent parts or an alpha channel, shown on white."),
    "palette": ("note", "{images} a colour palette; the colours themselves are used."),
    "cmyk": ("note", "{images} printing colours (CMYK), converted to RGB."),
    "bilevel": ("note", "{images} one bit a pixel, read as 0 and 255."),
    "rotated": ("note", "{images} a stored rotation, which is applied."),
    "misnamed": ("note", "{images} a name that does not fit the content; the content counts."),
}


def image_findings(seen: Sequence[tuple[str, Look]]) -> list[Finding]:
    """What single images and their mixture told: unreadable ones, odd modes, mixed colour."""
    bad = [(name, look.problem) for name, look in seen if look.problem]
    good = [(name, look) for name, look in seen if not look.problem]
    result = [_unreadable(bad)] if bad else []
    for kind, (severity, text) in _NOTES.items():
        names = [name for name, look in good if kind in look.notes]
        if names:
            message = text.format(images=_have(len(names)))
            result.append(Finding(kind, severity, message, tuple(names)))
    grey = [name for name, look in good if look.grey]
    if 0 < len(grey) < len(good):
        message = (
            f"{len(grey)} of {len(good)} images are grey and the others in colour; all are read "
            "the same way. If colour follows the class by accident, choose grey."
        )
        result.append(Finding("mixed_colour", "note", message, tuple(grey)))
    deep = [name for name, look in good if look.deep]
    if 0 < len(deep) < len(good):
        message = (
            f"{len(deep)} of {len(good)} images have more than 8 bits and the others 8; each kind "
            "is mapped by its own range, so brightness may tell them apart."
        )
        result.append(Finding("mixed_depth", "warning", message, tuple(deep)))
    return result


def _unreadable(bad: list[tuple[str, str]]) -> Finding:
    reasons = Counter(reason for _, reason in bad)
    common = "; ".join(f"{n}: {reason}" for reason, n in reasons.most_common(3))
    files = "1 file cannot be read and is" if len(bad) == 1 else f"{len(bad)} files cannot be read and are"  # fmt: skip  # noqa: E501
    images = tuple(f"{name}: {reason}" for name, reason in bad)
    return Finding("unreadable", "warning", f"{files} left out ({common})", images)


def class_findings(classes: tuple[str, ...], items: Sequence[Item]) -> list[Finding]:
    """Empty, tiny and uneven classes, and classes that no training image shows."""
    counts = Counter(label for item in items for label in item.every_label)
    per_split = Counter((label, item.split) for item in items for label in item.every_label)
    given = any(item.split == "train" for item in items)
    result = []
    for label, name in enumerate(classes):
        n = counts[label]
        if n == 0:
            message = f"The class “{name}” has no usable image. Add images or remove the class."
            result.append(Finding("empty_class", "error", message))
        elif given and not per_split[label, "train"] + per_split[label, ""]:
            message = f"The class “{name}” has images in validation or test, but none to train on."
            result.append(Finding("untrained_class", "error", message))
        elif n < FEW:
            few = "1 image" if n == 1 else f"{n} images"
            message = f"The class “{name}” has only {few}; its results will mean little."
            shown_names = tuple(shown(item.name) for item in items if label in item.every_label)
            result.append(Finding("tiny_class", "warning", message, shown_names))
    bare = [item for item in items if not item.every_label]
    if bare:
        message = (
            f"{_have(len(bare))} none of the classes. Such images teach what is usual; if nobody "
            "looked at them, leave them out."
        )
        result.append(Finding("unlabelled", "note", message))
    filled = [n for n in counts.values() if n]
    if filled and max(filled) > UNEVEN * min(filled):
        most, least = (pick(counts, key=lambda k: counts[k]) for pick in (max, min))
        message = (
            f"The classes are uneven: “{classes[most]}” has {counts[most]} images and "
            f"“{classes[least]}” {counts[least]}. Read the balanced accuracy."
        )
        result.append(Finding("imbalance", "warning", message))
    return result


def copy_findings(classes: tuple[str, ...], items: Sequence[Item]) -> list[Finding]:
    """Identical images: with different labels, in different given splits, or simply twice."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.sha256].append(item)
    copies = [group for group in groups.values() if len(group) > 1]
    torn = [g for g in copies if len({item.every_label for item in g}) > 1]
    leaks = [g for g in copies if len({item.split for item in g if item.split}) > 1]
    plain = [g for g in copies if g not in torn and g not in leaks] if torn or leaks else copies
    result = []
    if torn:
        message = (
            f"{_images(len(torn))} carried by files of different classes. One of the labels must "
            "be wrong."
        )
        result.append(Finding("contradiction", "error", message, _names(torn, classes)))
    if leaks:
        message = (
            f"{_images(len(leaks))} in more than one of the given splits, so that the test sees "
            "what training saw. The splits are kept as they are given."
        )
        result.append(Finding("leak", "warning", message, _names(leaks, classes)))
    if plain:
        message = f"{_images(len(plain))} there more than once. Copies stay in one split."
        result.append(Finding("duplicate", "warning", message, _names(plain, classes)))
    return result


def _names(groups: Iterable[list[Item]], classes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        f"{shown(item.name)} ({', '.join(filter(None, (*_own(item, classes), item.split)))})"
        for group in groups
        for item in group
    )


def _own(item: Item, classes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(classes[label] for label in item.every_label)


def _have(count: int) -> str:
    return "1 image has" if count == 1 else f"{count} images have"


def _images(count: int) -> str:
    return "1 image is" if count == 1 else f"{count} images are"
