"""No token opens anything but an honest one: signed by the provider, for this site, for this sign-in, now."""

from __future__ import annotations

import base64
import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from sqlalchemy import func, select

from tests.accounts.test_single_sign_on import BACK, way_there
from tests.identity_provider import SECRET, Provider, public, rsa_key
from webapp.accounts.models import User
from webapp.accounts.single_sign_on.client import ALGORITHMS
from webapp.accounts.single_sign_on.models import Identity
from webapp.config import Settings
from webapp.database import db

Forge = Callable[[Provider, dict[str, Any]], str]


@pytest.fixture
def app(make_app: Any, provider: Provider) -> Flask:
    return make_app(oidc=(provider.settings(),))


def claiming(**changes: Any) -> Forge:
    """An honest token, but for these claims (None: without it; a function gets the honest value)."""

    def forge(there: Provider, claims: dict[str, Any]) -> str:
        told = claims | {name: new(claims.get(name)) if callable(new) else new for name, new in changes.items()}
        return there.sign({name: value for name, value in told.items() if value is not None})

    return forge


def raw(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in (header, claims))
    return ".".join((*parts, signature))


def by_hand(header: dict[str, Any], claims: dict[str, Any], digest: hashes.HashAlgorithm) -> str:
    """Signed with the provider's own key, as its library would not do it."""
    told = raw(header | {"kid": "first"}, claims)[:-1]
    signature = rsa_key("first").private_key.sign(told.encode(), padding.PKCS1v15(), digest)
    return f"{told}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def unsigned(algorithm: str) -> Forge:
    return lambda _there, claims: raw({"alg": algorithm, "kid": "first"}, claims)


