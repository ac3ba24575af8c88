"""The forms of accounts. What was typed stays in them, but for passwords; errors say how to put things right."""

from __future__ import annotations

import hmac
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from webapp.accounts import names, password_rules
from webapp.accounts.api_tokens import LIFETIMES
from webapp.accounts.models import TokenScope, User
from webapp.accounts.passwords import LONGEST
from webapp.web import timezones
from webapp.web.current import settings, site_title
from webapp.web.localisation import LANGUAGES

PASSWORD = _l("Password")
#: characters of the way back; what is no address of ours (`access.local_path`) is passed over, not refused
LONGEST_NEXT = 20_000
#: characters of a form that is carried through a sign-in
LARGEST_KEPT = 256 * 1024


class PersonForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A form whose token is checked by the form itself, so that an old one shows the form again (access.keeps_form)."""

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        token = getattr(self, "csrf_token", None)
        if token is not None and token.errors:
            token.errors = ()
            self.form_errors = [_("This page was opened a while ago. Nothing was lost: please send it once more.")]
        return valid

    @property
    def refused(self) -> bool:
        """Whether something has to be put right."""
        return bool(self.form_errors or any(field.errors for field in self))


def _needed(text: Any) -> DataRequired:
    return DataRequired(text)


def valid_name(_form: FlaskForm, field: Field) -> None:
    if not names.clean_name(field.data or ""):
        raise ValidationError(_("Please give a name with at least one letter or digit."))
    field.data = names.clean_name(field.data)


def valid_login(_form: FlaskForm, field: Field) -> None:
    """A user name, or an e-mail address when there is an "@" in it."""
    text = field.data or ""
    if "@" in text:
        if names.email_of(text) is None:
            raise ValidationError(_("This does not look like an e-mail address. One looks like ada@example.org."))
    elif problem := names.username_problem(text):
        raise ValidationError(str(problem))


def logins(text: str) -> dict[str, str | None]:
    """What was typed as user name or e-mail, as keyword arguments of the service."""
    return {"username": None, "email": text} if "@" in text else {"username": text, "email": None}


class GoodPassword:
    """Refuses what `password_rules` refuses, knowing the person (by fields of the form, or a User) and the course."""

    def __init__(self, *fields: str) -> None:
        self.fields = fields

    def __call__(self, form: FlaskForm, field: Field) -> None:
        about: list[str | None] = [getattr(form, name).data for name in self.fields]
        person = getattr(form, "person", None)
        if person is not None:
            about += [person.name, person.username, person.email]
        about.append(site_title())
        if problem := password_rules.problem(field.data or "", about=about):
            raise ValidationError(str(problem))


def new_password(*fields: str, label: Any = PASSWORD) -> PasswordField:
    return PasswordField(
        label,
        [InputRequired(_l("Please choose a password.")), GoodPassword(*fields)],
        description=_l("At least 12 characters. A few unconnected words are good."),
        render_kw={"autocomplete": "new-password", "maxlength": password_rules.LONGEST, "spellcheck": "false"},
    )


def known_password(label: Any = PASSWORD) -> PasswordField:
    return PasswordField(
        label,
        [InputRequired(_l("Please type your password.")), Length(max=4 * LONGEST)],
        render_kw={"autocomplete": "current-password", "maxlength": LONGEST, "spellcheck": "false"},
    )


def login_field(label: Any) -> StringField:
    return StringField(
        label,
        [_needed(_l("Please type a user name or an e-mail address.")), Length(max=254), valid_login],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


def name_field() -> StringField:
    return StringField(
        _l("Name"),
        [_needed(_l("Please give a name.")), Length(max=300), valid_name],
        description=_l("As your teacher knows you. It can be changed at any time."),
        render_kw={"autocomplete": "name", "maxlength": names.NAME_LENGTH},
    )


class SignInForm(PersonForm):
    login = StringField(
        _l("User name or e-mail"),
        [_needed(_l("Please type your user name or e-mail address.")), Length(max=names.LONGEST_TYPED)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "maxlength": 254},
    )
    password = known_password()
    stay = BooleanField(_l("Stay signed in on this device"))
    discard_guest = BooleanField(_l("What was done here as a guest was not me"))
    next = HiddenField(validators=[Length(max=LONGEST_NEXT)])
    kept = HiddenField(validators=[Length(max=LARGEST_KEPT)])


class SignUpForm(PersonForm):
    name = name_field()
    login = login_field(_l("User name or e-mail"))
    password = new_password("name", "login")
    code = StringField(
        _l("Sign-up code"), [Length(max=200)], render_kw={"autocomplete": "off", "autocapitalize": "none"}
    )
    stay = BooleanField(_l("Stay signed in on this device"))
    discard_guest = BooleanField(_l("What was done here as a guest was not me"))
    next = HiddenField(validators=[Length(max=LONGEST_NEXT)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings().signup != "code":
            del self.code

    def validate_code(self, field: Field) -> None:
        typed = (field.data or "").strip().encode()
        if not hmac.compare_digest(typed, settings().signup_code.strip().encode()):
            raise ValidationError(_("This is not the code. Your teacher has it."))


class SetupForm(PersonForm):
    name = name_field()
    login = login_field(_l("User name or e-mail"))
    password = new_password("name", "login")


class NewPasswordForm(PersonForm):
    """For a person who came by a link; `person` is the one whose password it will be."""

    password = new_password(label=_l("New password"))

    def __init__(self, person: User, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.person = person


class SingleSignOnForm(PersonForm):
    """A button that leads to an identity provider, with what the page it stands on carries."""

    stay = BooleanField()
    discard_guest = BooleanField()
    next = HiddenField(validators=[Length(max=LONGEST_NEXT)])
    kept = HiddenField(validators=[Length(max=LARGEST_KEPT)])


class FirstSignInForm(PersonForm):
    """An account for somebody who came from an identity provider; `pending` is what it said of them, sealed."""

    name = name_field()
    email = StringField(
        _l("E-mail"),
        [Length(max=254)],
        description=_l("Optional. It is never used to tell who you are."),
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )
    discard_guest = BooleanField(_l("What was done here as a guest was not me"))
    pending = HiddenField(validators=[Length(max=8000)])

    def validate_email(self, field: Field) -> None:
        if field.data and names.email_of(field.data) is None:
            raise ValidationError(_("This does not look like an e-mail address. One looks like ada@example.org."))


class ChangePasswordForm(PersonForm):
    """Without the field for the current password for somebody who has none."""

    current = known_password(_l("Current password"))
    password = new_password(label=_l("New password"))

    def __init__(self, person: User, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.person = person
        if person.password_hash is None:
            del self.current


class ProfileForm(PersonForm):
    name = name_field()
    username = StringField(
        _l("User name"), [Length(max=120)], render_kw={"autocomplete": "username", "autocapitalize": "none"}
    )
    email = StringField(_l("E-mail"), [Length(max=254)], render_kw={"autocomplete": "email", "inputmode": "email"})
    locale = SelectField(_l("Language"))
    zone = SelectField(_l("Times are shown on the clock of"))
    certainty = BooleanField(
        _l("Ask how sure I am"),
        description=_l("Only you see it. Knowing when you are wrong although sure helps most."),
    )

    def __init__(self, person: User, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._has_password = person.password_hash is not None
        languages = (SelectChoice(code, name) for code, name in LANGUAGES.items())
        self.locale.choices = [SelectChoice("", _("As my browser says")), *languages]
        named = [SelectChoice(name, name.replace("_", " ")) for name in timezones.zones()]
        self.zone.choices = [SelectChoice("", _("As my device says")), *named]

    def validate_username(self, field: Field) -> None:
        if field.data and (problem := names.username_problem(field.data)):
            raise ValidationError(str(problem))
        if not field.data and not self.email.data and self._has_password:
            raise ValidationError(_("Please keep a user name or an e-mail address: you sign in with it."))

    def validate_email(self, field: Field) -> None:
        if field.data and names.email_of(field.data) is None:
            raise ValidationError(_("This does not look like an e-mail address. One looks like ada@example.org."))


class DeleteForm(PersonForm):
    """A guest has no password to give, and neither has somebody who always came by an identity provider."""

    password = known_password()

    def __init__(self, person: User, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if person.password_hash is None:
            del self.password


class ConfirmForm(PersonForm):
    """The password once more; see `password_again`."""

    password = known_password()
    next = HiddenField(validators=[Length(max=LONGEST_NEXT)])
    kept = HiddenField(validators=[Length(max=LARGEST_KEPT)])


class CodeForm(PersonForm):
    """A code of an authenticator app, or a recovery code."""

    code = StringField(
        _l("Code"),
        [_needed(_l("Please type the code.")), Length(max=40)],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "maxlength": 40},
    )


class SecondFactorForm(CodeForm):
    """After the password: a code, or what a passkey signed. The other fields are what the first page had."""

    credential = HiddenField(validators=[Length(max=20_000)])
    pending = HiddenField(validators=[Length(max=2000)])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.credential.data:
            self.code.validators = ()  # one of the two is enough

    discard_guest = HiddenField(validators=[Length(max=1)])
    next = HiddenField(validators=[Length(max=LONGEST_NEXT)])
    kept = HiddenField(validators=[Length(max=LARGEST_KEPT)])


class PasskeyForm(PersonForm):
    """What a device answered, and the challenge it was given, sealed."""

    credential = HiddenField(validators=[InputRequired(), Length(max=20_000)])
    challenge = HiddenField(validators=[Length(max=500)])


class NewAppForm(CodeForm):
    """The first code of an app, with the secret it was given, sealed."""

    secret = HiddenField(validators=[Length(max=500)])


#: what a token is for, in the words of the form and of the list
SCOPES = {
    TokenScope.COURSES: _l("Read courses and quizzes"),
    TokenScope.QUESTIONS: _l("Read questions with their keys (authors)"),
    TokenScope.CLASSES: _l("Read classes and what they are set (teachers)"),
    TokenScope.PEOPLE: _l("Read who is in a class (teachers)"),
    TokenScope.SCORES: _l("Read scores, attempts and answers (teachers)"),
}


class TokenForm(PersonForm):
    """A new token for a program."""

    name = StringField(
        _l("What is it for?"),
        [_needed(_l("Please say what it is for: by that you will know it again.")), Length(max=80)],
        description=_l("The program or computer that will use it, such as “gradebook of the school”."),
        render_kw={"autocomplete": "off", "maxlength": 80},
    )
    scopes = SelectMultipleField(
        _l("What may it do?"),
        [_needed(_l("Please choose what the program may do."))],
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
        description=_l("It never may do more than you."),
    )
    days = SelectField(_l("Until when?"), coerce=int, default=90)

    def __init__(self, person: User, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        useful = TokenScope if person.is_instructor else (TokenScope.COURSES,)
        self.scopes.choices = [SelectChoice(scope.value, str(SCOPES[scope])) for scope in useful]
        self.days.choices = [SelectChoice(days, ngettext("%(num)d day", "%(num)d days", days)) for days in LIFETIMES]

    def validate_name(self, field: Field) -> None:
        field.data = names.clean_name(field.data or "")
        if not field.data:
            raise ValidationError(_("Please say what it is for: by that you will know it again."))


class ButtonForm(PersonForm):
    """A button and its token."""


class EraseForm(PersonForm):
    """What is typed to say that this person is meant, and whether their results go, too."""

    confirmation = StringField(
        _l("What they sign in with, to confirm"),
        [_needed(_l("Please type what they sign in with.")), Length(max=254)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "maxlength": 254},
    )
    with_results = BooleanField(_l("Remove attempts, answers and scores, too"))

    def __init__(self, person: User, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._person = person
        if person.username is None and person.email is None:
            self.confirmation.label.text = _("Their name, to confirm")

    def validate_confirmation(self, field: Field) -> None:
        typed, person = field.data or "", self._person
        if person.username is None and person.email is None:
            # They come by an identity provider only.
            if names.clean_name(typed) != person.name:
                raise ValidationError(_("This is not their name."))
        elif not names.is_one_of(typed, person.username, person.email):
            raise ValidationError(_("This is not what they sign in with."))


class CourseCodeForm(PersonForm):
    """The code of a course."""

    code = StringField(
        _l("Code of the course"),
        [DataRequired(_l("Please type the code that you were given.")), Length(max=40)],
        description=_l("Eight letters and digits, such as ABCD-2345."),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "maxlength": 40},
    )
    next = HiddenField(validators=[Length(max=LONGEST_NEXT)])


class CourseRoleForm(PersonForm):
    """What somebody of the staff is in the course."""

    role = SelectField(
        _l("Role in this course"),
        choices=[
            SelectChoice("owner", _l("Owner")),
            SelectChoice("author", _l("Author")),
            SelectChoice("teacher", _l("Teacher")),
        ],
    )


class StaffForm(CourseRoleForm):
    """Somebody new in the staff of a course."""

    login = StringField(
        _l("User name or e-mail"),
        [DataRequired(_l("Please type the user name or e-mail address of a person with an account.")), Length(max=254)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    role = SelectField(
        _l("Role in this course"),
        choices=[
            SelectChoice("owner", _l("Owner: everything in the course")),
            SelectChoice("author", _l("Author: the bank, and no grades")),
            SelectChoice("teacher", _l("Teacher: own classes and their grades")),
        ],
        default="teacher",
    )


class AdmissionForm(PersonForm):
    """Who may take a course."""

    admission = RadioField(
        _l("Who may take this course?"),
        choices=[
            SelectChoice("open", _l("Everybody who can open this site")),
            SelectChoice("code", _l("Whoever has the code, and the classes of the course")),
            SelectChoice("class", _l("The classes of the course only")),
        ],
    )


class RoleForm(PersonForm):
    role = SelectField(
        _l("Role"),
        choices=[
            SelectChoice("learner", _l("Learner")),
            SelectChoice("instructor", _l("Instructor")),
            SelectChoice("admin", _l("Admin")),
        ],
    )
