"""Sums that say where a number comes from: `= 912 * 0.23`."""

from __future__ import annotations

import ast
import re
from decimal import Decimal
from fractions import Fraction

LONGEST = 200
_LARGEST_POWER = 64
_SIGNS = str.maketrans("×÷−–·", "*/--*")
_LARGEST_RESULT = 10**30


class BadExpression(Exception):
    """The sum cannot be worked out; the text says why."""


def evaluate(text: str) -> Fraction:
    """The value of a sum of numbers with + - * / ** and parentheses; exact unless a power is broken.

    1,670,000 and 23% are read as a person means them, × ÷ − and ^ as the signs they stand for. Raises BadExpression.
    """
    if len(text) > LONGEST:
        raise BadExpression(f"the sum is longer than {LONGEST} letters")
    text = text.strip().translate(_SIGNS).replace("^", "**")
    text = re.sub(r"(?<=\d)[,\u00a0\u202f](?=\d{3}\b)", "", text)
    text = re.sub(r"(\d+(?:\.\d+)?)\s*%", r"(\1/100)", text)
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadExpression("it is not a sum of numbers with + - * / ** and parentheses") from None
    return _value(tree.body)


def _value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        try:
            # The shortest text of the float is what the author typed.
            return Fraction(Decimal(repr(node.value)))
        except (ValueError, OverflowError):
            raise BadExpression("a number in it is too large") from None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _value(node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left), _value(node.right)
        result = _operate(node.op, left, right)
        if abs(result.numerator) > _LARGEST_RESULT * result.denominator or result.denominator > 10**60:
            raise BadExpression("its value is out of any sensible range")
        return result
    raise BadExpression("only numbers, + - * / ** and parentheses can stand in it")


def _operate(operator: ast.operator, left: Fraction, right: Fraction) -> Fraction:
    if isinstance(operator, ast.Add):
        return left + right
    if isinstance(operator, ast.Sub):
        return left - right
    if isinstance(operator, ast.Mult):
        return left * right
    if isinstance(operator, ast.Div):
        if right == 0:
            raise BadExpression("it divides by zero")
        return left / right
    if isinstance(operator, ast.Pow):
        return _power(left, right)
    raise BadExpression("only numbers, + - * / ** and parentheses can stand in it")


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if abs(exponent) > _LARGEST_POWER or (base == 0 and exponent < 0):
        raise BadExpression("a power in it is out of any sensible range")
    if exponent.denominator == 1 and max(abs(base.numerator), base.denominator) < 10**12:
        return Fraction(base**exponent.numerator)
    try:
        value = float(base) ** float(exponent)
        if isinstance(value, complex):
            raise BadExpression("it takes a root of a negative number")
        return Fraction(value)
    except (OverflowError, ValueError, ZeroDivisionError):
        raise BadExpression("a power in it is out of any sensible range") from None
