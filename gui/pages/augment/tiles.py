"""A preview's pictures as tiles with names and label bars, and the sentence below them."""

from __future__ import annotations

from gui.numbers import percent
from gui.pages.augment.feed import Picture
from gui.pages.augment.grid import Part, Tile

__all__ = ["caption", "tiles"]


def tiles(picture: Picture) -> tuple[Tile, ...]:
    """The original and its variants by epoch, or a batch's images by class."""
    if picture.wish.batch_size:
        return tuple(
            Tile(image, original, _class(picture, place), _parts(picture, place))
            for place, (image, original) in enumerate(
                zip(picture.images, picture.originals, strict=True)
            )
        )
    (original,) = picture.originals
    seen = (
        Tile(image, original, f"Epoch {epoch}", _parts(picture, place), short=str(epoch))
        for place, (epoch, image) in enumerate(enumerate(picture.images, picture.wish.first))
    )
    return (Tile(original, original, "Original", framed=True), *seen)


def caption(picture: Picture, own_seed: int) -> str:
    """What is shown, in a sentence or two; ``own_seed`` is the training's."""
    wish = picture.wish
    seed = f"seed {wish.seed}"
    if wish.seed != own_seed:
        seed += f"; training uses {own_seed}"
    if wish.batch_size:
        shown = len(picture.images)
        some = f"{shown} of the {wish.batch_size} images" if shown < wish.batch_size else "All"
        what = f"{some} of batch {wish.index + 1} in epoch {wish.first} ({seed})."
    else:
        name = wish.source.images.manifest.items[wish.row].name
        last = wish.first + wish.count - 1
        what = f"{name}: exactly what training sees in epochs {wish.first} to {last} ({seed})."
    if (picture.other >= 0).any():
        what += " Bars show how much of the label each class has."
    return f"{what} Hold Space to compare with the original."


def _class(picture: Picture, place: int) -> str:
    """The class that has most of the label, and how much where it has not all of it."""
    parts = _parts(picture, place)
    if not parts:
        return picture.wish.source.name(int(picture.own[place]))
    most = max(parts, key=lambda part: part.share)
    if parts[0].index == parts[1].index or round(100 * most.share) == 100:
        return most.name
    return f"{percent(most.share, 0)} {most.name}"


def _parts(picture: Picture, place: int) -> tuple[Part, ...]:
    own, other = int(picture.own[place]), int(picture.other[place])
    if other < 0:
        return ()
    source, share = picture.wish.source, float(picture.share[place])
    parts = ((own, share), (other, 1.0 - share))
    first, second = (Part(source.name(of), source.colour(of), part) for of, part in parts)
    return first, second
