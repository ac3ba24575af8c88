"""Sums that say where a number comes from (`= 912 * 0.23`), and formulas with names (`round(m * a, 1)`).

A formula is read by Python's parser and worked out here, node by node: what this module doesn't know is refused, so a
formula can call nothing, reach nothing and loop nowhere. Its length, its powers and every value on the way are bounded.
Values are exact fractions. Roots, powers with broken exponents and the functions of angles are worked out in decimals
of a fixed precision, not in floats, whose last digits may differ from machine to machine: a paper has to come out the
same years later.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException, localcontext
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

LONGEST = 200
_LARGEST_POWER = 64
_SIGNS = str.maketrans("×÷−–·≤≥≠", "*/--*\ue000\ue001\ue002")
_COMPARED = {"\ue000": "<=", "\ue001": ">=", "\ue002": "!="}
_LARGEST_RESULT = 10**30
_FINEST_RESULT = 10**60
_MOST_PLACES = 15
_MOST_CALL_VALUES = 20
_PRECISION = 50
#: places that a root or a sine is rounded to: so the sine of 30° is one half, and nothing beside it
_PLACES = 25
_PI = Fraction(Decimal("3.14159265358979323846264338327950288419716939937510"))

Value = Fraction | str | bool
"""What a formula may be worth: a number, a text, or the answer to a comparison."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}(?:\.[A-Za-z][A-Za-z0-9_]{0,39})?")
"""What a name in a formula looks like: `m`, `v_0`, or a column of a table, `metal.density`."""

_NOT_A_SUM = "it is not a sum of numbers with + - * / ** and parentheses"
_ONLY = "only numbers, names, + - * / **, comparisons and the known functions can stand in it"


class BadExpression(Exception):
    """The sum cannot be worked out; the text says why."""


def evaluate(text: str, names: Mapping[str, Value] | None = None) -> Fraction:
    """The number that a formula is worth. Raises BadExpression, also for what is no number."""
    return _number(work_out(text, names or {}))


def work_out(text: str, names: Mapping[str, Value]) -> Value:
    """What a formula is worth, with the values of its names. Exact unless a root is drawn or a power is broken.

    1,670,000 and 23% are read as a person means them, × ÷ − ^ ≤ ≥ ≠ and ° as the signs they stand for. Raises
    BadExpression.
    """
    return _value(_tree(text), names)


