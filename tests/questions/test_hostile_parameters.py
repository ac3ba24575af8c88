"""Parameters that mean harm: each is refused with words that say what is wrong, in little time and memory."""

from __future__ import annotations

import time
import tracemalloc
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from tests.time_limits import CROWDED
from webapp import questions
from webapp.questions.expressions import work_out

NINES = "9" * 10_000
DEEP: Any = "<<m>>"
for _level in range(400):
    DEEP = [DEEP]


def asked(**more: Any) -> dict[str, Any]:
    return {
        "id": "q",
        "type": "numeric",
        "stem": "How much is <<m>>?",
        "parameters": {"m": "2 to 9"},
        "answer": "<<m>>",
        **more,
    }


#: what an author may write → what the message says
FORMULAS = {
    "9**9**9": "out of any sensible range",
    "9^9^9^9": "out of any sensible range",
    "2**64**2": "out of any sensible range",
    "(9**60)**60": "out of any sensible range",
    "0.0000001**64": "out of any sensible range",
    "exp(exp(exp(9)))": "out of any sensible range",
    "1e308*1e308": "out of any sensible range",
    "1e999": "too large",
    "-1e999": "too large",
    "nan": "`nan` is not known",
    "inf": "`inf` is not known",
    "float('inf')": "`float` is not a function",
    "float('nan') + m": "`float` is not a function",
    NINES: "longer than 200 letters",
    f"m + {NINES}": "longer than 200 letters",
    "1/0": "divides by zero",
    "m/(m-m)": "divides by zero",
    "0**-1": "out of any sensible range",
    "mod(m, 0)": "divides by zero",
    "tan(90°)": "divides by zero",
    "__class__": "`__class__` is not known",
    "m.__class__": "`m.__class__` is not known",
    "m.__class__.__mro__": "only numbers, names",
    "().__class__.__bases__[0]": "only numbers, names",
    "__builtins__": "is not known",
    "__import__('os').system('true')": "only numbers, names",
    "open('/etc/passwd')": "`open` is not a function",
    "eval('1')": "`eval` is not a function",
    "globals()": "`globals` is not a function",
    "round.__self__": "is not known",
    "[m for m in m]": "only numbers, names",
    "sum(m for m in m)": "`sum` is not a function",
    "while True: m": "not a sum of numbers",
    "for m in m: m": "not a sum of numbers",
    "(lambda: m)()": "only numbers, names",
    "(m := 9)": "only numbers, names",
    "'x' * 1000000000": "a number is needed",
    "'%s' % m": "a number is needed",
    "f'{m}'": "only numbers, names",
    "(" * 99 + "m" + ")" * 99 + ")": "not a sum of numbers",
    "[" * 199: "not a sum of numbers",
    "fixed(m, 1000000000)": "number of digits",
    "round(m, 10^20)": "number of digits",
    "sig(m, 0)": "number of digits",
    "max(" + ",".join("1" * 30) + ")": "only numbers, names",
    "m\x00": "not a sum of numbers",
    "\\x6d": "not a sum of numbers",
}


def bounded(work: Any) -> Any:
    """What the work gives; at most a second and 20 MB of memory."""
    tracemalloc.start()
    began = time.process_time()
    try:
        return work()
    finally:
        assert time.process_time() - began < 1 * CROWDED
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 20_000_000


def refused(values: dict[str, Any]) -> str:
    """All that is said about a question that is refused."""

    def read() -> str:
        with pytest.raises(ValidationError) as caught:
            questions.parse(values)
        return "; ".join(error["msg"] for error in caught.value.errors(include_url=False, include_input=False))

    said: str = bounded(read)
    return said


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda text: text[:24])
def test_a_hostile_formula_is_refused_in_words_wherever_it_stands(formula: str) -> None:
    words = FORMULAS[formula]
    for values in (
        asked(stem=f"How much is <<{formula}>>?"),
        asked(answer=f"<<{formula}>>"),
        asked(parameters={"m": "2 to 9", "n": f"= {formula}"}),
        asked(constraints=[f"{formula} < 5"]),
    ):
        said = refused(values)
        # Within a comparison the same formula may be another one, and fail for another reason.
        assert words in said or "constraints" in values, said
        assert said
        assert len(said) < 1_000


def test_deep_nesting_is_worked_out_or_refused_and_never_breaks_the_interpreter() -> None:
    names = {"m": Fraction(3)}
    assert bounded(lambda: work_out("-" * 190 + "m", names)) == 3
    assert bounded(lambda: work_out("(" * 99 + "m" + ")" * 99, names)) == 3
    assert bounded(lambda: work_out("abs(" * 33 + "m" + ")" * 33, names)) == 3
    assert bounded(lambda: work_out("not " * 45 + "(m > 1)", names)) is False
    assert refused(asked(hints=DEEP))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 to 999999999999", "values"),
        ("1 to " + NINES, "expected a range"),
        (NINES, "expected a range"),
        ("0 to 1 step 0.000000000001", "values"),
        ("nan to inf", "expected a range"),
        ("1 to 5 step nan", "expected a range"),
        ("1 to 5 step 0", "does not go up"),
        ("-5 to -9", "does not go up"),
        (",".join("1" * 100_000), "more than 500"),
        ("a | b" + "; 1 | 2" * 50_000, "from 2 to 500 rows"),
        ("|" * 50_000, "name its columns"),
        ("1 to " * 20_000, "expected a range"),
        (" " * 100_000 + "x", "expected a range"),
        ("= m", "`m` is not known"),
    ],
    ids=lambda text: text[:24],
)
def test_a_hostile_declaration_is_refused_in_words(text: str, said: str) -> None:
    found = refused(asked(parameters={"m": text}))
    assert said in found
    assert len(found) < 500


def test_constraints_that_nothing_meets_are_given_up() -> None:
    assert "none of them met the constraints" in refused(
        asked(parameters={"m": "1 to 1000000"}, constraints=["m = 0.5"])
    )


def test_texts_of_formulas_do_not_grow() -> None:
    # A text that is drawn is not read again, so that it can't double itself.
    made: Any = bounded(
        lambda: questions.parse(
            asked(parameters={"m": "2 to 9", "t": "<<t>><<t>>; <<t>><<t>><<t>>"}, stem="<<t>>" * 20)
        )
    )
    assert len(made.stem) <= 20 * 18
