"""Small faults in Python sources, one at a time: cosmic-ray's operators, and statements left out.

Of the tools that are kept, cosmic-ray lets its operators be used alone. mutmut 3 brings a copy of
the project and forks a process that has loaded it, which neither the native module of an editable
install nor Qt survives; mutatest knows no Python that we support.
"""

from __future__ import annotations

import ast
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import parso
from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from tools.mutants.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Position = tuple[int, int]

# one for each way that something is got wrong; what only a type checker would see is not here
_OTHER_WAY = {
    "ReplaceComparisonOperator": "Lt_LtE LtE_Lt Gt_GtE GtE_Gt Eq_NotEq NotEq_Eq Is_IsNot IsNot_Is",
    "ReplaceBinaryOperator": "Add_Sub Sub_Add Mul_FloorDiv FloorDiv_Mul Div_Mul Mod_Add "
    "BitAnd_BitOr BitOr_BitAnd",
    "ReplaceUnaryOperator": "Delete_Not Delete_USub",
}
_CHOSEN = (
    *(f"{name}_{change}" for name, changes in _OTHER_WAY.items() for change in changes.split()),
    *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr"),
    *("ReplaceOrWithAnd", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
    *("ExceptionReplacer", "NumberReplacer", "ZeroIterationForLoop"),
)
# how far apart things stand, and what only the desktop is told, no test is about
_LOOKS = re.compile(
    r"set(ContentsMargins|Spacing|ObjectName|WordWrap|StatusTip|Movable|SectionResizeMode|"
    r"MinimumHeight|MinimumWidth|SizePolicy|SizeAdjustPolicy|MinimumContentsLength|Attribute)"
)

# of zip: what it would find is a fault elsewhere; of an action: a line between two entries
_NOT_TRIED = ("strict", "separated")


@dataclass(frozen=True)
class PyFault(Fault):
    """A fault in Python: where the statement ends, and the whole file with the fault in it."""

    last_line: int
    source: str


class LeaveOut:
    """Leaves out a statement that calls or sets something. An operator as cosmic-ray's are."""

    def mutation_positions(
        self, node: parso.tree.NodeOrLeaf
    ) -> Iterator[tuple[Position, Position]]:
        """Give where it can change a node."""
        if node.type != "simple_stmt" or not isinstance(node, parso.tree.BaseNode):
            return
        first = node.children[0]
        is_call = first.type in ("atom_expr", "power")
        is_kept = (
            first.type == "expr_stmt"
            and first.children[0].type in ("atom_expr", "power")
            and first.children[1].type != "annassign"
        )
        if is_call or is_kept:
            yield first.start_pos, first.end_pos

    def mutate(self, node: parso.tree.BaseNode, _index: int) -> parso.tree.BaseNode:
        """Change a node."""
        nothing = parso.parse("pass").children[0]  # type: ignore[no-untyped-call]
        nothing.prefix = node.children[0].get_first_leaf().prefix
        node.children[0] = nothing
        return node


def _operators() -> dict[str, object]:
    made = {name: plugins.get_operator(f"core/{name}")() for name in _CHOSEN}
    return {**made, "LeaveOut": LeaveOut()}


class Source:
    """A Python source with the places where faults can be put in.

    Args:
        path: The file.
        name: As the faults name it.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._text = path.read_text(encoding="utf-8")
        tree = ast.parse(self._text)
        self._left_alone = list(_left_alone(tree))
        self._functions = [
            node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)
        ]
        self._operators = _operators()
        # (line, column) of a place: the ways it can be changed, and where it ends
        self.places: dict[Position, list[tuple[str, int, int]]] = {}
        nodes = list(ast_nodes(get_ast(self._text)))
        for name_of, operator in self._operators.items():
            self._look(name_of, operator, nodes)

    def _look(self, name: str, operator: object, nodes: list[parso.tree.NodeOrLeaf]) -> None:
        occurrence = 0
        for node in nodes:
            for begin, end in operator.mutation_positions(node):  # type: ignore[attr-defined]
                if not any(first <= begin < last for first, last in self._left_alone):
                    self.places.setdefault(begin, []).append((name, occurrence, end[0]))
                occurrence += 1

    def fault(self, place: Position, number: int, chance: random.Random) -> PyFault | None:
        """Return a fault at a place; None where it would be no Python."""
        operator, occurrence, last_line = chance.choice(self.places[place])
        changed = mutate_code(self._text, self._operators[operator], occurrence)
        try:
            is_same = ast.dump(ast.parse(changed)) == ast.dump(ast.parse(self._text))
        except SyntaxError:
            return None
        if is_same:
            return None
        before, after = _difference(self._text, changed)
        function = self._function_of(place[0])
        return PyFault(
            number,
            self.name,
            place[0],
            function,
            before,
            after,
            last_line=last_line,
            source=changed,
        )

    def _function_of(self, line: int) -> str:
        around = [
            node
            for node in self._functions
            if node.lineno <= line <= (node.end_lineno or node.lineno)
        ]
        return ".".join(node.name for node in sorted(around, key=lambda node: node.lineno))


def choose(sources: list[Source], most: int, seed: int, first: int) -> list[PyFault]:
    """Return at most so many faults in some sources, those of a row of the table.

    Args:
        sources: Where to put them.
        most: How many; 0: one at each place.
        seed: Another one chooses others.
        first: The number of the first.
    """
    places = [(source, place) for source in sources for place in sorted(source.places)]
    chance = random.Random(f"{seed} {sources[0].name}")  # noqa: S311
    chance.shuffle(places)
    faults: list[PyFault] = []
    for source, place in places:
        if most and len(faults) == most:
            break
        made = source.fault(place, first + len(faults), chance)
        if made is not None:
            faults.append(made)
    return faults


def _left_alone(tree: ast.AST) -> Iterator[tuple[Position, Position]]:
    """Give the parts that no test can notice: types, and what only a type checker reads."""
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.arg | ast.AnnAssign):
            parts.append(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            parts += [node.returns, *node.decorator_list]
            parts += node.body if _is_promise(node) else []
        elif isinstance(node, ast.ClassDef):
            parts += node.decorator_list
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            parts += [node.test, *node.body]
        elif isinstance(node, ast.keyword) and node.arg in _NOT_TRIED:
            parts.append(node.value)
        elif isinstance(node, ast.Expr) and _is_look(node.value):
            parts.append(node)
        for part in parts:
            if part is not None:
                begin = part.lineno, part.col_offset  # type: ignore[attr-defined]
                yield begin, (part.end_lineno, part.end_col_offset)  # type: ignore[attr-defined]


def _is_look(call: ast.expr) -> bool:
    """Whether a statement says only how far apart things stand, or what the desktop is told."""
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and bool(_LOOKS.fullmatch(call.func.attr))
    )


def _is_promise(function: ast.FunctionDef) -> bool:
    """Whether a function is without a body, as those of protocols are."""
    return all(isinstance(node, ast.Expr) for node in function.body)


def _difference(old: str, new: str) -> tuple[str, str]:
    """Return the first lines that differ, without what they have in common at their ends."""
    pairs = zip(old.splitlines(), new.splitlines(), strict=False)
    before, after = next(pair for pair in pairs if pair[0] != pair[1])
    return before.strip(), after.strip()