def names_in(text: str) -> set[str]:
    """The names that a formula asks for, functions left out. Raises BadExpression."""
    found: set[str] = set()
    waiting: list[ast.AST] = [_tree(text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            waiting.extend(node.args)
        elif isinstance(node, ast.Name | ast.Attribute):
            found.add(_dotted(node))
        else:
            waiting.extend(ast.iter_child_nodes(node))
    return found - set(_CONSTANTS)


def texts_in(text: str) -> list[str]:
    """The texts between quotes in a formula, in their order. Raises BadExpression."""
    found = [node for node in ast.walk(_tree(text)) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [str(node.value) for node in sorted(found, key=lambda node: node.col_offset)]


@lru_cache(maxsize=5_000)
def _tree(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise BadExpression(f"the sum is longer than {LONGEST} letters")
    # Whole words and quotes only: no escapes, and none of the parser's warnings about them.
    if "\\" in text or "\n" in text.strip():
        raise BadExpression(_NOT_A_SUM)
    pieces = re.split(r"('[^']*'|\"[^\"]*\")", text.strip())
    tidy = "".join(piece if place % 2 else _as_python(piece) for place, piece in enumerate(pieces))
    try:
        return ast.parse(tidy, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadExpression(_NOT_A_SUM) from None


def _as_python(text: str) -> str:
    text = text.translate(_SIGNS).replace("^", "**")
    for sign, python in _COMPARED.items():
        text = text.replace(sign, python)
    # Within a call a comma parts its values, so there three digits after one are a number of their own.
    if not re.search(r"[A-Za-z]\w*\s*\(", text):
        text = re.sub(r"(?<=\d)[,\u00a0\u202f](?=\d{3}\b)", "", text)
    text = re.sub(r"(\d+(?:\.\d+)?)\s*%", r"(\1/100)", text)
    text = text.replace("°", "*(pi/180)")
    # A number that runs into a word is two things to Python, with a warning.
    if re.search(r"(?<![\w.])\d[\d_.]*(?!e[+-]?\d)[A-Za-z_]", text, re.IGNORECASE):
        raise BadExpression(f"a number runs into a word in it; write * between the two, and {_ONLY}")
    text = re.sub(r"(?<![<>=!:])=(?!=)", "==", text)
    return re.sub(r"\bif\s*\(", "if_(", text)


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    raise BadExpression(_ONLY)


def _number(value: Value) -> Fraction:
    if not isinstance(value, Fraction):
        said = "a text" if isinstance(value, str) else "true or false"
        raise BadExpression(f"a number is needed where it has {said}")
    return value


def _bounded(value: Fraction) -> Fraction:
    if abs(value.numerator) > _LARGEST_RESULT * value.denominator or value.denominator > _FINEST_RESULT:
        raise BadExpression("its value is out of any sensible range")
    return value


def _value(node: ast.expr, names: Mapping[str, Value]) -> Value:
    if isinstance(node, ast.Constant):
        return _constant(node.value)
    if isinstance(node, ast.Name | ast.Attribute):
        name = _dotted(node)
        if name in names:
            return names[name]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        raise BadExpression(f"`{name[:80]}` is not known in it; {_ONLY}")
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, names)
        if isinstance(node.op, ast.Not):
            return not _truth(value)
        if isinstance(node.op, ast.USub | ast.UAdd):
            return -_number(value) if isinstance(node.op, ast.USub) else _number(value)
    if isinstance(node, ast.BinOp):
        left, right = _number(_value(node.left, names)), _number(_value(node.right, names))
        return _bounded(_operate(node.op, left, right))
    if isinstance(node, ast.Compare):
        return _compared(node, names)
    if isinstance(node, ast.BoolOp):
        wanted = isinstance(node.op, ast.Or)
        for part in node.values:
            if _truth(_value(part, names)) is wanted:
                return wanted
        return not wanted
    if isinstance(node, ast.Call):
        return _called(node, names)
    raise BadExpression(_ONLY)


def _constant(value: object) -> Value:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            # The shortest text of the float is what the author typed.
            return Fraction(Decimal(repr(value)))
        except (ValueError, OverflowError):
            raise BadExpression("a number in it is too large") from None
    raise BadExpression(_ONLY)


def _truth(value: Value) -> bool:
    if not isinstance(value, bool):
        raise BadExpression("a comparison is needed where it has a number or a text")
    return value


def _compared(node: ast.Compare, names: Mapping[str, Value]) -> bool:
    left = _value(node.left, names)
    for operator, part in zip(node.ops, node.comparators, strict=True):
        right = _value(part, names)
        if isinstance(operator, ast.Eq | ast.NotEq):
            holds = (left == right) is isinstance(operator, ast.Eq)
        elif type(operator) in _ORDERINGS:
            holds = _ORDERINGS[type(operator)](_number(left), _number(right))
        else:
            raise BadExpression(_ONLY)
        if not holds:
            return False
        left = right
    return True


_ORDERINGS: dict[type[ast.cmpop], Callable[[Fraction, Fraction], bool]] = {
    ast.Lt: lambda one, other: one < other,
    ast.LtE: lambda one, other: one <= other,
    ast.Gt: lambda one, other: one > other,
    ast.GtE: lambda one, other: one >= other,
}


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
    raise BadExpression(_ONLY)


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if abs(exponent) > _LARGEST_POWER or (base == 0 and exponent < 0):
        raise BadExpression("a power in it is out of any sensible range")
    if exponent.denominator == 1 and max(abs(base.numerator), base.denominator) < 10**12:
        return Fraction(base**exponent.numerator)
    if base < 0 and exponent.denominator != 1:
        raise BadExpression("it takes a root of a negative number")
    return _in_decimals(lambda: _decimal(base) ** _decimal(exponent), "a power in it is out of any sensible range")


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _in_decimals(work: Callable[[], Decimal], otherwise: str) -> Fraction:
    """A value that no fraction has, to 30 digits."""
    with localcontext(Context(prec=_PRECISION, Emin=-999, Emax=999)):
        try:
            value = work()
            if not value.is_finite():
                raise BadExpression(otherwise)
            return Fraction(value.normalize(Context(prec=30)))
        except (DecimalException, OverflowError, ValueError):
            raise BadExpression(otherwise) from None


@dataclass(frozen=True, slots=True)
class _Function:
    """A function of numbers, and how many it takes."""

    work: Callable[..., Fraction]
    least: int
    most: int


def _called(node: ast.Call, names: Mapping[str, Value]) -> Value:
    if not isinstance(node.func, ast.Name) or node.keywords or len(node.args) > _MOST_CALL_VALUES:
        raise BadExpression(_ONLY)
    name, given = node.func.id, node.args
    if name == "if_":
        if len(given) != 3:
            raise BadExpression("`if` takes a condition and two values: if(a > b, a, b)")
        # The other value is not looked at: it may be what the condition keeps from dividing by zero.
        return _value(given[1] if _truth(_value(given[0], names)) else given[2], names)
    if name in ("fixed", "grouped"):
        return _as_text(name, [_number(_value(part, names)) for part in given])
    function = _FUNCTIONS.get(name)
    if function is None:
        known = ", ".join(FUNCTIONS)
        raise BadExpression(f"`{name[:80]}` is not a function it may use; there are {known}")
    if not function.least <= len(given) <= function.most:
        raise BadExpression(f"`{name}` takes {function.least if len(given) < function.least else function.most} values")
    return _bounded(function.work(*(_number(_value(part, names)) for part in given)))


def _as_text(name: str, given: Sequence[Fraction]) -> str:
    if name == "fixed" and len(given) == 2:
        places = _whole(given[1], 0, _MOST_PLACES)
        return f"{_decimal_of(rounded(given[0], places), places):.{places}f}"
    if name == "grouped" and len(given) == 1:
        text, _ = written_out(given[0])
        whole, dot, rest = text.removeprefix("-").partition(".")
        whole = f"{int(whole):,}".replace(",", "\u202f") if len(whole) > 4 else whole
        return f"{'-' if given[0] < 0 else ''}{whole}{dot}{rest}"
    raise BadExpression("`fixed` takes a number and its decimals, `grouped` a number")


def _whole(value: Fraction, least: int, most: int) -> int:
    if value.denominator != 1 or not least <= value <= most:
        raise BadExpression(f"a number of digits in it is not a whole number from {least} to {most}")
    return value.numerator


def rounded(value: Fraction, places: int) -> Fraction:
    """A value at so many decimals; half a step goes away from zero, as it is taught."""
    scale = Fraction(10) ** places
    steps = floor(abs(value) * scale + Fraction(1, 2))
    return Fraction(steps if value >= 0 else -steps) / scale


def _round(value: Fraction, places: Fraction = Fraction(0)) -> Fraction:
    return rounded(value, _whole(places, -_MOST_PLACES, _MOST_PLACES))


def significant(value: Fraction, digits: int) -> Fraction:
    """A value at so many significant digits."""
    if value == 0:
        return value
    with localcontext(Context(prec=_PRECISION)):
        size = _decimal(abs(value)).adjusted()
    return rounded(value, digits - 1 - size)


def _sig(value: Fraction, digits: Fraction) -> Fraction:
    return significant(value, _whole(digits, 1, _MOST_PLACES))


def _sqrt(value: Fraction) -> Fraction:
    if value < 0:
        raise BadExpression("it takes a root of a negative number")
    return _in_decimals(lambda: _decimal(value).sqrt(), "a root in it is out of any sensible range")


def _logarithm(take: Callable[[Decimal], Decimal]) -> Callable[[Fraction], Fraction]:
    def work(value: Fraction) -> Fraction:
        if value <= 0:
            raise BadExpression("it takes a logarithm of what is not above zero")
        return _in_decimals(lambda: take(_decimal(value)), "a logarithm in it is out of any sensible range")

    return work


def _exp(value: Fraction) -> Fraction:
    if abs(value) > _LARGEST_POWER:
        raise BadExpression("a power in it is out of any sensible range")
    return _in_decimals(lambda: _decimal(value).exp(), "a power in it is out of any sensible range")


def _mod(value: Fraction, by: Fraction) -> Fraction:
    if by == 0:
        raise BadExpression("it divides by zero")
    return value % by


def _sine(angle: Fraction) -> Fraction:
    """By its series, of an angle brought near zero."""
    if abs(angle) > 10**6:
        raise BadExpression("an angle in it is out of any sensible range")
    with localcontext(Context(prec=_PRECISION)):
        turn = 2 * _PI
        x = _decimal(angle - turn * floor(angle / turn + Fraction(1, 2)))
        total, term, place = Decimal(0), x, 1
        while abs(term) > Decimal(10) ** -_PRECISION:
            total += term
            place += 2
            term = -term * x * x / (place * (place - 1))
    return rounded(Fraction(total), _PLACES)


def _cosine(angle: Fraction) -> Fraction:
    return _sine(angle + _PI / 2)


def _tangent(angle: Fraction) -> Fraction:
    below = _cosine(angle)
    if below == 0:
        raise BadExpression("it divides by zero")
    return rounded(_sine(angle) / below, _PLACES)


_CONSTANTS: dict[str, Value] = {"pi": _PI}
_FUNCTIONS: dict[str, _Function] = {
    "round": _Function(_round, 1, 2),
    "sig": _Function(_sig, 2, 2),
    "min": _Function(lambda *given: min(given), 1, _MOST_CALL_VALUES),
    "max": _Function(lambda *given: max(given), 1, _MOST_CALL_VALUES),
    "abs": _Function(abs, 1, 1),
    "floor": _Function(lambda value: Fraction(floor(value)), 1, 1),
    "ceil": _Function(lambda value: Fraction(ceil(value)), 1, 1),
    "mod": _Function(_mod, 2, 2),
    "sqrt": _Function(_sqrt, 1, 1),
    "exp": _Function(_exp, 1, 1),
    "ln": _Function(_logarithm(lambda value: value.ln()), 1, 1),
    "log10": _Function(_logarithm(lambda value: value.log10()), 1, 1),
    "sin": _Function(_sine, 1, 1),
    "cos": _Function(_cosine, 1, 1),
    "tan": _Function(_tangent, 1, 1),
}
FUNCTIONS = ("if", "fixed", "grouped", *_FUNCTIONS)
"""The functions that a formula may use."""
TAKEN = frozenset({*FUNCTIONS, *_CONSTANTS, "if_", "and", "or", "not"})
"""Names that can't be given to a value."""


def _decimal_of(value: Fraction, places: int) -> Decimal:
    with localcontext(Context(prec=250)):
        return _decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def written_out(value: Fraction) -> tuple[str, bool]:
    """A number in digits (`2.5`, `-0.125`, `1670000`), and whether that is ugly: more digits than anybody would write,
    or cut off where there is no end of them."""
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    ends = rest == 1 and places <= _MOST_PLACES
    if not ends:
        value = significant(value, 10)
        places = 40
    text = f"{_decimal_of(value, places):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    digits = text.lstrip("-0.").replace(".", "")
    return text, not ends or len(digits) > (12 if value.denominator == 1 else 6)
