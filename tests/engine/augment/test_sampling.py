"""How an epoch draws its classes: quotas, rounds, and what it leaves as it was."""

from __future__ import annotations

import numpy as np
import pytest

from engine.augment.mixing import epoch_order
from engine.augment.sampling import drawn_places, quotas, sample_numbers
from engine.randomness import numpy_permutation

LABELS = np.repeat([0, 1, 2], [80, 15, 5])[numpy_permutation(3, 0, 100)]
COUNTS = np.array([80, 15, 5])


def test_quotas_keep_the_number_of_images() -> None:
    assert quotas(COUNTS, "natural").tolist() == [80, 15, 5]
    assert quotas(COUNTS, "balanced").tolist() == [34, 33, 33]
    roots = np.sqrt(COUNTS) / np.sqrt(COUNTS).sum() * 100
    got = quotas(COUNTS, "square_root")
    assert got.sum() == 100
    assert np.abs(got - roots).max() < 1


def test_a_class_without_images_is_not_drawn() -> None:
    assert quotas(np.array([6, 0, 3]), "balanced").tolist() == [5, 0, 4]
    assert drawn_places(1, 0, np.array([0, 0, 2]), "balanced").size == 3


def test_natural_is_the_order_that_it_always_was() -> None:
    rows = np.arange(7, 107)
    assert (epoch_order(5, 2, rows) == rows[numpy_permutation(5, 2, 100)]).all()
    assert (epoch_order(5, 2, rows, LABELS, "natural") == epoch_order(5, 2, rows)).all()


@pytest.mark.parametrize("sampling", ["square_root", "balanced"])
def test_an_epoch_shows_each_class_as_often_as_its_quota(sampling: str) -> None:
    wanted = quotas(COUNTS, sampling)
    for epoch in range(4):
        places = drawn_places(5, epoch, LABELS, sampling)
        assert np.bincount(LABELS[places]).tolist() == wanted.tolist()
        for label in range(3):
            own = np.bincount(places, minlength=100)[label == LABELS]
            assert own.max() - own.min() <= 2  # the end of one round, and the start of another


@pytest.mark.parametrize("sampling", ["square_root", "balanced"])
def test_over_the_epochs_all_images_of_a_class_come_equally_often(sampling: str) -> None:
    seen = np.zeros(100, np.int64)
    for epoch in range(23):
        seen += np.bincount(drawn_places(5, epoch, LABELS, sampling), minlength=100)
        for label in range(3):
            own = seen[label == LABELS]
            assert own.max() - own.min() <= 1


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    one = drawn_places(5, 3, LABELS, "balanced")
    assert (one == drawn_places(5, 3, LABELS, "balanced")).all()
    assert (one != drawn_places(5, 4, LABELS, "balanced")).any()
    assert (one != drawn_places(6, 3, LABELS, "balanced")).any()
    assert (np.diff(LABELS[one]) != 0).sum() > 40  # shuffled, not class after class


def test_a_class_of_one_image_among_many_costs_no_round_each() -> None:
    labels = np.zeros(20_000, np.int64)
    labels[77] = 1
    places = drawn_places(0, 5, labels, "balanced")
    assert (places == 77).sum() == 10_000


def test_each_showing_of_an_image_draws_from_its_own_number() -> None:
    order = np.array([4, 7, 4, 2, 4, 7])
    numbers = sample_numbers(order)
    assert numbers.tolist() == [4, 7, 4 + (1 << 32), 2, 4 + (2 << 32), 7 + (1 << 32)]
    rows = numpy_permutation(0, 0, 50)
    assert (sample_numbers(rows) == rows).all()
