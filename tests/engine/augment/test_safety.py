"""Questions about the classes, their answers, and the cards that raise them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.augment.pipeline import Card, Group, Pipeline
from engine.augment.safety import NO_ANSWERS, QUESTIONS, Answers, Doubt, doubts, refused_by
from engine.errors import FoveaError
from engine.spec import param
from engine.transforms.base import TRANSFORMS, Pixels

NAMES = ("mirror", "upside_down", "turn", "colour", "brightness", "small", "size", "detail")


class _Asks(Pixels):
    """Raises what it is told to, in whatever order."""

    kind = "test_asks"
    title = "Asks"
    family = "noise"

    names: tuple[str, ...] = param(("size", "mirror"), help="The questions.")

    def questions(self) -> tuple[str, ...]:
        return self.names


def test_every_question_is_asked_in_whole_sentences() -> None:
    assert tuple(QUESTIONS) == NAMES
    for question in QUESTIONS.values():
        assert question.text.endswith("?")
        assert question.example.startswith("Yes for ")
        assert "; no " in question.example
        assert question.consequence.endswith(".")
        assert not question.change.endswith(".")
    assert len({question.title for question in QUESTIONS.values()}) == len(NAMES)


@pytest.mark.parametrize("cls", list(TRANSFORMS), ids=lambda cls: cls.kind)
def test_transforms_raise_only_questions_that_there_are(cls: Any) -> None:
    raised = cls().questions()
    assert set(raised) <= set(QUESTIONS)
    assert len(set(raised)) == len(raised)


def test_answers_are_values() -> None:
    given_last = Answers({"size": False, "mirror": True})
    assert given_last == Answers({"mirror": True, "size": False}) == {"size": False, "mirror": True}
    assert hash(given_last) == hash(Answers({"mirror": True, "size": False}))
    assert list(given_last.to_json()) == ["mirror", "size"], "in the order of the questions"
    assert given_last.with_("size", None) == Answers({"mirror": True})
    assert given_last == Answers({"mirror": True, "size": False}), "unchanged"
    assert NO_ANSWERS.with_("colour", True).with_("colour", False) == {"colour": False}
    assert copy.deepcopy(given_last) == pickle.loads(pickle.dumps(given_last)) == given_last
    with pytest.raises(TypeError):
        given_last["size"] = True  # type: ignore[index]


def test_answers_do_not_follow_the_mapping_they_were_made_from() -> None:
    source = {"mirror": True}
    answers = Answers(source)
    source["mirror"] = False
    answers.to_json()["mirror"] = False
    assert answers["mirror"] is True


@given(st.dictionaries(st.sampled_from(NAMES), st.booleans()))
def test_answers_survive_json(given_answers: dict[str, bool]) -> None:
    answers = Answers(given_answers)
    assert Answers.from_json(answers.to_json()) == answers == given_answers


@pytest.mark.parametrize(
    ("value", "code", "where"),
    [
        (None, "FV-P010", "/answers"),
        ([], "FV-P010", "/answers"),
        ({"mirrow": True}, "FV-P011", "/answers/mirrow"),
        ({"mirror": "yes"}, "FV-P010", "/answers/mirror"),
        ({"mirror": 1}, "FV-P010", "/answers/mirror"),
        ({"mirror": None}, "FV-P010", "/answers/mirror"),
    ],
)
def test_wrong_answers_are_refused_at_their_place(value: Any, code: str, where: str) -> None:
    with pytest.raises(FoveaError) as caught:
        Answers.from_json(value, "/answers")
    assert (caught.value.code, caught.value.where) == (code, where)


def test_an_unknown_question_gets_the_nearest_name() -> None:
    for wrong in (lambda: Answers({"colours": True}), lambda: NO_ANSWERS.with_("colours", None)):
        with pytest.raises(FoveaError) as caught:
            wrong()
        assert caught.value.code == "FV-H003"
        assert "“colour”" in caught.value.fix


def test_doubts_name_each_active_card_with_the_answer() -> None:
    cards = (
        Card("a", _Asks()),
        Card("off", _Asks(), on=False),
        Card("never", _Asks(), probability=0.0),
        Card("b", _Asks(names=("detail",)), probability=0.1, group="one"),
        Card("c", _Asks(names=("detail",)), group="two"),
    )
    pipeline = Pipeline(cards, groups=(Group("one"), Group("two", on=False)))
    assert doubts(pipeline, Answers({"mirror": True, "detail": False})) == (
        Doubt("a", "mirror", True),
        Doubt("a", "size", None),
        Doubt("b", "detail", False),
    )
    assert doubts(Pipeline(), NO_ANSWERS) == ()


def test_a_transform_is_refused_by_a_yes_only() -> None:
    transform = _Asks()
    assert refused_by(transform, NO_ANSWERS) == ()
    assert refused_by(transform, Answers({"mirror": False, "detail": True})) == ()
    assert refused_by(transform, Answers({"mirror": True})) == ("mirror",)


def test_nobody_is_asked_about_the_colour_of_grey_images() -> None:
    pipeline = Pipeline((Card("a", _Asks(names=("colour", "mirror"))),))
    assert [doubt.question for doubt in doubts(pipeline, NO_ANSWERS, 1)] == ["mirror"]
    assert [doubt.question for doubt in doubts(pipeline, {"colour": True}, 1)] == ["mirror"]
    for channels in (3, 4, None):
        asked = [doubt.question for doubt in doubts(pipeline, NO_ANSWERS, channels)]
        assert asked == ["mirror", "colour"]
