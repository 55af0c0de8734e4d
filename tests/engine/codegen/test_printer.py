"""Lines are laid out as ruff does it."""

from __future__ import annotations

import itertools

from engine.codegen.printer import lay_out, split_items
from tests.engine.codegen.sameness import formatted

LONG, LONGER = "a" * 30, "b" * 45
CALL = "nn.Conv2d(64, 128, 3, stride=(2, 1), padding=1)"
EXPRESSIONS = (
    "nn.ReLU()",
    CALL,
    f"nn.Conv2d({LONG}, {LONGER}, 3, padding=1)",
    f"nn.Conv2d({LONG}, {LONGER}, 3, padding=(1, 1), padding_mode='zeros')".replace("'", '"'),
    f"nn.Sequential({CALL}, {CALL})",
    f"nn.Sequential({CALL.replace('64', LONGER)}, {CALL})",
    f"nn.Sequential({CALL.replace('64', f'{LONGER}, {LONG}')}, nn.ReLU())",
    f"torch.flatten(self.{LONG}({LONGER}), 1)",
    f"torch.cat([{LONG}, {LONG}], dim=1)",
    f"torch.cat([{LONG}, {LONG}, {LONG}], dim=1)",
    f"Block({CALL})",
    f"Block({CALL.replace('64', LONGER)}, norm={CALL})",
    f"Block(norm={CALL.replace('64', LONGER)})",
    f"nn.Sequential(Block(1, 2), *[Block({LONG}, {LONGER}) for _ in range(3)])",
    f"nn.Sequential(*[Block({LONG}, {LONGER}, {LONG}) for _ in range(12)])",
    f"{LONG} + {LONG}",
    f"{LONG} + {LONG} + {LONG}",
    f"{LONG} * {LONG} * {LONG} * {LONG}",
    "a + b + c",
)


def test_expressions_are_split_as_ruff_splits_them() -> None:
    lines = []
    for depth, name, expression in itertools.product(
        (0, 1, 2), ("x", "self.attribute", "y" * 16), EXPRESSIONS
    ):
        lines += [f"{'    ' * level}if True:" for level in range(depth)]
        lines += lay_out(depth, f"{name} = ", expression)
    assert formatted("\n".join(lines) + "\n") == ""


def test_definitions_are_split_as_ruff_splits_them() -> None:
    parts = []
    for count in range(1, 9):
        arguments = ", ".join(["self", *(f"argument{n}: int = {n}" for n in range(count))])
        lines = lay_out(0, "def ", f"__init__({arguments})", " -> None:")
        parts.append("\n".join([*lines, "    pass"]))
    assert formatted("\n\n\n".join(parts) + "\n") == ""


def test_a_wrong_line_is_found() -> None:
    assert "+" in formatted("x = f( 1 )\n")


def test_only_outer_commas_part_items() -> None:
    assert split_items('f(1, 2), [3, 4], (5, 6), x="a, b"') == [
        "f(1, 2)",
        "[3, 4]",
        "(5, 6)",
        'x="a, b"',
    ]
    assert split_items("") == []
