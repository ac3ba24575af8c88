"""Whether an ID token can be trusted: signed by the provider, for this site, for this sign-in, now (OpenID Connect Core
1.0, section 3.1.3.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from webapp.accounts.single_sign_on.client import ProviderClient, RefusedSignIn

#: clocks differ by so much
LEEWAY = timedelta(seconds=60)
#: a token was made so long ago at most
OLDEST = timedelta(minutes=10)
#: characters of a token, and of what it says who somebody is
LONGEST, LONGEST_SUBJECT = 32 * 1024, 255
#: bits of an RSA key that nobody finds out
_RSA_BITS = 2048
_TENANT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def verified(
    token: str,
    client: ProviderClient,
    *,
    nonce: str,
    access_token: str,
    now: datetime,
    signed_in_since: datetime | None = None,
) -> dict[str, Any]:
    """The claims of a token. `iss` and `sub` are texts of 1 to 255 characters.

    With `signed_in_since` the person has to have signed in there since then, where the provider tells. Raises
    RefusedSignIn with the claim that is wrong, and Unreachable where the keys can't be fetched.
    """
    from authlib.oidc.core import CodeIDToken
    from joserfc.errors import JoseError

    claims, header = _signed(token, client, now)
    issuer = _issuer_for(claims, client, now)
    audience = client.provider.client_id
    checked = CodeIDToken(
        claims,
        header,
        options={"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": audience}},
        params={"nonce": nonce, "client_id": audience, "access_token": access_token},
    )
    try:
        checked.validate(now=int(now.timestamp()), leeway=int(LEEWAY.total_seconds()))
    except JoseError as error:
        raise RefusedSignIn(f"{type(error).__name__} {getattr(error, 'claim', '') or ''}".strip()) from None
    except (TypeError, ValueError, AttributeError, OverflowError):
        raise RefusedSignIn("a claim is malformed") from None
    if claims.get("nonce") != nonce:
        raise RefusedSignIn("nonce")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise RefusedSignIn("sub")
    if now - _time(claims, "iat") > OLDEST + LEEWAY:
        raise RefusedSignIn("iat")
    tells = client.provider.tells_time or "auth_time" in claims
    if signed_in_since is not None and tells and _time(claims, "auth_time") < signed_in_since - LEEWAY:
        raise RefusedSignIn("auth_time")
    return dict(claims)


def signed_in_at(claims: Mapping[str, Any], client: ProviderClient, now: datetime) -> datetime | None:
    """When the person signed in at the provider; None where a provider that could tell does not."""
    if "auth_time" in claims:
        return min(_time(claims, "auth_time"), now)
    return None if client.provider.tells_time else now


def _time(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusedSignIn(name)
    try:
        return datetime.fromtimestamp(value, tz=UTC)
    except (ValueError, OverflowError, OSError):
        raise RefusedSignIn(name) from None


def _signed(token: str, client: ProviderClient, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """Claims and header of a token whose signature is right."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jws import extract_compact

    if len(token) > LONGEST or not token.isascii():
        raise RefusedSignIn("no token")
    try:
        header = extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        raise RefusedSignIn("no token") from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in client.discovered(now).algorithms or not isinstance(algorithm, str):
        raise RefusedSignIn("algorithm")
    if kid is not None and not isinstance(kid, str):
        raise RefusedSignIn("kid")
    kind = "EC" if algorithm.startswith("ES") else "RSA"
    fitting = [key for key in client.keys(kid, now) if key["kty"] == kind and key.get("alg", algorithm) == algorithm]
    if len(fitting) != 1:  # without a name only where there is no choice
        raise RefusedSignIn("key")
    try:
        decoded = jwt.decode(token, _key(fitting[0]), algorithms=[algorithm])
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise RefusedSignIn(f"signature ({type(error).__name__})") from None
    return dict(decoded.claims), dict(decoded.header)


def _key(jwk: dict[str, Any]) -> Any:
    from joserfc.jwk import import_key

    public = {name: value for name, value in jwk.items() if name in {"kty", "n", "e", "crv", "x", "y"}}
    # Before it is imported: the library would only warn.
    modulus = public.get("n")
    if public["kty"] == "RSA" and (not isinstance(modulus, str) or len(modulus.rstrip("=")) * 6 < _RSA_BITS):
        raise ValueError("the key is too short")
    return import_key(public)


def _issuer_for(claims: Mapping[str, Any], client: ProviderClient, now: datetime) -> str:
    """The issuer that a token has to state. Microsoft's, for people of any tenant, depends on the token's own."""
    issuer = client.discovered(now).issuer
    if not client.provider.any_tenant:
        return issuer
    tenant = claims.get("tid")
    if not isinstance(tenant, str) or not _TENANT_ID.fullmatch(tenant):
        raise RefusedSignIn("tid")
    return issuer.replace("{tenantid}", tenant)
