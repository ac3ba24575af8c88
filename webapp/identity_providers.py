"""The identity providers that WEBAPP_OIDC names: their settings, read and checked once at start.

Each has variables of its own, WEBAPP_OIDC_<NAME>_…; for `google`, `microsoft` and `keycloak` most is known beforehand.
docs/single-sign-on.md says what an operator does at each of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

#: part of a variable's name → default, allowed values, meaning
PARTS: dict[str, tuple[str, str, str]] = {
    "ISSUER": ("", "https://…", "who signs people in: the address below which its discovery document is"),
    "TENANT": ("", "the id of a tenant, organizations or common", "of `microsoft`, in place of an issuer"),
    "CLIENT_ID": ("", "any text", "the name of this site there"),
    "CLIENT_SECRET": ("", "any text", "the secret that goes with it, where there is one"),
    "CLIENT_SECRET_FILE": ("", "a file", "the file that holds the secret, in place of the variable"),
    "TITLE": ("", "1 to 40 characters", "what its button says; the name, if none is given"),
    "SIGNUP": (
        "",
        "on or off",
        "whether a first sign-in makes an account; as WEBAPP_SIGNUP is open or not, if not given",
    ),
    "ROLES_CLAIM": ("", "a name, or a path such as realm_access.roles", "the claim that holds groups or roles there"),
    "ROLES": (
        "",
        "group=role with commas between them; instructor or admin",
        "which of them makes somebody what here, looked at in each sign-in",
    ),
    "MFA": ("off", "on or off", "whether it asks for a second factor, so that ours is not asked for after it"),
    "PLAIN_HTTP": ("off", "on or off", "for a provider on this machine, in tests: http is enough"),
}
_NAME = re.compile(r"[a-z][a-z0-9]{0,19}")
_TENANT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: those of Microsoft for which the issuer depends on whom they sign in
_ANY_TENANT = ("organizations", "common")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LARGEST_SECRET = 4096


class BadProvider(Exception):
    """A variable of a provider can't be used: its name, its value ("…" of secrets) and what is allowed."""

    def __init__(self, variable: str, value: str, allowed: str) -> None:
        super().__init__(f"{variable}: {allowed}")
        self.variable, self.value, self.allowed = variable, value, allowed


@dataclass(frozen=True, kw_only=True)
class IdentityProvider:
    """Somebody else who signs people in, as the settings describe them."""

    name: str
    title: str
    #: the issuer as it was set; what counts is the one that the discovery document states
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    #: whether a first sign-in makes an account
    signup: bool = False
    roles_claim: str = ""
    #: (value of the claim, role here)
    roles: tuple[tuple[str, str], ...] = ()
    #: whether it is trusted to ask for a second factor
    mfa: bool = False
    plain_http: bool = False
    #: whether it says when somebody signed in (auth_time), as the standard wants once it is asked for
    tells_time: bool = True
    #: whether the issuer is a template that each token's tenant fills (Microsoft's organizations and common)
    any_tenant: bool = False


def variable(name: str, part: str) -> str:
    """The variable that holds one part of a provider's settings."""
    return f"WEBAPP_OIDC_{name.upper()}_{part}"


def variables() -> list[tuple[str, str, str, str]]:
    """(variable, default, allowed values, meaning) of what each provider has."""
    return [(variable("<name>", part), *PARTS[part]) for part in PARTS]


def names_of(value: str) -> tuple[str, ...]:
    """The names in WEBAPP_OIDC; raises BadProvider for what is none."""
    names = tuple(name.strip().lower() for name in value.split(",") if name.strip())
    for name in names:
        if not _NAME.fullmatch(name) or names.count(name) > 1:
            allowed = (
                "different names with commas between them are expected, each of up to 20 letters (a to z) and digits, "
                "such as google,school"
            )
            raise BadProvider("WEBAPP_OIDC", value, allowed)
    return names


def variable_names(value: str) -> list[str]:
    """The variables that providers of these names may have."""
    return [variable(name, part) for name in names_of(value) for part in PARTS]


def read(environ: Mapping[str, str], *, open_to_all: bool) -> tuple[IdentityProvider, ...]:
    """The providers of an environment, in the order in which they are named. `open_to_all` says whether everybody may
    create an account here. Raises BadProvider for the first variable that can't be used."""
    return tuple(
        _ProviderReader(name, environ).provider(open_to_all) for name in names_of(environ.get("WEBAPP_OIDC", ""))
    )


