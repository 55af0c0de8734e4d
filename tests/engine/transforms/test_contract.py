"""What every registered transform must hold; registering one is enough to be tested here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from engine.augment.edits import add_card
from engine.augment.engine import augment
from engine.augment.pipeline import Card, Group, Pipeline
from engine.augment.safety import QUESTIONS
from engine.compute.waiting import waiting_forbidden
from engine.errors import FoveaError
from engine.spec import Param
from engine.transforms.base import TRANSFORMS, Family, ImageFacts, Mixing, Pixels, Transform

ICONS = Path(__file__).parents[3] / "resources" / "icons"
KINDS = tuple(TRANSFORMS)
HEIGHT, WIDTH = 37, 29
CHANNELS = (1, 3, 5)

MIXING = [kind for kind in KINDS if issubclass(kind, Mixing)]
ALONE = [kind for kind in KINDS if not issubclass(kind, Mixing)]
COMPUTING = [kind for kind in KINDS if issubclass(kind, Pixels)]


def each(kinds: Sequence[type[Transform]]) -> pytest.MarkDecorator:
    """The test once for every one of these kinds."""
    return pytest.mark.parametrize("kind", kinds, ids=[kind.kind for kind in kinds])


every_kind = each(KINDS)


def pictures(count: int, channels: int, height: int = HEIGHT, width: int = WIDTH) -> torch.Tensor:
    """Soft shapes with a little noise, uint8: some dark, some light, the first one flat."""
    source = np.random.default_rng(3)
    rows, columns = np.mgrid[0:height, 0:width]
    phase = source.random((count, channels, 1, 1)) * 6
    waves = np.sin(rows / 5 + phase) * np.cos(columns / 7 - phase)
    light = np.linspace(60, 190, count)[:, None, None, None]
    values = light + 55 * waves + source.normal(0, 6, (count, channels, height, width))
    values[0] = 77
    return torch.from_numpy(values.clip(0, 255).astype(np.uint8))


def run(
    transform: Transform, images: torch.Tensor, samples: Any = None, **more: Any
) -> torch.Tensor:
    """What training sees of the images; a card that mixes gets the next image as its partner."""
    numbers = torch.arange(len(images)) if samples is None else torch.as_tensor(samples)
    probability = more.pop("probability", 1.0)
    pipeline = Pipeline((Card("card", transform, probability=probability),))
    words: dict[str, Any] = {"seed": 1, "epoch": 2, "scale": 1 / 255} | more
    return augment(pipeline, images, numbers, **words)


def suited(
    transform: Transform, count: int, channels: int = 3, height: int = HEIGHT, width: int = WIDTH
) -> torch.Tensor:
    """Pictures that the card says it can work on, square only where it needs them so."""
    for size in ((height, width), (height, height)):
        if not list(transform.misfits(ImageFacts(channels, *size))):
            return pictures(count, channels, *size)
    return pytest.skip("the card says that it cannot work on such images")


def others(item: Param) -> Iterator[Any]:
    """Other values that a parameter may have: its bounds, its other choices."""
    ends = [end for end in (item.minimum, item.maximum) if end is not None]
    if item.type == "bool":
        yield not item.default
    elif item.type == "choice":
        yield from item.choices
    elif item.type == "int" and not item.above and not item.below:
        yield from (int(end) for end in ends)
    elif item.type == "float" and not item.above and not item.below:
        yield from (float(end) for end in ends)


def settings(kind: type[Transform]) -> Iterator[Transform]:
    """The defaults, and one setting after another at other values, where they go together."""
    yield kind()
    for item in kind.params():
        for value in others(item):
            try:
                yield kind().with_(**{item.name: value})
            except FoveaError as error:
                if error.code != "FV-H002":
                    raise


@every_kind
def test_says_what_it_is(kind: type[Transform]) -> None:
    assert kind.kind.isidentifier()
    assert kind.kind.islower()
    assert kind.title[:1].isupper()
    assert kind.family in get_args(Family)
    for line in (kind.summary, kind.danger):
        assert line.endswith(".")
        assert "\n" not in line
        assert 20 < len(line) <= 110
    assert (ICONS / f"{kind.icon}.svg").is_file()
    assert kind.__doc__


@every_kind
def test_parameters_have_help_bounds_and_a_search_range_within_them(kind: type[Transform]) -> None:
    for item in kind.params():
        assert item.help.rstrip().endswith("."), item.name
        if item.type in ("int", "float", "pair"):
            assert item.minimum is not None, item.name
            assert item.maximum is not None, item.name
        if item.search is not None and item.type in ("int", "float"):
            low, high = item.search
            assert item.minimum <= low < high <= item.maximum, item.name


@every_kind
def test_a_new_card_leaves_some_images_as_they_are(kind: type[Transform]) -> None:
    most = 0.5 if kind.draws == 0 else 1.0  # without draws it changes all images alike
    if kind.family == "noise":  # else all training images would be worse than those to classify
        most = 0.5
    assert 0 < kind.usual_probability <= most
    pipeline, name = add_card(Pipeline(), kind())
    assert pipeline.card(name).probability == kind.usual_probability
    grouped = Pipeline((Card("first", kind(), group="one_of"),), groups=(Group("one_of"),))
    pipeline, name = add_card(grouped, kind(), group="one_of")
    assert pipeline.card(name).probability == 1


def test_no_two_look_or_read_alike() -> None:
    for name in ("icon", "title", "summary"):
        counted = Counter(getattr(kind, name) for kind in KINDS)
        assert [value for value, count in counted.items() if count > 1] == []


@every_kind
def test_settings_survive_a_file(kind: type[Transform]) -> None:
    for transform in settings(kind):
        text = json.dumps(transform.to_json())
        assert TRANSFORMS.from_json(json.loads(text)) == transform


@every_kind
def test_impossible_settings_are_refused(kind: type[Transform]) -> None:
    for item in kind.params():
        if item.type not in ("int", "float", "pair"):
            continue
        whole = int if item.type == "int" else float
        assert item.minimum is not None
        assert item.maximum is not None
        for value in (whole(item.minimum - 1), whole(item.maximum + 1)):
            with pytest.raises(FoveaError, match=item.label) as refused:
                kind(**{item.name: (value, value) if item.type == "pair" else value})
            assert refused.value.code == "FV-H001"
        if item.type == "pair":
            with pytest.raises(FoveaError) as refused:
                kind(**{item.name: (item.maximum, item.minimum)})
            assert refused.value.code == "FV-H002"
            assert refused.value.where == item.name


@every_kind
def test_asks_only_questions_that_exist(kind: type[Transform]) -> None:
    for transform in settings(kind):
        asked = transform.questions()
        assert set(asked) <= set(QUESTIONS)
        assert len(set(asked)) == len(asked)


@every_kind
def test_fits_colour_images_and_says_so_where_it_fits_no_others(kind: type[Transform]) -> None:
    assert list(kind().misfits(ImageFacts(3, 64, 64))) == []
    names = {item.name for item in kind.params()}
    for channels in (1, 2, 5):
        found = list(kind().misfits(ImageFacts(channels, 64, 64)))
        assert not kind.rgb_only or found
        for misfit in found:
            assert misfit.field in names | {""}
            assert misfit.message.endswith(".")
            assert misfit.fix.endswith(".")


@every_kind
@pytest.mark.parametrize("channels", CHANNELS)
def test_pixels_stay_pixels_at_any_depth(kind: type[Transform], channels: int) -> None:
    images = suited(kind(), 6, channels)
    before = images.clone()
    result = run(kind(), images)
    assert torch.equal(images, before)
    assert result.dtype == torch.float32
    assert result.shape == images.shape
    assert result.is_contiguous()
    assert result.min() >= 0
    assert result.max() <= 1  # also false for NaN
    wide = run(kind(), images.int() * 257, scale=1 / 65535)
    real = run(kind(), images.double() / 255, scale=1.0)
    for other in (wide, real):  # a pixel on the very edge of a level or threshold may fall apart
        apart = (other - result).abs() > 1e-4
        assert float(apart.float().mean()) < 0.02


@every_kind
def test_every_setting_runs(kind: type[Transform]) -> None:
    for transform in settings(kind):
        for height, width in ((17, 21), (20, 20)):
            if not list(transform.misfits(ImageFacts(3, height, width))):
                result = run(transform, pictures(3, 3, height, width))
                assert result.min() >= 0
                assert result.max() <= 1


@each(ALONE)
def test_changes_images(kind: type[Transform]) -> None:
    images = suited(kind(), 32)
    changed = (run(kind(), images) != images / 255).flatten(1).any(1)
    assert changed.sum() >= 8


@every_kind
@pytest.mark.parametrize("channels", CHANNELS)
def test_bits_do_not_depend_on_the_batch(kind: type[Transform], channels: int) -> None:
    images = suited(kind(), 9, channels)
    alone = torch.cat([run(kind(), images[i : i + 1], [i]) for i in range(9)])
    for picked in (list(range(9)), [5, 1, 7, 7, 0], [8, 3]):
        for chunk_bytes in (1, 3 * 4 * images[0].numel(), 1 << 30):
            batch = run(kind(), images[picked], picked, chunk_bytes=chunk_bytes)
            assert torch.equal(batch, alone[picked])


@every_kind
def test_chosen_images_have_the_bits_that_they_have_alone(kind: type[Transform]) -> None:
    images = suited(kind(), 12)
    alone = [run(kind(), images[i : i + 1], [i], probability=0.5) for i in range(12)]
    assert torch.equal(run(kind(), images, probability=0.5), torch.cat(alone))


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@every_kind
def test_bits_do_not_depend_on_the_number_of_threads(kind: type[Transform]) -> None:
    images = suited(kind(), 2, 3, 130, 137)  # planes larger than torch gives to one thread
    torch.set_num_threads(1)
    single = run(kind(), images)
    torch.set_num_threads(2)
    assert torch.equal(run(kind(), images), single)


@pytest.mark.gpu
@every_kind
def test_cuda_gives_the_same_picture(kind: type[Transform]) -> None:
    images = suited(kind(), 8)
    here, there = run(kind(), images), run(kind(), images.cuda()).cpu()
    # A pixel on the very edge of a level or threshold may fall to its other side.
    assert float(((here - there).abs() > 2e-4).float().mean()) < 0.02
    assert torch.equal(run(kind(), images[3:5].cuda(), [3, 4]).cpu(), there[3:5])


@pytest.mark.gpu
@every_kind
def test_a_card_is_never_waited_for(kind: type[Transform]) -> None:
    images = suited(kind(), 8).cuda()
    numbers = torch.arange(8).cuda()
    wanted = run(kind(), images, numbers)  # what is made once and kept may wait
    with waiting_forbidden():
        again = run(kind(), images, numbers)
    assert torch.equal(again, wanted)


@each(COMPUTING)
def test_draws_at_either_end_are_in_range(kind: type[Pixels]) -> None:
    transform = kind()
    images = pictures(4, 3) / 255
    for draw in (0.0, 1 - 2.0**-24, 1.0):  # policies hand out the very end, too
        draws = torch.full((4, transform.draws), draw, dtype=torch.float64)
        keys = torch.tensor([0, -1, 1 << 62, -(1 << 63)])
        result = transform.apply(images.clone(), draws, keys)
        assert result.min() >= 0
        assert result.max() <= 1


@each(MIXING)
def test_mixing_keeps_bits_and_shares(kind: type[Mixing]) -> None:
    transform = kind()
    images, partners = pictures(8, 3) / 255, pictures(8, 3).flip(0) / 255
    draws = torch.from_numpy(np.random.default_rng(0).random((8, transform.draws)))
    mixed, share = transform.mix(images.clone(), partners, draws)
    assert mixed.shape == images.shape
    assert mixed.dtype == torch.float32
    assert share.shape == (8,)
    assert share.dtype == torch.float64
    assert 0 <= share.min() <= share.max() <= 1
    assert (mixed - torch.minimum(images, partners)).min() > -1e-6
    assert (mixed - torch.maximum(images, partners)).max() < 1e-6
    for i in range(8):
        part = slice(i, i + 1)
        one, own = transform.mix(images[part].clone(), partners[part], draws[part])
        assert torch.equal(one, mixed[part])
        assert torch.equal(own, share[part])


def test_the_table_is_read_without_torch() -> None:
    code = (
        "import sys; from engine.transforms.base import TRANSFORMS; "
        "print(len(TRANSFORMS.kinds()), 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == [str(len(KINDS)), "False"]
