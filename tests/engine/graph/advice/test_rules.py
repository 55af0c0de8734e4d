"""Every rule finds what it is about and nothing near it; its remedy cures and does no harm."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FoveaError
from engine.graph.advice import Finding, advise, rules
from engine.graph.advice.base import Case, rule
from engine.graph.advice.rules.scores import SQUEEZING
from engine.graph.analysis import analyse
from engine.graph.edits import remove, set_layer
from engine.graph.records import Graph
from engine.layers.base import LAYERS, Frame, Layer
from engine.losses.cross_entropy import CrossEntropy
from engine.templates import TEMPLATES
from tests.engine.graph.advice.cases import BAD, GOOD, IMAGE, chain, line
from tests.engine.graph.test_edits_at_random import STEP, _apply

LOSS = CrossEntropy()
SIDES = (28, 32, 40, 48, 64, 80, 96, 112, 128, 160, 192, 224)
ALL_BAD = [(code, number) for code, graphs in BAD.items() for number in range(len(graphs))]
ALL_GOOD = [(code, number) for code, graphs in GOOD.items() for number in range(len(graphs))]


def found(graph: Graph, frame: Frame = IMAGE) -> tuple[Finding, ...]:
    return advise(graph, frame, analyse(graph, frame), LOSS)


def codes(graph: Graph) -> list[str]:
    return [finding.code for finding in found(graph)]


def test_every_rule_has_its_cases_and_says_why() -> None:
    assert set(BAD) == set(GOOD) == set(rules())
    for code, function in rules().items():
        assert function.__doc__, code
        assert any(year in function.__doc__ for year in ("20", "no gradient")), code


@pytest.mark.parametrize(("code", "number"), ALL_BAD)
def test_a_rule_finds_what_it_is_about(code: str, number: int) -> None:
    graph = BAD[code][number]
    findings = [finding for finding in found(graph) if finding.code == code]
    assert findings
    for finding in findings:
        assert all(name in graph for name in finding.nodes)
        assert f"“{finding.nodes[0]}”" in finding.sentence or len(finding.nodes) > 2
        assert finding.sentence.endswith(".")
        assert finding.advice.endswith(".")
        assert finding.severity == "warning"


@pytest.mark.parametrize(("code", "number"), ALL_GOOD)
def test_a_rule_leaves_alone_what_is_near(code: str, number: int) -> None:
    assert code not in codes(GOOD[code][number])


@pytest.mark.parametrize(("code", "number"), ALL_BAD)
def test_the_remedy_cures_and_changes_nothing_else(code: str, number: int) -> None:
    graph = BAD[code][number]
    before = found(graph)
    snapshot = graph.to_json()
    finding = next(f for f in before if f.code == code)
    assert finding.remedy is not None, finding
    cured = finding.remedy.edit(graph)
    assert graph.to_json() == snapshot
    left = [f.code for f in found(cured)]
    assert left.count(code) < [f.code for f in before].count(code)
    assert set(left) <= {f.code for f in before}
    problems = analyse(graph, IMAGE).problems
    assert len(analyse(cured, IMAGE).problems) <= len(problems)
    assert finding.remedy.label[0].isupper()
    named = " ".join(finding.nodes) + finding.remedy.label
    for node in graph.nodes:
        same = node.id in cured and cured.by_id[node.id].layer == node.layer
        assert same or node.id in named or code in ("no_normalisation",), node.id
    assert {w.source for w in cured.wires} <= set(cured.by_id)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_is_warned_of(name: str, side: int) -> None:
    """But VGG-11 of 2014, which is what two of the rules are about."""
    frame = Frame(3, side, side, 5)
    codes = {finding.code for finding in found(TEMPLATES[name].build(frame), frame)}
    assert codes == ({"huge_linear", "no_normalisation"} if name == "vgg11" else set())


@given(st.sampled_from(sorted(TEMPLATES)), st.lists(STEP, max_size=12))
@settings(max_examples=60, deadline=None)
def test_remedies_of_any_graph_keep_it_valid(name: str, steps: list[tuple]) -> None:
    graph = TEMPLATES[name].build(IMAGE)
    for step in steps:
        try:
            graph, _ = _apply(graph, *step)
        except FoveaError:
            continue
    snapshot = graph.to_json()
    problems = analyse(graph, IMAGE).problems
    for finding in found(graph):
        if finding.remedy is not None:
            cured = finding.remedy.edit(graph)
            assert cured is not graph
            assert len(analyse(cured, IMAGE).problems) <= len(problems)
            assert Graph.from_json(cured.to_json()) == cured
            again = [f.code for f in found(cured)].count(finding.code)
            assert again < [f.code for f in found(graph)].count(finding.code)
    assert graph.to_json() == snapshot


def test_a_remedy_for_nodes_that_are_gone_says_so() -> None:
    graph = BAD["bias_before_norm"][0]
    (finding,) = (f for f in found(graph) if f.code == "bias_before_norm")
    assert finding.remedy is not None
    with pytest.raises(FoveaError):
        finding.remedy.edit(remove(graph, finding.nodes))


def test_scores_are_judged_by_the_loss() -> None:
    graph = BAD["squeezed_scores"][0]
    without = advise(graph, IMAGE, analyse(graph, IMAGE))
    assert "squeezed_scores" not in [finding.code for finding in without]


def test_normalisation_is_put_in_with_room_between_the_nodes() -> None:
    graph = chain(8)
    (finding,) = found(graph)
    assert finding.remedy is not None
    cured = finding.remedy.edit(graph)
    norms = [n for n in cured.nodes if n.layer.category == "Normalisation"]
    assert len(norms) == 8
    heights = [n.y for n in cured.nodes if n.layer.category == "Convolution"]
    assert heights == sorted(heights)
    assert not any(n.layer.values().get("bias") for n in cured.nodes if n.id.startswith("conv"))


def test_wrong_graphs_are_judged_only_where_they_are_known() -> None:
    graph = line(*[n.layer for n in BAD["bias_before_norm"][0].nodes[1:3]])
    assert codes(graph) == ["bias_before_norm"]  # an image arrives at the scores: a problem
    assert advise(Graph(), Frame(0, 0, 0, 0)) == ()
    assert advise(graph, Frame(0, 0, 0, 0)) == ()


def test_the_same_question_is_answered_once() -> None:
    graph = BAD["narrow_view"][0]
    analysis = analyse(graph, IMAGE)
    assert advise(graph, IMAGE, analysis, LOSS) is advise(graph, IMAGE, analysis, LOSS)
    other = set_layer(graph, "conv2d1", graph.node("conv2d1").layer.with_(kernel_size=31))
    assert advise(other, IMAGE, None, LOSS) == ()


def test_two_rules_of_one_name_are_a_bug() -> None:
    def dead_branch(case: Case):
        """Another."""
        yield from ()

    with pytest.raises(ValueError, match="two rules"):
        rule(dead_branch)


def test_advice_takes_milliseconds_and_no_torch() -> None:
    graph = chain(150, norm=True)
    analysis = analyse(graph, IMAGE)
    advise(graph, IMAGE, analysis, None)
    began = time.process_time()
    assert advise(graph, IMAGE, analysis, LOSS)[0].code == "wide_view"
    assert time.process_time() - began < 0.5
    code = (
        "import sys; from engine.graph.advice import advise; from engine.layers import Frame; "
        "from engine.templates import TEMPLATES; from engine.compile.demand import demand; "
        "f = Frame(1, 28, 28, 10); found = [advise(t.build(f), f) for t in TEMPLATES.values()]; "
        "assert any(found) and 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "kind", [k for k in LAYERS if k.category == "Activation"], ids=lambda kind: kind.kind
)
def test_activations_that_squeeze_are_known_to_the_rule(kind: type[Layer]) -> None:
    """Every kind whose values stay between two bounds near each other is one of them."""
    values = torch.cat([torch.linspace(-1e4, 1e4, 99), torch.linspace(-3, 3, 101)])
    out = kind().build(((200,),)).eval()(values[None])
    squeezes = float((out.max() - out.min()).detach()) <= 2.5
    assert issubclass(kind, SQUEEZING) == squeezes
