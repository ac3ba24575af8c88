"""The blocks of a lesson that are YAML between three backticks: figures, checks, and claims to sort."""

from __future__ import annotations

from functools import partial

from markdown_it.token import Token
from pydantic import ValidationError

from webapp.content.draft_flag import is_draft
from webapp.content.lessons.citations import Citations
from webapp.content.lessons.figures import KINDS, Figure
from webapp.content.lessons.lesson import Check, Sort, SortKeys
from webapp.content.lessons.lesson_context import DraftCheck, Manuscript, finder
from webapp.content.problems import Problems, did_you_mean, listed, nearest_word
from webapp.content.questions.question_files import QuestionReader, texts_of
from webapp.content.references import Reference
from webapp.content.yaml import schema_errors
from webapp.content.yaml.source import Document, parse_yaml
from webapp.questions.flaws import ValuePath

#: keys of a figure that say nothing to its readers. The ends of a slider claim nothing, and what is guessed at is a
#: value of the figure, which has a source as every other.
_SAYING_NOTHING = frozenset(
    {"fact", "when", "emphasis", "kind", "row", "order", "from", "to", "step", "loop", "drawing", "shown"}
)


BLOCKS = ("figure", "check", "sort")
"""The kinds of blocks."""


class Fences:
    """Reads the figures, checks and sorts of one lesson, and numbers them."""

    def __init__(self, page: Manuscript, citations: Citations) -> None:
        self.page, self.citations = page, citations
        self.figures = 0
        self.checks = 0
        self.sorts = 0

    def block(self, token: Token) -> Figure | Check | Sort | None:
        """What a fence of one of BLOCKS holds; None when it is broken, which is reported."""
        document = self.document(token)
        if document is None:
            return None
        kind = token.info.strip()
        return (
            self.figure(document)
            if kind == "figure"
            else self.check(document)
            if kind == "check"
            else self.sort(document)
        )

    def refuse(self, token: Token, info: str) -> None:
        """Reports a fence that was meant to be one of BLOCKS."""
        if info in BLOCKS:
            self.page.report(
                self.page.place(token),
                f"the {info} block stands inside a list or a quotation",
                "expected it at the left margin",
                "move it out",
            )
        elif (meant := nearest_word(info.split()[0], BLOCKS)) or info.split()[0] in ("yaml", "yml"):
            self.page.report(
                self.page.place(token),
                f"a block of the kind `{info}` is not known",
                "expected ```figure, ```check or ```sort",
                f"did you mean `{meant}`?" if meant else "",
            )

    def document(self, token: Token) -> Document | None:
        """The YAML of a block."""
        first, last = token.map or (0, 1)
        if (
            last > len(self.page.lines)
            or not self.page.lines[last - 1].lstrip().startswith(token.markup)
            or last - first < 2
        ):
            said = f"the {token.info.strip()} block is not closed"
            self.page.report(self.page.place(token), said, f"expected {token.markup} at its end")
            return None
        try:
            document = parse_yaml(token.content, self.page.path, first_line=self.page.found.body_line + first + 1)
        except Problems as problems:
            self.page.found.problems.extend(problems)
            return None
        if not isinstance(document.values, dict):
            said = f"the {token.info.strip()} block is empty or a list"
            self.page.report(self.page.place(token), said, "expected keys such as `title:`")
            return None
        return document

    def figure(self, document: Document) -> Figure | None:
        values = document.values
        kind = values.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            said = f"the kind of figure `{kind}` is not known" if "kind" in values else "the key `kind` is missing"
            self.page.found.problems.append(
                document.problem(
                    ("kind",), said, f"expected one of {listed(KINDS)}", did_you_mean(str(kind or ""), KINDS)
                )
            )
            return None
        model = KINDS[kind]
        given = [key for key in ("id", "what") if key in values]
        for key in given:
            self.page.found.problems.append(
                document.problem((key,), f"unknown key `{key}`", "figures are numbered", "delete it", key=True)
            )
        try:
            figure = model.model_validate(
                self.page.translated({key: value for key, value in values.items() if key not in given}, _is_read)
            )
        except ValidationError as error:
            schema = model.model_json_schema()
            self.page.found.problems.extend(schema_errors.explain(error, document, (), values, schema))
            return None
        flaws = list(figure.flaws())
        for flaw in flaws:
            self.page.found.problems.append(
                document.problem(flaw.path, flaw.message, "", flaw.suggestion, key=flaw.on_key)
            )
        if flaws:
            return None
        for path, text in texts_of(values):
            if _is_shown(path):
                self.page.passage(text, finder(document, path))
        self.figures += 1
        figure = figure.model_copy(update={"id": f"figure-{self.figures}"})
        known = [name for name in figure.cited if self.page.know_fact(name, partial(document.locate, (), needle=name))]
        self.citations.in_figure(known, figure.id)
        return figure

    def sort(self, document: Document) -> Sort | None:
        if not self.page.facts:
            self.page.found.problems.append(
                document.problem((), "there are no facts to sort", "expected a ledger", "name it in the course file")
            )
            return None
        try:
            keys = SortKeys.model_validate(self.page.translated(document.values, lambda path: path == ("ask",)))
        except ValidationError as error:
            schema = SortKeys.model_json_schema()
            self.page.found.problems.extend(schema_errors.explain(error, document, (), document.values, schema))
            return None
        known = [
            name
            for number, name in enumerate(keys.facts)
            if self.page.know_fact(name, partial(document.locate, ("facts", number)))
        ]
        if len(known) < len(keys.facts):
            return None
        if len(set(known)) < len(known):
            said = "a fact stands here twice"
            self.page.found.problems.append(document.problem(("facts",), said, "expected each once", "take one out"))
            return None
        claims = tuple(self.page.facts[name] for name in known)
        if len({claim.firmness for claim in claims}) == 1:
            said = f"all these facts are {claims[0].firmness}, so there is nothing to sort"
            self.page.found.problems.append(
                document.problem(("facts",), said, "expected facts of different firmness", "change one of them")
            )
            return None
        if keys.ask:
            self.page.passage(keys.ask, finder(document, ("ask",)))
        self.sorts += 1
        name = f"figure-sort-{self.sorts}"
        self.citations.in_figure(known, name)
        return Sort(name, keys.ask, claims)

    def check(self, document: Document) -> Check | None:
        self.checks += 1
        name = f"{self.page.lesson_id}-check-{self.checks}"
        reader = QuestionReader(document, self.page.lesson_id)
        values = dict(document.values)
        if "points" in values:
            self.page.found.problems.append(
                document.problem(("points",), "a check counts for nothing", "expected no `points`", "delete the line",
                                 key=True)
            )  # fmt: skip
            del values["points"]
        if values.get("use") == "exam":
            self.page.found.problems.append(
                document.problem(("use",), "a check stands in the lesson for everybody", "expected no `use: exam`",
                                 "delete the line", key=True)
            )  # fmt: skip
            del values["use"]
        if "material" in values:
            self.page.found.problems.append(
                document.problem(("material",), "a check has the lesson around it", "expected no `material`",
                                 "write what it asks about above it", key=True)
            )  # fmt: skip
            del values["material"]
        name = str(values.setdefault("id", name))
        question = reader.read((), values)
        if is_draft(values):
            # It takes its number all the same, so that those after it keep theirs when it is published.
            self.page.found.draft_checks.append(DraftCheck(name, document, question, tuple(reader.problems)))
            return None
        if question is None:
            self.page.found.problems.extend(reader.problems)
            return None
        for number, fact in enumerate(question.facts):
            self.page.know_fact(fact, partial(document.locate, ("facts", number)))
        for path, link in reader.check_links(document.values, ()):
            self.page.check_link(link, partial(document.locate, path, needle=link.href))
        self.page.found.problems.extend(reader.problems)
        if question.section:
            lesson, _, section = question.section.rpartition("/")
            self.page.found.references.append(
                Reference(
                    "section", lesson or self.page.lesson_id, section, question.section, document.locate(("section",))
                )
            )
        self.page.found.documents[name] = document
        return Check(question, name)


def _is_shown(path: ValuePath) -> bool:
    """Whether what stands at a path of a figure says something to its readers."""
    return path[0] not in ("kind", "facts") and path[-1] not in _SAYING_NOTHING


def _is_read(path: ValuePath) -> bool:
    """The same, with the label by which a guess names its row: in another language, both are translated alike."""
    return _is_shown(path) or path[-1] == "row"
