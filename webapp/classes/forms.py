"""The forms of classes. What was typed stays in them; errors say how to put things right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    DecimalField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from webapp.accounts import names
from webapp.accounts.forms import PersonForm, valid_name
from webapp.accounts.models import Cohort, User
from webapp.classes import given_time, times
from webapp.classes.assignments import Rules
from webapp.content.course.quiz import Quiz
from webapp.quizzes import conditions, prints
from webapp.quizzes.conditions import NO_CONDITIONS, Conditions
from webapp.quizzes.models import Assignment, Slot
from webapp.quizzes.vocabulary import LatePolicy, SessionRule
from webapp.web import timezones

REASON_LENGTH = 500
#: characters of a class list, pasted or carried: some 5,000 lines
LONGEST_LIST = 2_000_000
_FORMATS = [times.FORMAT, "%Y-%m-%dT%H:%M:%S"]


class NumberField(DecimalField):  # type: ignore[misc]  # WTForms has no types
    """A number. What Python counts as one besides (NaN, Infinity, sNaN, which can't even be compared) is none."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None and not self.data.is_finite():
            self.data = None
            raise ValueError(self.gettext("Not a valid decimal value."))


def reason_field(description: Any = None) -> TextAreaField:
    """Why somebody does something: needed, and kept in the log."""
    return TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Please give a reason.")), Length(max=REASON_LENGTH)],
        description=description or _l("The learner reads it. It is kept in the log."),
        render_kw={"rows": 2, "maxlength": REASON_LENGTH},
    )


def _whole_number(label: Any, low: int, high: int, description: Any = None, needed: bool = False) -> IntegerField:
    message = _l("Please type a whole number from %(low)s to %(high)s.", low=low, high=high)
    first = InputRequired(message) if needed else Optional()
    return IntegerField(
        label,
        [first, NumberRange(low, high, message)],
        description=description,
        render_kw={"inputmode": "numeric", "min": low, "max": high},
    )


def _lines(label: Any, description: Any) -> TextAreaField:
    """Several values, one a line."""
    return TextAreaField(
        label,
        [Optional(), Length(max=4_000)],
        description=description,
        render_kw={"rows": 2, "maxlength": 4_000, "spellcheck": "false", "autocomplete": "off"},
    )


class CohortForm(PersonForm):
    name = StringField(
        _l("Name of the class"),
        [DataRequired(_l("Please give a name.")), Length(max=300), valid_name],
        description=_l("Your learners see it. For example: Economics 11b, autumn 2026."),
        render_kw={"maxlength": names.NAME_LENGTH, "autocomplete": "off"},
    )