class _ProviderReader:
    """Reads the variables of one provider."""

    def __init__(self, name: str, environ: Mapping[str, str]) -> None:
        self.name = name
        self.environ = environ

    def get(self, part: str) -> str:
        return self.environ.get(variable(self.name, part), "").strip()

    def refuse(self, part: str, allowed: str) -> BadProvider:
        value = "…" if part == "CLIENT_SECRET" else self.get(part)
        return BadProvider(variable(self.name, part), value, allowed)

    def provider(self, open_to_all: bool) -> IdentityProvider:
        plain_http = self.switch("PLAIN_HTTP", False)
        any_tenant = self.name == "microsoft" and self.get("TENANT") in _ANY_TENANT
        issuer = self.issuer(plain_http)
        client_id = self.get("CLIENT_ID")
        if not client_id or len(client_id) > 255:
            raise self.refuse("CLIENT_ID", f"the name of this site at {self.name} is needed: it is given there")
        secret = self.secret()
        if not secret and self.name in {"google", "microsoft"}:
            raise self.refuse("CLIENT_SECRET", f"the secret that {self.name.title()} gave is needed")
        title = self.get("TITLE") or self.name.title()
        if len(title) > 40 or not title.isprintable():
            raise self.refuse("TITLE", "1 to 40 characters are expected")
        roles = self.roles()
        claim = self.get("ROLES_CLAIM") or ("realm_access.roles" if self.name == "keycloak" else "")
        if roles and not claim:
            raise self.refuse("ROLES_CLAIM", f"the claim is needed, because {variable(self.name, 'ROLES')} is set")
        # What people of other tenants are told by their own admins is no word on what they may do here.
        own = f"unless {variable(self.name, 'TENANT')} is the id of your own tenant"
        if any_tenant and roles:
            raise self.refuse("ROLES", f"nothing is expected, {own}")
        if any_tenant and self.switch("MFA", False):
            raise self.refuse("MFA", f"off is expected, {own}")
        return IdentityProvider(
            name=self.name,
            title=title,
            issuer=issuer,
            client_id=client_id,
            client_secret=secret,
            signup=self.switch("SIGNUP", open_to_all),
            roles_claim=claim,
            roles=roles,
            mfa=self.switch("MFA", False),
            plain_http=plain_http,
            # Neither sends auth_time unless it is configured there, although it is asked for.
            tells_time=self.name not in {"google", "microsoft"},
            any_tenant=any_tenant,
        )

    def issuer(self, plain_http: bool) -> str:
        given, tenant = self.get("ISSUER"), self.get("TENANT")
        if tenant and (self.name != "microsoft" or given):
            raise self.refuse("TENANT", "it is for microsoft only, and goes without an issuer")
        if self.name == "google" and not given:
            return "https://accounts.google.com"
        if self.name == "microsoft" and not given:
            if not _TENANT.fullmatch(tenant) and tenant not in _ANY_TENANT:
                allowed = "the id of your tenant (8-4-4-4-12 hexadecimal digits), organizations or common is expected"
                raise self.refuse("TENANT", allowed)
            return f"https://login.microsoftonline.com/{tenant}/v2.0"
        if not is_usable(given, plain_http=plain_http) or urlsplit(given).query:
            raise self.refuse("ISSUER", "an address that begins with https:// is expected, without ? and #")
        return given

    def secret(self) -> str:
        given, path = self.get("CLIENT_SECRET"), self.get("CLIENT_SECRET_FILE")
        if given and path:
            raise self.refuse("CLIENT_SECRET_FILE", "the secret is expected in the file or in the variable, not both")
        if path:
            try:
                given = Path(path).expanduser().read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                why = getattr(error, "strerror", None) or "not UTF-8"
                raise self.refuse("CLIENT_SECRET_FILE", f"a file with the secret is expected ({why})") from error
            if not given:
                raise self.refuse("CLIENT_SECRET_FILE", "a file with the secret is expected, and this one is empty")
        if len(given) > _LARGEST_SECRET or not given.isprintable():
            raise self.refuse("CLIENT_SECRET", f"one line of at most {_LARGEST_SECRET} characters is expected")
        return given

    def switch(self, part: str, default: bool) -> bool:
        word = self.get(part).lower()
        if word not in {"", "on", "off"}:
            raise self.refuse(part, "allowed are on and off")
        return default if not word else word == "on"

    def roles(self) -> tuple[tuple[str, str], ...]:
        found = []
        for each in self.get("ROLES").split(","):
            value, equals, role = (piece.strip() for piece in each.rpartition("="))
            if not any((value, equals, role)):
                continue
            if not value or role not in {"instructor", "admin"}:
                raise self.refuse("ROLES", "group=instructor or group=admin is expected, with commas between several")
            found.append((value, role))
        return tuple(found)


def is_usable(address: str, *, plain_http: bool) -> bool:
    """Whether this server may ask at an address: by https, or, where `plain_http` says so, by http on this machine."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment or not address.isascii() or len(address) > 2000:
        return False
    if any(ord(char) < 33 or char in '"<>\\' for char in address):
        return False
    return parts.scheme == "https" or (plain_http and parts.scheme == "http" and host in LOOPBACK)