def with_the_secret(there: Provider, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256", "kid": "first"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])


def with_the_public_key_as_secret(there: Provider, claims: dict[str, Any]) -> str:
    """The oldest trick: the key that everybody may have, taken for a shared secret."""
    known = OctKey.import_key(base64.b64encode(there.keys[0].as_pem(private=False)))
    return jwt.encode({"alg": "HS256", "kid": "first"}, claims, known, algorithms=["HS256"])


def with_another_key(**header: Any) -> Forge:
    return lambda there, claims: there.sign(claims, key=rsa_key("somebody else's"), **header)


def with_its_own_key(there: Provider, claims: dict[str, Any]) -> str:
    """The token brings the key along that it is signed with."""
    own = rsa_key("somebody else's")
    return there.sign(claims, key=own, kid="first", jwk=public(own))


def changed_afterwards(there: Provider, claims: dict[str, Any]) -> str:
    header, _claims, signature = there.sign(claims).split(".")
    return ".".join((header, raw({}, claims | {"sub": "admin"}).split(".")[1], signature))


def of_an_earlier_sign_in(there: Provider, claims: dict[str, Any]) -> str:
    return there.sign(claims | {"nonce": "of an earlier sign-in"})


def with_keys(*keys: Any, sign: Forge) -> Forge:
    """As if the provider had these keys."""

    def forge(there: Provider, claims: dict[str, Any]) -> str:
        there.keys = list(keys)
        return sign(there, claims)

    return forge


def with_a_short_key(there: Provider, claims: dict[str, Any]) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joserfc warns of the key and takes it all the same
        short = RSAKey.generate_key(1024, {"kid": "short"})
        there.keys = [public(short)]
        return jwt.encode({"alg": "RS256", "kid": "short"}, claims, short, algorithms=["RS256"])


def text(value: str) -> Forge:
    return lambda _there, _claims: value


FORGED: dict[str, Forge] = {
    # algorithm
    "no signature": unsigned("none"),
    "no signature, in capitals": unsigned("NONE"),
    "an algorithm that says RS256 and has no signature": unsigned("RS256"),
    "an algorithm that nobody knows": unsigned("XX999"),
    "the shared secret": with_the_secret,
    "the public key as a secret": with_the_public_key_as_secret,
    "an algorithm that the provider doesn't state": lambda there, claims: by_hand(
        {"alg": "RS512"}, claims, hashes.SHA512()
    ),
    "an algorithm that is not the key's": lambda there, claims: jwt.encode(
        {"alg": "PS256", "kid": "first"}, claims, RSAKey.import_key({
            name: value for name, value in there.keys[0].as_dict(private=True).items() if name != "alg"
        }), algorithms=["PS256"],
    ),
    # key
    "somebody else's key, under its name": with_another_key(),
    "somebody else's key, under the provider's name": with_another_key(kid="first"),
    "somebody else's key, without a name": with_another_key(kid=None),
    "a key that the token brings along": with_its_own_key,
    "a key for encrypting": with_keys(
        public(rsa_key("first")) | {"use": "enc"}, sign=lambda there, claims: there.sign(claims, key=rsa_key("first"))
    ),
    "a secret among the public keys": with_keys(
        {"kty": "oct", "kid": "first", "k": base64.urlsafe_b64encode(b"x" * 32).decode()},
        sign=lambda there, claims: jwt.encode(
            {"alg": "HS256", "kid": "first"}, claims, OctKey.import_key("x" * 32), algorithms=["HS256"]
        ),
    ),
    "a key that is too short": with_a_short_key,
    "two keys of one name": with_keys(
        rsa_key("first"), public(rsa_key("somebody else's")) | {"kid": "first"}, sign=with_another_key(kid="first")
    ),
    "keys that are none": with_keys(
        {"kty": "RSA", "kid": "first", "n": 7, "e": []}, {"kty": "EC"}, sign=with_another_key(kid="first")
    ),
    "a header that has to be understood": lambda there, claims: by_hand(
        {"alg": "RS256", "crit": ["exp"], "exp": 1}, claims, hashes.SHA256()
    ),
    # content
    "changed afterwards": changed_afterwards,
    "no token": text(""),
    "no token at all": text("a.b.c"),
    "half a token": lambda there, claims: there.sign(claims).rpartition(".")[0],
    "letters of other alphabets": text("ä.ö.ü"),
    "far too long": lambda there, claims: there.sign(claims | {"more": "x" * 40_000}),
    # issuer
    "another issuer": claiming(iss="https://elsewhere.example"),
    "an issuer with a slash more": claiming(iss=lambda issuer: issuer + "/"),
    "an issuer in capitals": claiming(iss=lambda issuer: issuer.upper()),
    "several issuers": claiming(iss=lambda issuer: [issuer]),
    "no issuer": claiming(iss=None),
    # audience
    "another audience": claiming(aud="another site"),
    "no audience": claiming(aud=None),
    "an empty audience": claiming(aud=[]),
    "an audience that is no text": claiming(aud={"a": 1}),
    "two audiences and nobody it was made for": claiming(aud=lambda aud: [aud, "another site"]),
    "made for another site": claiming(aud=lambda aud: [aud, "another site"], azp="another site"),
    # nonce
    "another sign-in's nonce": of_an_earlier_sign_in,
    "no nonce": claiming(nonce=None),
    "an empty nonce": claiming(nonce=""),
    "a nonce in a list": claiming(nonce=lambda nonce: [nonce]),
    # times
    "over": claiming(exp=lambda exp: exp - 600),
    "no end": claiming(exp=None),
    "an end that is no number": claiming(exp="tomorrow"),
    "made in the future": claiming(iat=lambda iat: iat + 3600),
    "made long ago": claiming(iat=lambda iat: iat - 3600),
    "never made": claiming(iat=None),
    "made at no time": claiming(iat=1e400),
    "not valid yet": claiming(nbf=lambda _nbf: 4_000_000_000),
    # subject
    "nobody": claiming(sub=None),
    "an empty subject": claiming(sub=""),
    "a subject that is a number": claiming(sub=7),
    "a subject that is far too long": claiming(sub="x" * 256),
    "a subject that breaks lines": claiming(sub="ada\nadmin"),
    # what goes with it
    "the hash of another access token": claiming(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_opens_nothing(app: Flask, provider: Provider, name: str) -> None:
    client = app.test_client()
    provider.forge = FORGED[name]
    told = client.get(BACK, query_string=provider.authorize(way_there(client), "ada"))
    assert told.status_code == 401
    assert "can’t be trusted" in told.text
    assert client.get_cookie("session") is None
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 0
        assert db.session.scalar(select(func.count()).select_from(Identity)) == 0


HONEST: dict[str, Forge] = {
    "as it should be": Provider.sign,
    "several audiences, made for us": lambda there, claims: there.sign(
        claims | {"aud": ["another site", there.client_id], "azp": there.client_id}
    ),
    "a clock that is half a minute ahead": claiming(iat=lambda iat: iat + 30),
    "without the name of the key, of which there is one": lambda there, claims: there.sign(claims, kid=None),
    "on an elliptic curve": with_keys(
        curve := ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"}),
        sign=lambda there, claims: jwt.encode({"alg": "ES256", "kid": "curve"}, claims, curve, algorithms=["ES256"]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_token_is_let_in(app: Flask, provider: Provider, name: str) -> None:
    client = app.test_client()
    provider.forge = HONEST[name]
    told = client.get(BACK, query_string=provider.authorize(way_there(client), "ada"))
    assert told.status_code == 200, told.text
    assert "New here?" in told.text


def test_no_algorithm_of_a_shared_secret_is_ever_taken() -> None:
    assert not [name for name in ALGORITHMS if name.startswith("HS") or name.lower() == "none"]


@pytest.mark.parametrize("changes", [{"iss": "https://elsewhere.example"}, {"iss": None}])
def test_a_way_back_from_another_provider_opens_nothing(app: Flask, provider: Provider, changes: Any) -> None:
    """RFC 9207: whoever mixes up two providers gets no code."""
    provider.document["authorization_response_iss_parameter_supported"] = True
    client = app.test_client()
    answer = provider.authorize(way_there(client), "ada") | changes
    told = client.get(BACK, query_string={name: value for name, value in answer.items() if value is not None})
    assert told.status_code == 401
    assert "/token" not in provider.asked


def test_userinfo_of_somebody_else_opens_nothing(app: Flask, provider: Provider) -> None:
    provider.answers["/userinfo"] = {"sub": "somebody else", "name": "Adam Admin"}
    client = app.test_client()
    told = client.get(BACK, query_string=provider.authorize(way_there(client), "ada"))
    assert told.status_code == 401


@pytest.mark.parametrize("change", ["code", "verifier"])
def test_a_code_of_another_sign_in_is_worth_nothing(app: Flask, provider: Provider, change: str) -> None:
    client, other = app.test_client(), app.test_client()
    answer = provider.authorize(way_there(client), "ada")
    stolen = provider.authorize(way_there(other), "eve")
    answer["code"] = "made up" if change == "code" else stolen["code"]
    assert client.get(BACK, query_string=answer).status_code == 401


TENANT = "11111111-2222-3333-4444-555555555555"
TEMPLATE = "https://login.microsoftonline.com/{tenantid}/v2.0"


@pytest.mark.parametrize(
    ("tid", "iss", "status"),
    [
        (TENANT, TEMPLATE.replace("{tenantid}", TENANT), 200),
        (TENANT, TEMPLATE, 401),
        (TENANT, TEMPLATE.replace("{tenantid}", TENANT[::-1]), 401),
        (None, TEMPLATE.replace("{tenantid}", TENANT), 401),
        ("../other", "https://login.microsoftonline.com/../other/v2.0", 401),
        ([TENANT], TEMPLATE.replace("{tenantid}", TENANT), 401),
    ],
)
def test_an_issuer_that_is_a_template_is_filled_by_the_tokens_own_tenant(
    app: Flask, provider: Provider, tid: Any, iss: str, status: int
) -> None:
    settings: Settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, oidc=(provider.settings(any_tenant=True),))
    provider.document["issuer"] = TEMPLATE
    provider.forge = claiming(iss=iss, tid=tid)
    client = app.test_client()
    answer = provider.authorize(way_there(client), "ada")
    del answer["iss"]
    assert client.get(BACK, query_string=answer).status_code == status


def test_a_template_is_taken_from_microsoft_only(app: Flask, provider: Provider) -> None:
    from tests.conftest import token_of

    provider.document["issuer"] = TEMPLATE
    client = app.test_client()
    token = token_of(client.get("/sign-in").text)
    assert client.post("/sign-in/with/school", data={"csrf_token": token}).status_code == 503
