"""The form by which somebody grades an answer: points for each criterion, and words for the learner."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import Field, HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from webapp.accounts.forms import PersonForm
from webapp.classes.forms import NumberField
from webapp.content import markdown
from webapp.questions.contract import Rubric
from webapp.questions.inputs.rubrics import Criterion
from webapp.questions.text import plain

COMMENT_LENGTH = 4_000


class MarkForm(PersonForm):
    """What every rubric has; `mark_form` adds the criteria."""

    rubric: Rubric
    comment = TextAreaField(
        _l("To the learner"),
        [Length(max=COMMENT_LENGTH), Optional()],
        description=_l("They read it with their points."),
        render_kw={"rows": 4, "maxlength": COMMENT_LENGTH},
    )
    #: "1" where it decides between two that are too far apart
    settles = HiddenField(validators=[Length(max=1)])

    @property
    def criteria(self) -> list[Field]:
        """The fields of the criteria, in their order."""
        return [self[f"points_{place}"] for place in range(len(self.rubric.criteria))]

    @property
    def points(self) -> list[float]:
        """What each criterion gets; only after the form is found valid."""
        given = []
        for field, criterion in zip(self.criteria, self.rubric.criteria, strict=True):
            given.append(criterion.levels[int(field.data)].points if criterion.levels else float(field.data))
        return given


def mark_form(rubric: Rubric, given: Sequence[float] = ()) -> Any:
    """A form for these criteria, filled with what was sent, else with the points in `given`."""
    fields = {f"points_{place}": _field(criterion) for place, criterion in enumerate(rubric.criteria)}
    data = {
        f"points_{place}": _value(criterion, points)
        for place, (criterion, points) in enumerate(zip(rubric.criteria, given, strict=False))
    }
    form = type("MarkFormOfRubric", (MarkForm,), {**fields, "rubric": rubric})(data=data)
    return form


def _field(criterion: Criterion) -> Field:
    needed = _l("Please choose one.") if criterion.levels else _l("Please type a number.")
    if criterion.levels:
        choices = [
            SelectChoice(str(place), _level(level.text, level.points)) for place, level in enumerate(criterion.levels)
        ]
        return RadioField(plain(criterion.text), [InputRequired(needed)], choices=choices, validate_choice=True)
    most = criterion.points
    message = _("Please type a number from 0 to %(most)s.", most=f"{most:g}")
    return NumberField(
        plain(criterion.text),
        [InputRequired(needed), NumberRange(0, Decimal(repr(most)), message)],
        places=None,
        description=_("From 0 to %(most)s.", most=f"{most:g}"),
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )


def _level(text: str, points: float) -> Markup:
    return Markup("{} <strong>{:g}</strong>").format(Markup(markdown.render_inline(text)), points)  # noqa: S704 - cleaned


def _value(criterion: Criterion, points: float) -> Any:
    if not criterion.levels:
        return Decimal(f"{points:g}")
    return next((str(place) for place, level in enumerate(criterion.levels) if level.points == points), None)
