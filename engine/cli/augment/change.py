"""The subcommands of ``augment`` that change a project."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click

from engine.augment.edits import add_card, remove_card
from engine.augment.presets import PRESETS
from engine.augment.recommend import hints
from engine.augment.safety import QUESTIONS
from engine.augment.text import LONGEST
from engine.augment.text import paste as read_paste
from engine.cli.augment.editing import describe, edit, tell
from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.errors import FoveaError, suggest
from engine.project.address import put_text
from engine.project.document import Project
from engine.project.new import recommended
from engine.project.store import locate
from engine.transforms.base import TRANSFORMS, ImageFacts

__all__ = ["add", "answer", "paste", "preset", "remove", "set_values"]


_GIVEN: dict[str, bool | None] = {"yes": True, "no": False, "unknown": None}


@click.command(
    short_help="Use a preset, or the recommended one.",
    epilog="Example: python -m engine augment preset cells recommended",
)
@folder_argument
@click.argument("name", metavar="NAME")
@json_option
@pass_output
def preset(out: Output, folder: Path, name: str) -> None:
    """Replace the pipeline of the project DIR by the preset NAME, as it fits images and answers.

    NAME is one of none, light, standard, strong, microscopy, xray and text, or recommended: the one
    that Fovea chooses from the images, their number and the answers about the classes.
    """
    reasons: list[str] = []

    def change(project: Project) -> Project:
        if name == "recommended":
            found = recommended(project, _training_images(project, folder))
            reasons.append(f"{PRESETS[found.preset].title}: {found.reason}")
            return project.with_(augment=found.pipeline)
        if name not in PRESETS:
            fix = suggest(name[:80], [*PRESETS, "recommended"])
            raise FoveaError("FV-U002", f"There is no preset “{name:.80}”.", fix=fix)
        reasons.append(PRESETS[name].reason)
        side = project.data.size
        images = ImageFacts(project.data.channel_count, side, side)
        return project.with_(augment=PRESETS[name].pipeline_for(images, project.answers))

    project = edit(folder, out, change)
    out.say(reasons[0])
    _done(out, project)


def _training_images(project: Project, folder: Path) -> int:
    from engine.data.manifest import load_manifest
    from engine.data.split import TRAIN, split

    manifest = load_manifest(locate(folder).absolute(), project.data.manifest)
    return int((split(manifest, project.data) == TRAIN).sum())


@click.command(
    short_help="Replace the pipeline by a text.",
    epilog="Example: python -m engine augment paste cells pipeline.txt",
)
@folder_argument
@click.argument("file", metavar="FILE", type=click.File("rb"))
@json_option
@pass_output
def paste(out: Output, folder: Path, file: IO[bytes]) -> None:
    """Replace the pipeline of the project DIR by the text in FILE (- for standard input).

    The text is what show prints, or a call of Keras' ImageDataGenerator with literal values;
    nothing in it is run. What could not be taken over as it is, is told.
    """
    text = file.read(4 * LONGEST + 1).decode("utf-8-sig", "replace")
    found = read_paste(text)
    project = edit(folder, out, lambda project: project.with_(augment=found.pipeline))
    out.result({**describe(project), "notes": list(found.notes)})
    for note in found.notes:
        out.say(f"note: {note}")
    tell(out, project)


@click.command(
    short_help="Add a card.",
    epilog="Example: python -m engine augment add cells rotate degrees=20 probability=0.5",
)
@folder_argument
@click.argument("kind", metavar="KIND")
@click.argument("settings", metavar="[NAME=VALUE]...", nargs=-1)
@click.option("--index", metavar="N", type=int, help="Its place; 0 is first. Last when left out.")
@json_option
@pass_output
def add(out: Output, folder: Path, kind: str, settings: tuple[str, ...], index: int | None) -> None:
    """Add a card of the transform KIND to the project DIR; catalogue lists the kinds."""

    def change(project: Project) -> Project:
        pipeline, name = add_card(project.augment, TRANSFORMS.get(kind)(), index=index)
        return _put(project.with_(augment=pipeline), settings, f"{name}.")

    _done(out, edit(folder, out, change))


@click.command(
    name="set",
    short_help="Change settings of cards.",
    epilog="Example: python -m engine augment set cells rotate.degrees=10 flip.on=false",
)
@folder_argument
@click.argument("settings", metavar="CARD.NAME=VALUE...", nargs=-1, required=True)
@json_option
@pass_output
def set_values(out: Output, folder: Path, settings: tuple[str, ...]) -> None:
    """Change settings of cards, or of the whole pipeline (fill=nearest), in the project DIR."""
    _done(out, edit(folder, out, lambda project: _put(project, settings, "")))


@click.command(
    short_help="Remove cards.", epilog="Example: python -m engine augment remove cells rotate"
)
@folder_argument
@click.argument("cards", metavar="CARD...", nargs=-1, required=True)
@json_option
@pass_output
def remove(out: Output, folder: Path, cards: tuple[str, ...]) -> None:
    """Remove cards, named by id or by kind, from the project DIR."""

    def change(project: Project) -> Project:
        pipeline = project.augment
        for id in dict.fromkeys(pipeline.card(name).id for name in cards):
            pipeline = remove_card(pipeline, id)
        return project.with_(augment=pipeline)

    _done(out, edit(folder, out, change))


@click.command(
    short_help="Answer a question about the classes.",
    epilog="Example: python -m engine augment answer cells mirror no",
)
@folder_argument
@click.argument("question", metavar="[QUESTION]", required=False)
@click.argument("given", metavar="[yes|no|unknown]", required=False, type=click.Choice(_GIVEN))
@json_option
@pass_output
def answer(out: Output, folder: Path, question: str | None, given: str | None) -> None:
    """Answer a question about the classes of the project DIR, once for all its cards.

    Yes means: it matters for the classes, so a card that changes it can spoil labels. Without
    QUESTION, all questions and their answers are listed.
    """
    if question is None:
        _list_questions(out, open_project(folder, out)[0])
        return
    if given is None and question not in QUESTIONS:
        known = ", ".join(QUESTIONS)
        raise click.UsageError(f"There is no question “{question:.40}”. Questions: {known}.")
    if given is None:
        raise click.UsageError(f"Say yes, no or unknown: answer DIR {question} yes")
    value = _GIVEN[given]
    project = edit(
        folder, out, lambda project: project.with_(answers=project.answers.with_(question, value))
    )
    out.say(QUESTIONS[question].text)
    out.say(f"{question}: {given}")
    if value:
        out.say(QUESTIONS[question].consequence)
    _done(out, project)


def _list_questions(out: Output, project: Project) -> None:
    suggested = hints(project.data.classes)
    for question in QUESTIONS.values():
        known = project.answers.get(question.name)
        out.result(
            {
                "question": question.name,
                "answer": known,
                "suggested": suggested.get(question.name),
                "text": question.text,
                "example": question.example,
                "consequence": question.consequence,
            }
        )
        shown = "not answered" if known is None else ("yes" if known else "no")
        out.say(f"{question.name}: {shown}")
        out.say(f"  {question.text}")
        out.say(f"  {question.example}")
        if known is None and question.name in suggested:
            out.say("  The names of the classes suggest yes.")


def _put(project: Project, settings: tuple[str, ...], prefix: str) -> Project:
    for setting in settings:
        name, sign, text = setting.partition("=")
        if not sign:
            raise click.UsageError(f"“{setting}” is not NAME=VALUE.")
        address = name.strip().removeprefix("augment.")
        project = put_text(project, f"augment.{prefix}{address}", text)
    return project


def _done(out: Output, project: Project) -> None:
    out.result(describe(project))
    tell(out, project)
