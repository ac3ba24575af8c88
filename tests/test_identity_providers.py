"""The settings of identity providers are usable or stop the start with a sentence, which tells no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.config import BadSetting, Settings
from webapp.identity_providers import IdentityProvider

BANK = {"WEBAPP_BANK": str(Path(__file__).parent.parent / "question_bank")}
SCHOOL = {
    "WEBAPP_OIDC": "school",
    "WEBAPP_OIDC_SCHOOL_ISSUER": "https://login.example.org/realms/school",
    "WEBAPP_OIDC_SCHOOL_CLIENT_ID": "quiz",
}
TENANT = "11111111-2222-3333-4444-555555555555"
GOOGLE = {
    "WEBAPP_OIDC": "google",
    "WEBAPP_OIDC_GOOGLE_CLIENT_ID": "x.apps.googleusercontent.com",
    "WEBAPP_OIDC_GOOGLE_CLIENT_SECRET": "not told to anybody",
}
MICROSOFT = {
    "WEBAPP_OIDC": "microsoft",
    "WEBAPP_OIDC_MICROSOFT_TENANT": TENANT,
    "WEBAPP_OIDC_MICROSOFT_CLIENT_ID": "quiz",
    "WEBAPP_OIDC_MICROSOFT_CLIENT_SECRET": "not told to anybody",
}


def read(*parts: dict[str, str]) -> tuple[IdentityProvider, ...]:
    environ = dict(BANK)
    for part in parts:
        environ |= part
    return Settings.from_environ(environ).oidc


def test_without_a_name_there_is_nobody_else() -> None:
    assert read() == ()


def test_a_provider_needs_an_issuer_and_a_client() -> None:
    (school,) = read(SCHOOL)
    assert (school.title, school.issuer, school.client_id) == ("School", SCHOOL["WEBAPP_OIDC_SCHOOL_ISSUER"], "quiz")
    assert (school.mfa, school.roles, school.tells_time, school.plain_http) == (False, (), True, False)


def test_several_are_in_the_order_in_which_they_are_named() -> None:
    providers = read(SCHOOL, GOOGLE, MICROSOFT, {"WEBAPP_OIDC": "google, School,microsoft"})
    assert [each.name for each in providers] == ["google", "school", "microsoft"]
    assert providers[0].issuer == "https://accounts.google.com"
    assert providers[2].issuer == f"https://login.microsoftonline.com/{TENANT}/v2.0"
    assert not providers[2].any_tenant


def test_microsofts_template_is_for_people_of_any_tenant_only() -> None:
    (microsoft,) = read(MICROSOFT, {"WEBAPP_OIDC_MICROSOFT_TENANT": "organizations"})
    assert microsoft.any_tenant


def test_keycloaks_roles_are_where_keycloak_has_them() -> None:
    more = {"WEBAPP_OIDC": "keycloak", "WEBAPP_OIDC_KEYCLOAK_ROLES": "teacher=instructor, a=b=admin"}
    (keycloak,) = read({name.replace("SCHOOL", "KEYCLOAK"): value for name, value in SCHOOL.items()}, more)
    assert keycloak.roles_claim == "realm_access.roles"
    assert keycloak.roles == (("teacher", "instructor"), ("a=b", "admin"))


@pytest.mark.parametrize(
    ("signup", "own", "expected"),
    [("open", "", True), ("closed", "", False), ("open", "off", False), ("closed", "on", True)],
)
def test_new_accounts_are_made_as_on_the_site_unless_it_is_said(signup: str, own: str, expected: bool) -> None:
    (school,) = read(SCHOOL, {"WEBAPP_SIGNUP": signup, "WEBAPP_OIDC_SCHOOL_SIGNUP": own})
    assert school.signup is expected


def test_a_secret_comes_from_a_file_and_stands_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not told to anybody\n")
    environ = {**BANK, **SCHOOL, "WEBAPP_OIDC_SCHOOL_CLIENT_SECRET_FILE": str(tmp_path / "secret")}
    settings = Settings.from_environ(environ)
    assert settings.oidc[0].client_secret == "not told to anybody"
    assert "not told" not in repr(settings)


@pytest.mark.parametrize(
    ("environ", "variable", "said"),
    [
        ({"WEBAPP_OIDC": "school,school"}, "WEBAPP_OIDC", "different names"),
        ({"WEBAPP_OIDC": "my school"}, "WEBAPP_OIDC", "google,school"),
        ({"WEBAPP_OIDC": "my_school"}, "WEBAPP_OIDC", "letters"),
        ({"WEBAPP_OIDC": ""}, "WEBAPP_OIDC_SCHOOL_CLIENT_ID", "no such setting"),
        ({"WEBAPP_OIDC_SCHOOL_ISUER": "x"}, "WEBAPP_OIDC_SCHOOL_ISUER", "WEBAPP_OIDC_SCHOOL_ISSUER"),
        ({"WEBAPP_OIDC_SCHOOL_ISSUER": ""}, "WEBAPP_OIDC_SCHOOL_ISSUER", "https://"),
        ({"WEBAPP_OIDC_SCHOOL_ISSUER": "http://login.example.org"}, "WEBAPP_OIDC_SCHOOL_ISSUER", "https://"),
        ({"WEBAPP_OIDC_SCHOOL_ISSUER": "http://127.0.0.1:1"}, "WEBAPP_OIDC_SCHOOL_ISSUER", "https://"),
        ({"WEBAPP_OIDC_SCHOOL_ISSUER": "https://a:b@login.example.org"}, "WEBAPP_OIDC_SCHOOL_ISSUER", "https://"),
        ({"WEBAPP_OIDC_SCHOOL_ISSUER": "https://login.example.org/?a"}, "WEBAPP_OIDC_SCHOOL_ISSUER", "https://"),
        ({"WEBAPP_OIDC_SCHOOL_ISSUER": "https://[x"}, "WEBAPP_OIDC_SCHOOL_ISSUER", "https://"),
        (
            {"WEBAPP_OIDC_SCHOOL_ISSUER": "http://login.example.org", "WEBAPP_OIDC_SCHOOL_PLAIN_HTTP": "on"},
            "WEBAPP_OIDC_SCHOOL_ISSUER",
            "https://",
        ),
        ({"WEBAPP_OIDC_SCHOOL_CLIENT_ID": ""}, "WEBAPP_OIDC_SCHOOL_CLIENT_ID", "is needed"),
        ({"WEBAPP_OIDC_SCHOOL_TITLE": "x" * 41}, "WEBAPP_OIDC_SCHOOL_TITLE", "40 characters"),
        ({"WEBAPP_OIDC_SCHOOL_SIGNUP": "yes"}, "WEBAPP_OIDC_SCHOOL_SIGNUP", "on and off"),
        ({"WEBAPP_OIDC_SCHOOL_MFA": "1"}, "WEBAPP_OIDC_SCHOOL_MFA", "on and off"),
        ({"WEBAPP_OIDC_SCHOOL_TENANT": TENANT}, "WEBAPP_OIDC_SCHOOL_TENANT", "microsoft"),
        ({"WEBAPP_OIDC_SCHOOL_ROLES": "teachers"}, "WEBAPP_OIDC_SCHOOL_ROLES", "group=instructor"),
        ({"WEBAPP_OIDC_SCHOOL_ROLES": "teachers=owner"}, "WEBAPP_OIDC_SCHOOL_ROLES", "group=admin"),
        ({"WEBAPP_OIDC_SCHOOL_ROLES": "t=instructor"}, "WEBAPP_OIDC_SCHOOL_ROLES_CLAIM", "WEBAPP_OIDC_SCHOOL_ROLES"),
        (
            {"WEBAPP_OIDC_SCHOOL_CLIENT_SECRET_FILE": "/not/there"},
            "WEBAPP_OIDC_SCHOOL_CLIENT_SECRET_FILE",
            "No such file",
        ),
        (
            {"WEBAPP_OIDC_SCHOOL_CLIENT_SECRET_FILE": "/x", "WEBAPP_OIDC_SCHOOL_CLIENT_SECRET": "y"},
            "WEBAPP_OIDC_SCHOOL_CLIENT_SECRET_FILE",
            "not both",
        ),
        (
            {"WEBAPP_OIDC_SCHOOL_CLIENT_SECRET": "not told\nto anybody"},
            "WEBAPP_OIDC_SCHOOL_CLIENT_SECRET",
            "one line",
        ),
        (GOOGLE | {"WEBAPP_OIDC_GOOGLE_CLIENT_SECRET": ""}, "WEBAPP_OIDC_GOOGLE_CLIENT_SECRET", "is needed"),
        (MICROSOFT | {"WEBAPP_OIDC_MICROSOFT_TENANT": ""}, "WEBAPP_OIDC_MICROSOFT_TENANT", "the id of your tenant"),
        (MICROSOFT | {"WEBAPP_OIDC_MICROSOFT_TENANT": "consumers"}, "WEBAPP_OIDC_MICROSOFT_TENANT", "organizations"),
        # Whoever has a tenant of their own could give themselves either.
        (
            MICROSOFT | {"WEBAPP_OIDC_MICROSOFT_TENANT": "common", "WEBAPP_OIDC_MICROSOFT_MFA": "on"},
            "WEBAPP_OIDC_MICROSOFT_MFA",
            "your own tenant",
        ),
        (
            MICROSOFT
            | {
                "WEBAPP_OIDC_MICROSOFT_TENANT": "organizations",
                "WEBAPP_OIDC_MICROSOFT_ROLES": "t=instructor",
                "WEBAPP_OIDC_MICROSOFT_ROLES_CLAIM": "roles",
            },
            "WEBAPP_OIDC_MICROSOFT_ROLES",
            "your own tenant",
        ),
    ],
)
def test_what_cannot_be_used_stops_the_start(environ: dict[str, str], variable: str, said: str) -> None:
    names = environ.get("WEBAPP_OIDC")
    others = names in {"google", "microsoft"}
    with pytest.raises(BadSetting) as caught:
        read({} if others else SCHOOL, environ)
    assert caught.value.name == variable
    assert said in str(caught.value)
    assert "not told" not in str(caught.value)


def test_a_setting_that_is_a_secret_by_its_name_is_not_repeated_either() -> None:
    with pytest.raises(BadSetting) as caught:
        read({"WEBAPP_OIDC_SCHOOL_CLIENT_SECRET": "not told to anybody"})
    assert "not told" not in str(caught.value)