class InstructorForm(PersonForm):
    login = StringField(
        _l("User name or e-mail"),
        [DataRequired(_l("Please type the user name or e-mail address of an instructor.")), Length(max=254)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


class JoinForm(PersonForm):
    code = StringField(
        _l("Join code"),
        [DataRequired(_l("Please type the code your instructor gave you.")), Length(max=40)],
        description=_l("Eight letters and digits, such as ABCD-2345."),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "maxlength": 40},
    )


class RosterForm(PersonForm):
    """A class list, as a file or pasted."""

    file = FileField(
        _l("A CSV file"),
        description=_l("From your school’s system, or from a spreadsheet by “Save as CSV”."),
        render_kw={"accept": ".csv,.txt,.tsv,text/csv,text/plain"},
    )
    text = TextAreaField(
        _l("Or paste the lines"),
        [Length(max=LONGEST_LIST)],
        description=_l("With heads on top, such as: name, e-mail, user name. Cells copied from a spreadsheet work."),
        render_kw={"rows": 6, "spellcheck": "false", "wrap": "off"},
    )
    encoding = SelectField(
        _l("Encoding of the file"),
        choices=[
            SelectChoice("", _l("Detect it")),
            SelectChoice("utf-8", "UTF-8"),
            SelectChoice("cp1252", _l("Windows (Western Europe)")),
            SelectChoice("cp1250", _l("Windows (Central Europe)")),
            SelectChoice("cp1251", _l("Windows (Cyrillic)")),
            SelectChoice("mac_roman", _l("Mac (Western Europe)")),
            SelectChoice("cp850", _l("DOS (Western Europe)")),
            SelectChoice("utf-16", "UTF-16"),
        ],
        description=_l("Only when names come out wrong in the next step."),
        validators=[Optional()],
    )


class CarriedForm(PersonForm):
    """A button that sends back, signed, what the page before it showed."""

    carried = HiddenField(validators=[Length(max=LONGEST_LIST)])


class AssignmentForm(PersonForm):
    """Dates and rules of an assigned quiz. What is left empty is as the quiz says."""

    zone = SelectField(
        _l("Times are on the clock of"),
        description=_l("Everybody sees them on their own clock, with this one beside it where the two differ."),
        render_kw={"data-zone": ""},
    )
    opens_at = DateTimeLocalField(_l("Opens"), [Optional()], format=[times.FORMAT, "%Y-%m-%dT%H:%M:%S"])
    due_at = DateTimeLocalField(_l("Due"), [Optional()], format=[times.FORMAT, "%Y-%m-%dT%H:%M:%S"])
    closes_at = DateTimeLocalField(
        _l("Closes"),
        [Optional()],
        format=[times.FORMAT, "%Y-%m-%dT%H:%M:%S"],
        description=_l("What is under way then is handed in."),
    )
    late_policy = SelectField(
        _l("What is handed in after it is due"),
        choices=[
            SelectChoice(LatePolicy.ACCEPT.value, _l("Counts in full until it closes")),
            SelectChoice(LatePolicy.PENALTY.value, _l("Loses points for each day begun")),
            SelectChoice(LatePolicy.REFUSE.value, _l("Is not taken: the quiz ends when it is due")),
        ],
    )
    late_percent = NumberField(
        _l("Percent taken off for each day begun"),
        [Optional(), NumberRange(0, 100, _l("Please type a number from 0 to 100."))],
        places=None,
        render_kw={"inputmode": "decimal"},
    )
    time_limit = _whole_number(_l("Time limit in minutes"), 1, 10_000)
    attempts = _whole_number(_l("Attempts"), 1, 1_000)
    access_code = StringField(
        _l("Access code"),
        [Optional(), Length(max=40)],
        description=_l("Asked for at the start. You can say it in the room."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "maxlength": 40},
    )
    feedback_at = DateTimeLocalField(
        _l("Score and feedback come"), [Optional()], format=[times.FORMAT, "%Y-%m-%dT%H:%M:%S"]
    )
    reason = TextAreaField(
        _l("Reason"),
        [Length(max=REASON_LENGTH), Optional()],
        description=_l("Needed where recorded results change: those learners read it. It is kept in the log."),
        render_kw={"rows": 2, "maxlength": REASON_LENGTH},
    )
    seen = HiddenField(validators=[Length(max=64)])

    addresses = _lines(
        _l("Only from these addresses"),
        _l("Ranges such as 10.20.0.0/16 or 2001:db8::/48, one a line. Looked at on starting and with each answer."),
    )
    outside = StringField(
        _l("What is said to who is elsewhere"),
        [Optional(), Length(max=conditions.SENTENCE)],
        description=_l("For example: This exam is taken in room 12."),
        render_kw={"maxlength": conditions.SENTENCE, "autocomplete": "off"},
    )
    config_keys = _lines(
        _l("Only in Safe Exam Browser: config keys"),
        _l("As its configuration tool shows them, one a line."),
    )
    exam_keys = _lines(_l("Only in Safe Exam Browser: browser exam keys"), _l("The same, for its older way."))
    sessions = SelectField(
        _l("In another browser than the one that began"),
        choices=[
            SelectChoice(SessionRule.ANY.value, _l("It may go on")),
            SelectChoice(SessionRule.NOTED.value, _l("It may go on, and it is noted")),
            SelectChoice(SessionRule.CONSENT.value, _l("It goes on when you let it")),
        ],
    )
    notes = BooleanField(
        _l("Note when the page is left"),
        description=_l("Time and kind only; learners are told beforehand. It is never part of a score."),
    )

    def __init__(self, quiz: Quiz, assignment: Assignment | None, zone: str, **more: Any) -> None:
        values: dict[str, Any] = {"zone": zone, "late_policy": LatePolicy.ACCEPT, "sessions": SessionRule.ANY}
        if assignment is not None:
            values |= {name: getattr(assignment, name) for name in Rules.__dataclass_fields__}
            for name in ("opens_at", "due_at", "closes_at", "feedback_at"):
                values[name] = times.to_local(values[name], zone)
            values["late_percent"] = Decimal(f"{assignment.late_percent:g}") if assignment.late_percent else None
            found = assignment.conditions or NO_CONDITIONS
            for name in ("addresses", "config_keys", "exam_keys"):
                values[name] = "\n".join(getattr(found, name))
            values |= {"outside": found.outside, "sessions": found.sessions, "notes": found.notes}
        super().__init__(data=values, **more)
        self.zone.choices = [SelectChoice(name, name.replace("_", " ")) for name in timezones.zones()]
        as_quiz = _("No limit")
        limit, attempts = quiz.policy.time_limit, quiz.policy.attempts
        self.time_limit.description = _("Empty: as the quiz says (%(what)s).", what=limit or as_quiz)
        self.attempts.description = _("Empty: as the quiz says (%(what)s).", what=attempts or as_quiz)
        self.feedback_at.description = _("Empty: as the quiz says.")

    def rules(self) -> Rules | None:
        """What was typed, in UTC; None, with errors in the fields, when the times don't fit together."""
        at: dict[str, datetime | None] = {}
        zone = timezones.zone_of(self.zone.data)
        good = True
        for field in (self.opens_at, self.due_at, self.closes_at, self.feedback_at):
            try:
                at[field.name] = times.to_utc(field.data, zone) if field.data else None
            except times.NoSuchTime:
                field.errors = [_("The clocks go forward over this time, so it does not exist.")]
                good = False
            except (OverflowError, ValueError):
                field.errors = [field.gettext("Not a valid datetime value.")]
                good = False
        if not good:
            return None
        pairs = (
            (self.opens_at, self.due_at, _("This is not after the time it opens.")),
            (self.opens_at, self.closes_at, _("This is not after the time it opens.")),
            (self.due_at, self.closes_at, _("This is before the time it is due.")),
        )
        for earlier, later, message in pairs:
            first, second = at[earlier.name], at[later.name]
            if first and second and (second < first or (second == first and earlier is self.opens_at)):
                later.errors = [message]
                good = False
        if self.late_policy.data == LatePolicy.PENALTY and not self.late_percent.data:
            self.late_percent.errors = [_("Please say how many percent.")]
            good = False
        if self.late_policy.data != LatePolicy.ACCEPT and at["due_at"] is None:
            self.due_at.errors = [_("Without a time it is due, nothing is late.")]
            good = False
        read: dict[str, tuple[str, ...]] = {}
        for field, reader in (
            (self.addresses, conditions.read_ranges),
            (self.config_keys, conditions.read_keys),
            (self.exam_keys, conditions.read_keys),
        ):
            try:
                read[field.name] = reader(field.data or "")
            except ValueError as bad:
                what = str(bad)[:80]
                if field is self.addresses:
                    field.errors = [_("“%(what)s” is no address and no range of addresses.", what=what)]
                else:
                    field.errors = [_("“%(what)s” is no key: a key has 64 digits from 0 to 9 and a to f.", what=what)]
                good = False
            else:
                if len(read[field.name]) > conditions.AT_MOST:
                    field.errors = [_("These are too many: at most %(n)s.", n=conditions.AT_MOST)]
                    good = False
        if not good:
            return None
        return Rules(
            **at,
            conditions=Conditions(
                **read,
                outside=(self.outside.data or "").strip() if read["addresses"] else "",
                sessions=SessionRule(self.sessions.data or SessionRule.ANY),
                notes=bool(self.notes.data),
            ),
            time_limit=self.time_limit.data,
            attempts=self.attempts.data,
            access_code=(self.access_code.data or "").strip() or None,
            late_policy=LatePolicy(self.late_policy.data),
            late_percent=float(self.late_percent.data or 0) if self.late_policy.data == LatePolicy.PENALTY else 0.0,
            zone=zone,
        )


class AccommodationForm(PersonForm):
    person = SelectField(_l("For whom"), coerce=int)
    quiz = SelectField(_l("At which quiz"))
    extra_time_percent = _whole_number(_l("Extra time in percent"), 0, 400, _l("25 makes 20 minutes into 25."))
    later_hours = _whole_number(_l("Later by, in hours"), 0, 8_760, _l("Moves the dates it is due and closes."))
    extra_attempts = _whole_number(_l("More attempts"), 0, 100)
    reason = TextAreaField(
        _l("Reason"),
        [Length(max=REASON_LENGTH), Optional()],
        description=_l("For you and your colleagues; learners don’t see it."),
        render_kw={"rows": 2, "maxlength": REASON_LENGTH},
    )
    seen = HiddenField(validators=[Length(max=64)])

    def __init__(self, people: Iterable[User], quizzes: Iterable[Quiz], **more: Any) -> None:
        super().__init__(**more)
        self.person.choices = [
            SelectChoice(0, _("The whole class")),
            *(SelectChoice(each.id, f"{each.name} ({each.username or each.email or '–'})") for each in people),
        ]
        self.quiz.choices = [
            SelectChoice("", _("All quizzes")),
            *(SelectChoice(quiz.id, quiz.title) for quiz in quizzes),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        allowances = (self.extra_time_percent, self.later_hours, self.extra_attempts)
        if valid and not any(field.data for field in allowances):
            self.form_errors = [_("Please give extra time, later dates or more attempts.")]
            return False
        return valid


class MinutesForm(PersonForm):
    minutes = _whole_number(_l("Minutes"), 1, given_time.MOST_MINUTES, needed=True)


class IncidentForm(PersonForm):
    """From when to when something kept everybody from working. Filled in with the latest gap the server knows of."""

    zone = SelectField(_l("Times are on the clock of"), render_kw={"data-zone": ""})
    began_at = DateTimeLocalField(_l("From"), [InputRequired(_l("Please give a time."))], format=_FORMATS)
    ended_at = DateTimeLocalField(_l("Until"), [InputRequired(_l("Please give a time."))], format=_FORMATS)
    reason = reason_field()
    #: the span whose forecast was shown, and the seal of the results in it
    seen = HiddenField(validators=[Length(max=160)])

    def __init__(self, gaps: Sequence[tuple[datetime, datetime]], zone: str, **more: Any) -> None:
        values: dict[str, Any] = {"zone": zone}
        if gaps:
            values |= {
                name: times.to_local(at, zone) for name, at in zip(("began_at", "ended_at"), gaps[0], strict=True)
            }
            values["reason"] = _("The server was down.")
        super().__init__(data=values, **more)
        self.zone.choices = [SelectChoice(name, name.replace("_", " ")) for name in timezones.zones()]

    def span(self, now: datetime) -> tuple[datetime, datetime] | None:
        """What was typed, in UTC; None, with errors in the fields, when it can't have been."""
        zone = timezones.zone_of(self.zone.data)
        at = []
        for field in (self.began_at, self.ended_at):
            try:
                at.append(times.to_utc(field.data, zone))
            except (OverflowError, ValueError):
                field.errors = [field.gettext("Not a valid datetime value.")]
                return None
        began, ended = at
        if ended > now:
            self.ended_at.errors = [_("This is still to come.")]
        elif ended <= began:
            self.ended_at.errors = [_("This is not after the time it began.")]
        elif ended - began > given_time.LONGEST:
            self.ended_at.errors = [_("An incident lasts a day at most.")]
        else:
            return began, ended
        return None


class ExtendForm(PersonForm):
    minutes = _whole_number(_l("Minutes from now"), 1, 10_000, needed=True)
    reason = reason_field()


class ReasonForm(PersonForm):
    reason = reason_field()
    #: the seal of the forecast that was seen
    seen = HiddenField(validators=[Length(max=64)])


class DecisionForm(PersonForm):
    """A reason, which is needed when the act turns out to change recorded results."""

    reason = TextAreaField(
        _l("Reason"),
        [Length(max=REASON_LENGTH), Optional()],
        description=_l("Learners whose result changes read it. It is kept in the log."),
        render_kw={"rows": 2, "maxlength": REASON_LENGTH},
    )
    seen = HiddenField(validators=[Length(max=64)])
    #: the button that leaves what is recorded as it is
    leave = SubmitField()


class OverrideForm(PersonForm):
    """Other points for one answer."""

    points = NumberField(_l("Points"), [InputRequired(_l("Please type a number."))], places=None)
    reason = reason_field()
    seen = HiddenField(validators=[Length(max=64)])

    def __init__(self, slot: Slot, **more: Any) -> None:
        super().__init__(data={"points": Decimal(f"{slot.points * (slot.fraction or 0.0):.6g}")}, **more)
        self._most = Decimal(repr(slot.points))
        self.points.description = _("From 0 to %(most)s.", most=f"{slot.points:g}")
        self.points.render_kw = {"inputmode": "decimal"}

    def validate_points(self, field: DecimalField) -> None:
        if field.data is None or not field.data.is_finite() or not 0 <= field.data <= self._most:
            raise ValidationError(_("Please type a number from 0 to %(most)s.", most=f"{self._most:f}"))


class RegradeForm(PersonForm):
    policy = HiddenField(validators=[Length(max=40)])
    digest = HiddenField(validators=[Length(max=64)])
    reason = reason_field(_l("Learners whose score changes read it."))


class PaperForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """What is printed of a quiz. It is sent with GET: nothing changes, and the address can be kept."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # as above
        csrf = False

    versions = _whole_number(
        _l("Versions"),
        1,
        prints.MOST_VERSIONS,
        _l("Each draws its own questions, as two learners would get them, in its own order and with its own numbers."),
        needed=True,
    )
    seed = _whole_number(
        _l("Seed"),
        0,
        prints.LARGEST_SEED,
        _l("The same number gives the same versions again, as long as the course stays as it is."),
        needed=True,
    )
    cohort = SelectField(
        _l("Class"),
        validate_choice=True,
        description=_l("With a class there is a copy for each of its members, with the name on it."),
    )
    key = BooleanField(_l("Sheets with the key"), description=_l("On pages of their own, behind all copies."))

    def __init__(self, classes: Iterable[Cohort], asked: Any, proposed: dict[str, Any]) -> None:
        super().__init__(asked, data=proposed)
        self.cohort.choices = [("", _("No names")), *((str(each.id), each.name) for each in classes)]
