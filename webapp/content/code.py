"""Code in colours: what stands between three backticks and the name of a language, with classes for its parts.

Pygments tells the parts. It writes a class for each of its eighty kinds of them; a reader can tell six apart, and
css/base.css has a colour for each of these.
"""

from __future__ import annotations

from functools import cache
from html import escape

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Literal, Name, Number, Operator, String, _TokenType

#: characters of a block that is shown in colours; the patterns of some languages take long over what is none of theirs
LONGEST = 10_000

#: Their names, with those that authors write for them. Pygments knows five hundred; each of them is code that would
#: run over whatever somebody pastes, and these are taught.
LANGUAGES = {
    **{name: name for name in (
        "bash", "c", "cpp", "csharp", "css", "dart", "diff", "fortran", "go", "haskell", "html", "ini", "java",
        "javascript", "json", "julia", "kotlin", "lua", "matlab", "ocaml", "perl", "php", "powershell",
        "prolog", "python", "r", "ruby", "rust", "scala", "scheme", "sql", "swift", "tex", "toml", "typescript",
        "vbnet", "xml", "yaml",
    )},
    "c#": "csharp", "c++": "cpp", "console": "bash", "js": "javascript", "latex": "tex", "py": "python",
    "python3": "python", "rb": "ruby", "rs": "rust", "sh": "bash", "shell": "bash", "ts": "typescript", "yml": "yaml",
}  # fmt: skip

# The first that has the kind of a part decides.
_PARTS: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "code-comment"),
    (Generic.Deleted, "code-comment"),
    (Generic.Inserted, "code-string"),
    (Keyword, "code-keyword"),
    (Operator.Word, "code-keyword"),
    (Name.Tag, "code-keyword"),
    (Name.Builtin, "code-name"),
    (Name.Function, "code-name"),
    (Name.Class, "code-name"),
    (Name.Attribute, "code-name"),
    (Name.Decorator, "code-name"),
    (Number, "code-number"),
    (String, "code-string"),
    (Literal, "code-number"),
)

CLASSES = frozenset(name for _, name in _PARTS)


def coloured(code: str, language: str, attributes: str = "") -> str:
    """Code as HTML with a class around each part that has a colour; "" where the language is not known or the code too
    long, which the parser takes for: as it is."""
    known = LANGUAGES.get(language.lower())
    if known is None or len(code) > LONGEST:
        return ""
    written = []
    for kind, text in _lexer(known).get_tokens(code):
        name = _class_of(kind)
        written.append(f'<span class="{name}">{escape(text)}</span>' if name and text.strip() else escape(text))
    return "".join(written)


@cache
def _lexer(name: str) -> Lexer:
    # A page shows code as it is written, with the blank lines at its ends.
    return get_lexer_by_name(name, stripnl=False)


@cache
def _class_of(kind: _TokenType) -> str:
    return next((name for part, name in _PARTS if kind in part), "")
