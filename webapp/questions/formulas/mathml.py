r"""LaTeX as MathML.

math-core reads it. It is strict: what it does not know is an error with words, where others show `\foo` as text or pass
HTML through. What browsers do not draw alike, colours, sizes and macros of one's own are refused here as well.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from math_core import LatexError, LatexToMathML

#: characters of a formula. The reader calls itself for each brace, and a page must not become a book.
LONGEST = 1_000
#: braces, roots and rows inside each other; a formula of a textbook has five
DEEPEST = 40
#: characters of the MathML of one formula, and the length in em of a space in it
_MOST_MATHML, _WIDEST = 60_000, 20

ELEMENTS = frozenset({
    "math", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mprescripts", "mroot", "mrow",
    "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover",
})  # fmt: skip
"""What a formula is made of: elements of MathML Core, which every current browser draws."""

_SWITCHES = {"displaystyle", "scriptlevel"}
ATTRIBUTES = {
    **dict.fromkeys(("mfrac", "mstyle", "mtable", "mrow"), _SWITCHES),
    "math": {"display", "tabindex"},
    "mfrac": {*_SWITCHES, "linethickness"},
    "mi": {"mathvariant"},
    "mo": {
        "fence", "form", "largeop", "lspace", "maxsize", "minsize", "movablelimits", "rspace", "separator", "stretchy",
        "symmetric",
    },
    "mover": {"accent"},
    "mpadded": {"depth", "height", "lspace", "voffset", "width"},
    "mspace": {"depth", "height", "width"},
    "mtd": {"columnspan", "rowspan"},
    "munder": {"accentunder"},
    "munderover": {"accent", "accentunder"},
}  # fmt: skip
"""Their attributes: none of them leads anywhere, loads or colours anything."""

# The converter writes looks as styles, which the content security policy forbids: css/base.css has them as classes.
_LOOKS = {
    "text-align:left": "formula-left",
    "text-align:right": "formula-right",
    "padding-left:0": "formula-close-left",
    "padding-right:0": "formula-close-right",
    "padding-left:1em": "formula-apart",
    **{f"border-{side}:0.05emsolidcurrentcolor": f"formula-line-{side}" for side in ("top", "right", "bottom", "left")},
    # Without these a formula says the same.
    "justify-items:start": "",
    "justify-items:end": "",
    "padding-top:0.1667em": "",
}
CLASSES = {
    element: {look for look in _LOOKS.values() if look} | {"formula-box"} for element in ("mrow", "mtd", "mpadded")
}

_TAG = re.compile(r"<(?P<closing>/?)(?P<name>[a-z]+)(?P<rest>[^<>]*?)(?P<empty>/?)>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
LENGTH = re.compile(r"-?(\d{0,4}(?:\.\d+)?)(?:em|ex|pt|px|mu)?%?")
_LENGTHS = {"width", "height", "depth", "lspace", "rspace", "voffset", "minsize", "maxsize", "linethickness"}
_OWN_MACRO = re.compile(r"\\(?:[gex]?def|(?:re|provide)?(?:new)?command|let|DeclareMathOperator)(?![a-zA-Z])")
_PERCENT = re.compile(r"(?:[^%\\]|\\.)*%", re.DOTALL)
_REASON = re.compile(r"^\d+: ")


class BadFormula(ValueError):
    """A formula that cannot be shown, and why, as a clause without a full stop."""


@cache
def _converter() -> LatexToMathML:
    return LatexToMathML(fancy_error=False, max_expansions=100)


@lru_cache(maxsize=4096)
def mathml(latex: str, *, displayed: bool = False) -> str:
    """A formula as MathML, without styles. Raises BadFormula."""
    _check(latex)
    try:
        made = _converter().convert_with_local_state(latex, displaystyle=displayed)
    except LatexError as error:
        raise BadFormula(_REASON.sub("", str(error)).rstrip(".")[:200]) from None
    if len(made) > _MOST_MATHML:
        raise BadFormula("it is too large")
    depth = 0

    def cleaned(tag: re.Match[str]) -> str:
        nonlocal depth
        name, rest = tag["name"], tag["rest"]
        if tag["closing"]:
            depth -= 1
            return f"</{'mrow' if name == 'menclose' else name}>"
        depth += not tag["empty"]
        if depth > 3 * DEEPEST:
            raise BadFormula("too much stands inside each other")
        if name == "menclose" and rest.strip() == 'notation="box"':
            return '<mrow class="formula-box">'
        if name not in ELEMENTS:
            raise BadFormula("it has a sign that not every browser draws")
        return f"<{name}{_attributes(rest)}{tag['empty']}>"

    made = _TAG.sub(cleaned, made)
    if not re.sub(r"<[^>]*>", "", made).strip():
        raise BadFormula("it is empty")
    # It may be wider than a phone: it scrolls by itself, also with the keyboard.
    return made.replace("<math ", '<math tabindex="0" ', 1) if displayed else made


def _check(latex: str) -> None:
    if len(latex) > LONGEST:
        raise BadFormula(f"it has {len(latex):,} characters, and {LONGEST:,} is the most")
    if any(sign != "\n" and sign != "\t" and (ord(sign) < 32 or 0xD800 <= ord(sign) < 0xF900) for sign in latex):
        raise BadFormula("it has a character that is none")
    if _OWN_MACRO.search(latex):
        raise BadFormula("commands of one's own are not read")
    if _PERCENT.match(latex):
        raise BadFormula("% hides what follows it; a percent sign is \\%")
    depth = 0
    for match in re.finditer(r"\\(?:begin|left|end|right)(?![a-zA-Z])|\\.|[{}]", latex, re.DOTALL):
        depth += {"{": 1, "\\begin": 1, "\\left": 1, "}": -1, "\\end": -1, "\\right": -1}.get(match[0], 0)
        if depth > DEEPEST:
            raise BadFormula("too much stands inside each other")


def _attributes(rest: str) -> str:
    kept = []
    for name, value in _ATTRIBUTE.findall(rest):
        if name == "style":
            classes = []
            for look in filter(None, value.replace(" ", "").split(";")):
                if look.startswith("width:"):
                    raise BadFormula("equations are not numbered; write aligned, or gather and align with a star")
                if look.startswith("color:"):
                    raise BadFormula("colours are the page's own")
                if look not in _LOOKS:
                    raise BadFormula("it sets a size or a look that the page does not have")
                if _LOOKS[look]:
                    classes.append(_LOOKS[look])
            if classes:
                kept.append(f' class="{" ".join(classes)}"')
            continue
        if name in _LENGTHS and (length := LENGTH.fullmatch(value)) and float(length[1] or 0) > _WIDEST:
            raise BadFormula(f"a space in it is wider than {_WIDEST} letters")
        kept.append(f' {name}="{value}"')
    return "".join(kept)
