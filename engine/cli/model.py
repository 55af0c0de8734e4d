"""``model``: a project's model from an ONNX file."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.augment.editing import edit
from engine.cli.opening import folder_argument
from engine.cli.output import Output, json_option, pass_output
from engine.graph.analysis import analyse
from engine.onnx_import import Imported, import_onnx
from engine.onnx_import.saving import save_weights
from engine.project.document import Project
from engine.project.store import locate
from engine.weights.imported import keep_imported

__all__ = ["model"]


@click.command(
    short_help="Take the model from an ONNX file.",
    epilog="Example: python -m engine model cells --from resnet18.onnx --weights start.safetensors",
)
@folder_argument
@click.option(
    "--from",
    "source",
    metavar="FILE.onnx",
    required=True,
    type=click.Path(path_type=Path),
    help="An ONNX file of a classifier, as PyTorch or a converter from Keras writes it.",
)
@click.option(
    "--weights",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="Write the weights of the file here too, as safetensors by the model's own names.",
)
@json_option
@pass_output
def model(out: Output, folder: Path, source: Path, weights: Path | None) -> None:
    """Replace the model of the project DIR by the network in FILE.onnx, made for its images.

    Everything in the file becomes layers, or nothing is changed and the operators that have no
    layer are named.
    """
    found: list[Imported] = []

    def change(project: Project) -> Project:
        found.append(import_onnx(source, project.frame()))
        if weights is not None:
            save_weights(found[0], weights)
        start = keep_imported(found[0], source, locate(folder).absolute(), project.frame())
        return project.with_(model=found[0].graph, start=start)

    project = edit(folder, out, change)
    imported, analysis = found[0], analyse(project.model, project.frame())
    out.result(
        {
            "event": "model_imported",
            "nodes": len(imported.graph.nodes),
            "parameters": analysis.parameters,
            "weights": len(imported.weights),
            "weights_file": str(weights.absolute()) if weights is not None else None,
            "notes": list(imported.notes),
            "problems": [problem.message for problem in analysis.problems],
        }
    )
    out.say(
        f"The model of “{project.name}” is now that of {source.name}: "
        f"{len(imported.graph.nodes):,} nodes, {analysis.parameters:,} parameters."
    )
    for note in imported.notes:
        out.say(f"note: {note}")
    if project.start is not None:
        out.say("Training starts from its weights; weights DIR --clear starts at random.")
    if weights is not None:
        out.say(f"They are in {weights} as well.")
