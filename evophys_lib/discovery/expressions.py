"""A right side as text into a SymPy expression, by a walk over its syntax tree.

    expression = sum of products of powers of numbers, names and f(expression)

`ast` parses, `compile` and `eval` never run. Of the tree only + − * / **, unary signs,
numbers, known names and calls of `FUNCTIONS` are let through. SymPy computes with
numbers exactly, so their size is bounded at every node, and powers of powers by the
product of their exponents: 9**9**9 is refused before anyone multiplies.
"""

import ast
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import sympy

from evophys_lib.discovery import tokens
from evophys_lib.errors import HypothesisError

FUNCTIONS: dict[str, Callable[[sympy.Expr], sympy.Expr]] = {
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "exp": sympy.exp,
    "log": sympy.log,
    "sqrt": sympy.sqrt,
    "abs": sympy.Abs,
}
_REAL = (sympy.sin, sympy.cos, sympy.tan, sympy.exp, sympy.log, sympy.Abs)
"""What SymPy may make of them; others, as re and arg, come of complex values."""
EXPONENT = 6
"""Largest |p| of aᵖ."""
DEGREE = 12
"""Largest product of exponents of powers within powers."""
DEPTH = 24
"""Of the syntax tree, apart from what sums and products are chained of."""
TERMS = 24
"""Summands of a right side."""


def symbol(name: str) -> sympy.Symbol:
    """A real quantity: |v|² is v²."""
    return sympy.Symbol(name, real=True)


def read(text: str, names: Collection[str], offset: int = 0) -> sympy.Expr:
    """The expression that a text means.

    Args:
        text: of the right side.
        names: what may occur in it, functions aside.
        offset: of the text in what its author wrote, added to the columns told.

    Raises:
        HypothesisError: it is no expression, names what is unknown, or is too large.
    """
    tokens.check(text, offset)
    shift = offset + len(text) - len(text.lstrip())
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        column = shift + max(error.offset or 1, 1)
        raise HypothesisError("this is not an expression", column) from None
    found = _Walk(frozenset(names), shift).of(tree, 0).value
    if not found.atoms(sympy.Function, sympy.I.func).issubset(found.atoms(*_REAL)):
        raise HypothesisError("this has no real value", offset + 1)
    if len(sympy.Add.make_args(found)) > TERMS:
        raise HypothesisError(f"more than {TERMS} terms", offset + 1)
    return found


@dataclass(frozen=True)
class _Part:
    """A subexpression and the largest product of exponents in it, at least 1."""

    value: sympy.Expr
    degree: float = 1.0


@dataclass(frozen=True)
class _Walk:
    names: frozenset[str]
    shift: int

    def of(self, node: ast.expr, depth: int) -> _Part:
        if depth > DEPTH:
            raise self._wrong(node, f"nested deeper than {DEPTH}")
        part = self._node(node, depth)
        self._bound(node, part)
        return part

    def _node(self, node: ast.expr, depth: int) -> _Part:
        match node:
            case ast.Constant(value=int() | float() as number):
                return _Part(_exact(number))
            case ast.Name(id=name):
                return self._named(node, name)
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self.of(inner, depth + 1)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                part = self.of(inner, depth + 1)
                return _Part(-part.value, part.degree)
            case ast.BinOp(left=base, op=ast.Pow(), right=exponent):
                return self._power(node, self.of(base, depth + 1), exponent)
            case ast.BinOp():
                return self._chain(node, depth)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
                if name not in FUNCTIONS:
                    raise self._wrong(
                        node, f"{name} is not one of {', '.join(FUNCTIONS)}"
                    )
                part = self.of(argument, depth + 1)
                return _Part(FUNCTIONS[name](part.value), part.degree)
        raise self._wrong(node, "only + - * / ** and functions of one argument")

    def _named(self, node: ast.expr, name: str) -> _Part:
        if name in self.names:
            return _Part(symbol(name))
        if name in FUNCTIONS:
            raise self._wrong(node, f"{name} needs an argument in parentheses")
        raise self._wrong(
            node,
            f"{name} is unknown here: known are {', '.join(sorted(self.names))}; "
            "a parameter needs a value",
        )

    def _chain(self, node: ast.BinOp, depth: int) -> _Part:
        """a + b − c …, or a b / c …: left to right, without depth of its own."""
        links: list[tuple[ast.operator, ast.expr]] = []
        head: ast.expr = node
        while isinstance(head, ast.BinOp) and not isinstance(head.op, ast.Pow):
            links.append((head.op, head.right))
            head = head.left
        whole = self.of(head, depth + 1)
        for operator, operand in reversed(links):
            whole = self._joined(operand, whole, operator, self.of(operand, depth + 1))
            self._bound(node, whole)
        return whole

    def _joined(
        self, node: ast.expr, one: _Part, operator: ast.operator, other: _Part
    ) -> _Part:
        a, b = one.value, other.value
        match operator:
            case ast.Add():
                return _Part(a + b, max(one.degree, other.degree))
            case ast.Sub():
                return _Part(a - b, max(one.degree, other.degree))
            case ast.Mult():
                return _Part(a * b, max(one.degree, other.degree))
            case ast.Div():
                if b == 0:
                    raise self._wrong(node, "division by zero")
                return _Part(a / b, max(one.degree, other.degree))
        raise self._wrong(node, "only + - * / ** join quantities")

    def _power(self, node: ast.expr, base: _Part, exponent: ast.expr) -> _Part:
        power = self._number(exponent)
        if abs(power) > EXPONENT:
            raise self._wrong(exponent, f"an exponent lies between ±{EXPONENT}")
        degree = base.degree * max(abs(power), 1.0)
        if degree > DEGREE:
            raise self._wrong(node, f"powers of powers beyond {DEGREE}")
        if power < 0 and base.value == 0:
            raise self._wrong(node, "division by zero")
        return _Part(base.value ** _exact(power), degree)

    def _number(self, node: ast.expr) -> float:
        """An exponent: a number, its negative, or a ratio of two."""
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -self._number(inner)
            case ast.BinOp(
                left=ast.Constant(value=int() | float() as a),
                op=ast.Div(),
                right=ast.Constant(value=int() | float() as b),
            ) if b:
                return a / b
        raise self._wrong(node, "an exponent is a number")

    def _bound(self, node: ast.expr, part: _Part) -> None:
        """Refuse numbers that are no finite real of reasonable size."""
        if not part.value.is_number:
            return
        try:
            size = abs(float(part.value))
        except (TypeError, OverflowError):  # complex, or beyond what a float holds
            size = math.inf
        if not size <= tokens.NUMBER:
            raise self._wrong(
                node, f"comes to no real number of at most {tokens.NUMBER:g}"
            )

    def _wrong(self, node: ast.expr, what: str) -> HypothesisError:
        return HypothesisError(what, self.shift + node.col_offset + 1)


def _exact(number: float) -> sympy.Expr:
    """A number as SymPy has it: whole ones and halves exactly, others as floats."""
    if 2 * number == int(2 * number):
        return sympy.Rational(int(2 * number), 2)
    return sympy.Float(number)
