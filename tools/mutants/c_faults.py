"""Small faults in C sources, each behind a run-time switch, so that one build holds them all.

A source is parsed; where it compares, calculates, decides, calls or assigns, the other way is put
beside what stands there: `a < b` becomes `(RELAY_FAULT(7) ? (a <= b) : (a < b))`. Nothing changes
while no fault is chosen.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import tree_sitter_c
from tree_sitter import Language, Node, Parser

from tools.mutants.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

SWITCH = "RELAY_FAULT"
HEAD = f"""extern int relay_fault;
extern unsigned char *relay_fault_reached;
#define {SWITCH}(n) (relay_fault_reached[n] = 1, __builtin_expect(relay_fault == (n), 0))
"""
OTHER_WAY = {
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "==": "!=",
    "!=": "==",
    "&&": "||",
    "||": "&&",
    "+": "-",
    "-": "+",
    "+=": "-=",
    "-=": "+=",
    "|=": "&=",
    "true": "false",
    "false": "true",
}
_HIDDEN = re.compile(rb"\bRELAY_EXPORT\b|__attribute__\(\(\w+(\(\w+\))?\)\)|\bRELAY_MAY_BE_LEFT\b")
_MACRO = re.compile(r"[A-Z][A-Z0-9_]+$")
_TRANSPARENT = {"RELAY_LIKELY", "RELAY_UNLIKELY"}
_CONSTANT = {"case_statement", "array_declarator", "enumerator", "bitfield_clause"}
_NUMBER = re.compile(r"\d+$")


class Source:
    """A C source with the places where faults can be put in.

    Args:
        name: As the faults name it.
        text: The source.
    """

    def __init__(self, name: str, text: bytes) -> None:
        self.name, self._text = name, text
        plain = _HIDDEN.sub(lambda found: b" " * len(found.group()), text)
        parser = Parser(Language(tree_sitter_c.language()))
        self._tree = parser.parse(plain)
        self._nodes: dict[int, int] = {}
        self.places = [node for body in self._bodies() for node in _places(body)]

    def _bodies(self) -> Iterator[Node]:
        stack = [self._tree.root_node]
        while stack:
            node = stack.pop()
            if node.type == "function_definition":
                body = node.child_by_field_name("body")
                if body is not None:
                    yield body
            else:
                stack.extend(reversed(node.children))

    def leave_out(self, fault: Fault) -> None:
        """Put that fault in no more: the compiler refuses it."""
        self.places = [node for node in self.places if node.id != self._nodes[fault.number]]

    def with_faults(self, most: int, seed: int, first: int) -> tuple[bytes, list[Fault]]:
        """Return the source with at most so many faults, chosen by `seed`, and what they are.

        Args:
            most: How many; 0: all that there are.
            seed: Another one chooses others.
            first: The number of the first.
        """
        chosen = self.places
        if most and most < len(chosen):
            chosen = random.Random(f"{seed} {self.name}").sample(chosen, most)  # noqa: S311
        chosen = sorted(chosen, key=lambda node: (node.start_byte, -node.end_byte))
        numbers = {node.id: first + at for at, node in enumerate(chosen)}
        self._nodes = {number: node for node, number in numbers.items()}
        faults: list[Fault] = []
        body = self._emit(self._tree.root_node, numbers, faults)
        faults.sort(key=lambda fault: fault.number)
        return HEAD.encode() + body, faults

    def _plain(self, node: Node) -> str:
        return self._text[node.start_byte : node.end_byte].decode()

    def _emit(self, node: Node, numbers: dict[int, int], faults: list[Fault]) -> bytes:
        parts, at = [], node.start_byte
        for child in node.children:
            parts += [self._text[at : child.start_byte], self._emit(child, numbers, faults)]
            at = child.end_byte
        kept = b"".join([*parts, self._text[at : node.end_byte]]).decode()
        if node.id not in numbers:
            return kept.encode()
        number, other = numbers[node.id], self._other(node)
        function, line = _function_of(node), node.start_point[0] + 1
        before, after = self._in_its_place(node, other)
        faults.append(Fault(number, self.name, line, function, _short(before), _short(after)))
        if node.type == "expression_statement":
            return f"{{ if (!{SWITCH}({number})) {{ {kept} }} }}".encode()
        if _is_condition(node):
            return f"({SWITCH}({number}) ? !{kept} : !!{kept})".encode()
        return f"({SWITCH}({number}) ? ({other}) : ({kept}))".encode()

    def _in_its_place(self, node: Node, other: str) -> tuple[str, str]:
        """Return what stands there and what it becomes; of a single word, with what is around."""
        place = node
        if node.type in ("number_literal", "true", "false") and node.parent is not None:
            place = node.parent
            if place.type == "argument_list" and place.parent is not None:
                place = place.parent
        if node.type == "number_literal":
            other = f"({other})"
        head = self._text[place.start_byte : node.start_byte].decode()
        tail = self._text[node.end_byte : place.end_byte].decode()
        return self._plain(place), (head + other + tail) if other or place != node else ""

    def _other(self, node: Node) -> str:
        """Return what stands there under the fault."""
        if node.type == "expression_statement":
            return ""
        if _is_condition(node):
            return f"!{self._plain(node)}"
        if node.type == "number_literal":
            return f"{self._plain(node)} + 1"
        if node.type in ("true", "false"):
            return OTHER_WAY[node.type]
        left, right = (node.child_by_field_name(name) for name in ("left", "right"))
        operator = node.child_by_field_name("operator")
        if left is None or right is None or operator is None:
            raise ValueError(f"{node.type} has no two sides")
        other = OTHER_WAY[self._plain(operator)]
        return f"{self._plain(left)} {other} {self._plain(right)}"


def _places(body: Node) -> Iterator[Node]:
    """Give the nodes of a function that can be made faulty."""
    stack = [body]
    while stack:
        node = stack.pop()
        if _is_left_alone(node):
            continue
        if _can_be_faulty(node):
            yield node
        stack.extend(reversed(node.children))


def _is_left_alone(node: Node) -> bool:
    """Whether nothing in it may change: what must be constant, macros, static data."""
    if node.type in _CONSTANT or node.is_error:
        return node.type != "case_statement" and True
    if node.type == "declaration":
        return any(child.type == "storage_class_specifier" for child in node.children)
    if node.type == "call_expression":
        name = _called(node)
        return bool(_MACRO.match(name)) and name not in _TRANSPARENT
    return node.type in ("sizeof_expression", "string_literal", "preproc_call", "asm_statement")


def _can_be_faulty(node: Node) -> bool:
    operator = node.child_by_field_name("operator")
    text = "" if operator is None or operator.text is None else operator.text.decode()
    if node.type in ("binary_expression", "assignment_expression") and text in OTHER_WAY:
        return not (node.type == "assignment_expression" and _is_whole_statement(node))
    if node.type == "number_literal":
        number = b"" if node.text is None else node.text
        return bool(_NUMBER.match(number.decode())) and not _is_label(node)
    if node.type in ("true", "false") or _is_condition(node):
        return True
    if node.type == "expression_statement":
        child = node.children[0]
        is_probe = child.type == "call_expression" and bool(_MACRO.match(_called(child)))
        return child.type in ("call_expression", "assignment_expression", "update_expression") and (
            not is_probe
        )
    return False


def _is_whole_statement(node: Node) -> bool:
    return node.parent is not None and node.parent.type == "expression_statement"


def _is_condition(node: Node) -> bool:
    parent = node.parent
    return (
        node.type == "parenthesized_expression"
        and parent is not None
        and parent.type == "if_statement"
    )


def _is_label(node: Node) -> bool:
    """Whether a number is the label of a case, or an index in an initializer."""
    parent = node.parent
    while parent is not None and parent.type not in ("compound_statement", "declaration"):
        if parent.type == "subscript_designator":
            return True
        if parent.type == "case_statement":
            return parent.child_by_field_name("value") == node
        parent = parent.parent
    return False


def _called(node: Node) -> str:
    function = node.child_by_field_name("function")
    return "" if function is None or function.text is None else function.text.decode()


def _function_of(node: Node) -> str:
    while node.parent is not None and node.type != "function_definition":
        node = node.parent
    declared = node.child_by_field_name("declarator")
    while declared is not None and declared.type != "identifier":
        declared = declared.child_by_field_name("declarator")
    return "?" if declared is None or declared.text is None else declared.text.decode()


def _short(text: str) -> str:
    return " ".join(text.split())
