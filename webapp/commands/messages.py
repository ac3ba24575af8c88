"""The words of the interface for translators: from the sources to catalogues, and from catalogues to what is served.

English is what stands in the sources. Every other language of `localisation.LANGUAGES` has a folder in
`webapp/translations/` with `messages.po`, which people edit, and `messages.mo`, which the server reads. Both are kept
in the repository, so that nothing has to be built before the first start.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from webapp.interchange.losses import KINDS
from webapp.web.localisation import LANGUAGES

PACKAGE = Path(__file__).resolve().parent.parent
FOLDER = PACKAGE / "translations"

HEADER = "# The words of the interface. Translate what is empty, then run `webapp messages`."

#: what marks a string, besides gettext's own names: N_ and _l leave the translating to a later moment
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
#: a template that can't be read is an error here, not a page without words
OPTIONS = {"**.html": {"silent": "false", "trimmed": "true"}}


def extract() -> Catalog:
    """All strings that are marked for translation in the package's Python files and templates, with their files, the
    words that the editor reads off the schemas, and what its pages say of losses."""
    catalog = Catalog(project="webapp", charset="utf-8")
    marked = extract_from_dir(
        PACKAGE, METHODS, OPTIONS, KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    )
    for filename, line, message, comments, context in marked:
        catalog.add(message, None, [(filename.replace("\\", "/"), line)], auto_comments=comments, context=context)
    for text in sorted(_words_of_schemas()):
        catalog.add(text, None, [("editor/forms/schema_reader.py", 0)])
    for kind in KINDS.values():
        for text in (kind.became, kind.todo):
            catalog.add(text, None, [("interchange/losses.py", 0)])
    return catalog


def _words_of_schemas() -> set[str]:
    """What the forms of the editor say beside the fields of questions and quizzes: no call marks these words, because
    they are the descriptions and choices of the schemas."""
    from webapp.editor.forms import form_schema
    from webapp.editor.forms.shapes import Shape
    from webapp.questions import TYPES

    words: set[str] = set()

    def visit(shape: Shape) -> None:
        words.update((shape.help, shape.variant))
        if shape.kind in ("choice", "choices"):
            words.update(word.replace("-", " ") if shape.kind == "choice" else word for word in shape.choices)
        for inner in (*shape.fields, *([shape.item] if shape.item else [])):
            visit(inner)

    for shape in (form_schema.of_quiz(), form_schema.of_material(), *map(form_schema.of_type, TYPES)):
        visit(shape)
    # A choice that is left to the course and the two of a yes or no have words of their own.
    return words - {"", "true", "false"}


def catalogue_file(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """The catalogue of a language as it lies in the folder; an empty one when there is none yet."""
    path = catalogue_file(language)
    if not path.exists():
        return Catalog(locale=language, project="webapp", header_comment=HEADER, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def written(catalog: Catalog) -> bytes:
    """The text of a catalogue. Files are named without lines, and times are left out, or every edit of a source would
    change the catalogue."""
    buffer = BytesIO()
    write_po(
        buffer, catalog, width=120, sort_by_file=True, include_lineno=False, ignore_obsolete=True, omit_header=True
    )
    plural = f"nplurals={catalog.num_plurals}; plural={catalog.plural_expr};"
    head = (
        f'{HEADER}\nmsgid ""\nmsgstr ""\n"Language: {catalog.locale}\\n"\n"Plural-Forms: {plural}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n\n'
    )
    return head.encode() + buffer.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """What the server reads. The same catalogue always gives the same bytes."""
    buffer = BytesIO()
    write_mo(buffer, read_po(BytesIO(written(catalog)), locale=catalog.locale))
    return buffer.getvalue()


def missing(catalog: Catalog) -> list[str]:
    """The strings of a catalogue that still need a translator: without a translation, or with a doubtful one."""
    return [
        message.id if isinstance(message.id, str) else str(message.id[0])
        for message in catalog
        if message.id and (message.fuzzy or not _is_translated(message))
    ]


def _is_translated(message: Message) -> bool:
    """Whether there are words for it, in the plural for every number."""
    return bool(message.string) if isinstance(message.string, str) else all(message.string or [""])


@click.command("messages")
def messages() -> None:
    """Bring the catalogues up to date with the sources and compile them; list what is not translated yet."""
    sources = extract()
    for language, name in LANGUAGES.items():
        if language == "en":
            continue
        catalog = read(language)
        catalog.update(sources, no_fuzzy_matching=True, update_creation_date=False)
        path = catalogue_file(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(catalog))
        path.with_suffix(".mo").write_bytes(compiled(catalog))
        waiting = missing(catalog)
        click.echo(f"{name} ({language}): {len(catalog)} messages, {len(waiting)} to translate")
        for text in waiting:
            click.echo(f"  {text}")
