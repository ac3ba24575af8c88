"""What is asked of an identity provider: its discovery document, its keys, and a code's tokens.

Document and keys are kept in the process for an hour. A token that names a key which is not among them has them fetched
again, because providers change their keys, but only once in half a minute. A provider that gave no answer is not asked
again for some seconds: whoever signs in with a password must not wait behind those who try it.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from flask import current_app

from webapp.accounts.single_sign_on.fetching import Unreachable, ask
from webapp.identity_providers import IdentityProvider, is_usable

T = TypeVar("T")

KEPT_FOR = timedelta(hours=1)
NEW_KEYS_EVERY = timedelta(seconds=30)
LEFT_ALONE_FOR = timedelta(seconds=10)
#: questions to one provider at a time, and seconds that somebody waits for a turn: one that never ends its answers
#: must not keep every thread
AT_ONCE, TURN_WITHIN = 2, 5
#: keys of a provider that are looked at
_MOST_KEYS = 100
_SCOPE = "openid profile email"
#: signatures that only the provider can make: none of a shared secret, and never none at all
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")


class RefusedSignIn(Exception):
    """What came back from a provider can't be trusted, or it refused; the text says why, for the log."""


@dataclass(frozen=True)
class Discovered:
    """What a provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    algorithms: tuple[str, ...]
    #: whether the secret goes into the form (client_secret_post), not into a header
    secret_in_form: bool
    #: whether it states its issuer on the way back (RFC 9207)
    states_issuer: bool


@dataclass(frozen=True)
class Tokens:
    """What a code was worth."""

    id_token: str
    access_token: str


class ProviderClient:
    """Asks one provider, and keeps what need not be asked again."""

    def __init__(self, provider: IdentityProvider) -> None:
        self.provider = provider
        self._discovered: tuple[datetime, Discovered] | None = None
        self._keys: tuple[datetime, list[dict[str, Any]]] | None = None
        self._new_keys_at: datetime | None = None
        self._failed_at: datetime | None = None
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def discovered(self, now: datetime) -> Discovered:
        """The discovery document. Raises Unreachable, also for one that can't be used."""
        if self._discovered is None or not _is_young(self._discovered[0], now, KEPT_FOR):
            self._discovered = now, self._asked(now, self._discover)
        return self._discovered[1]

    def _discover(self) -> Discovered:
        address = self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
        document = self._ask(address)
        issuer = document.get("issuer")
        if not isinstance(issuer, str) or not 0 < len(issuer) <= 255 or not self._is_ours(issuer):
            raise Unreachable("the discovery document states another issuer than the one that is set")
        addresses: dict[str, str] = {}
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
            value = document.get(name)
            if isinstance(value, str) and is_usable(value, plain_http=self.provider.plain_http):
                addresses[name] = value
            elif name != "userinfo_endpoint":
                raise Unreachable(f"the discovery document has no usable {name}")
        said = document.get("id_token_signing_alg_values_supported")
        algorithms = tuple(name for name in ALGORITHMS if not isinstance(said, list) or name in said)
        ways = document.get("token_endpoint_auth_methods_supported")
        return Discovered(
            issuer=issuer,
            authorization_endpoint=addresses["authorization_endpoint"],
            token_endpoint=addresses["token_endpoint"],
            jwks_uri=addresses["jwks_uri"],
            userinfo_endpoint=addresses.get("userinfo_endpoint"),
            algorithms=algorithms if isinstance(said, list) else ("RS256",),
            secret_in_form=isinstance(ways, list) and "client_secret_basic" not in ways,
            states_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        )

    def _is_ours(self, issuer: str) -> bool:
        """Whether a document's issuer is the one that is set; a slash at its end is easily mistaken."""
        if self.provider.any_tenant:
            return issuer == "https://login.microsoftonline.com/{tenantid}/v2.0"
        return issuer.rstrip("/") == self.provider.issuer.rstrip("/")

    def address_to_go_to(
        self, now: datetime, *, state: str, nonce: str, verifier: str, redirect_uri: str, again: bool
    ) -> str:
        """Where a browser is sent. With `again` people give their password there, even if they are signed in.
        Raises Unreachable."""
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        endpoint = self.discovered(now).authorization_endpoint
        fields = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": _SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        if again and self.provider.name == "google":
            fields["prompt"] = "select_account"  # of what Google has, what comes closest
        elif again:
            fields |= {"prompt": "login", "max_age": "0"}
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(fields)}"

    def exchange(self, code: str, now: datetime, *, verifier: str, redirect_uri: str) -> Tokens:
        """The tokens that a code is worth, once. Raises Unreachable, and RefusedSignIn for a code that is no tokens."""
        found = self.discovered(now)
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {}
        secret, client_id = self.provider.client_secret, self.provider.client_id
        if secret and not found.secret_in_form:
            pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        else:
            fields["client_id"] = client_id
            if secret:
                fields["client_secret"] = secret
        status, answer = self._asked(now, lambda: self._answer(found.token_endpoint, fields=fields, headers=headers))
        if status != 200:
            raise RefusedSignIn(f"token endpoint: {_word(answer.get('error'))}")
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise RefusedSignIn("token endpoint: no ID token")
        return Tokens(id_token, access_token)

    def userinfo(self, access_token: str, now: datetime) -> dict[str, Any]:
        """What the provider tells of whoever signed in, beside the ID token. Raises Unreachable."""
        endpoint = self.discovered(now).userinfo_endpoint
        if endpoint is None:
            return {}
        headers = {"Authorization": f"Bearer {access_token}"}
        return self._asked(now, lambda: self._ask(endpoint, headers=headers))

    def keys(self, kid: str | None, now: datetime) -> list[dict[str, Any]]:
        """The keys (JWK) that a token which names `kid` may be signed with; all of them for one that names none.
        Raises Unreachable."""
        if self._keys is None or not _is_young(self._keys[0], now, KEPT_FOR):
            self._fetch_keys(now)
        found = self._named(kid)
        asked_lately = self._new_keys_at is not None and _is_young(self._new_keys_at, now, NEW_KEYS_EVERY)
        if not found and not asked_lately:
            self._new_keys_at = now
            self._fetch_keys(now)
            found = self._named(kid)
        return found

    def _named(self, kid: str | None) -> list[dict[str, Any]]:
        keys = self._keys[1] if self._keys is not None else []
        return [key for key in keys if kid is None or key.get("kid") == kid]

    def _fetch_keys(self, now: datetime) -> None:
        address = self.discovered(now).jwks_uri
        keys = self._asked(now, lambda: self._ask(address)).get("keys")
        if not isinstance(keys, list):
            raise Unreachable("no keys")
        usable = [key for key in keys[:_MOST_KEYS] if isinstance(key, dict) and key.get("kty") in {"RSA", "EC"}]
        self._keys = now, [key for key in usable if key.get("use", "sig") == "sig"]

    def _ask(self, address: str, *, headers: dict[str, str] | None = None) -> dict[str, Any]:
        status, answer = self._answer(address, headers=headers)
        if status != 200:
            raise Unreachable(f"status {status}")
        return answer

    def _answer(
        self, address: str, *, fields: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        status, answer = ask(address, plain_http=self.provider.plain_http, fields=fields, headers=headers)
        if status >= 500 or status == 429:
            raise Unreachable(f"status {status}")
        return status, answer

    def _asked(self, now: datetime, question: Callable[[], T]) -> T:
        if self._failed_at is not None and _is_young(self._failed_at, now, LEFT_ALONE_FOR):
            raise Unreachable("it gave no answer a moment ago")
        if not self._turns.acquire(timeout=TURN_WITHIN):
            raise Unreachable("too many wait for its answers")
        try:
            answer = question()
        except Unreachable:
            self._failed_at = now
            raise
        finally:
            self._turns.release()
        self._failed_at = None
        return answer


def client_of(provider: IdentityProvider) -> ProviderClient:
    """The client of a provider in this process."""
    clients: dict[IdentityProvider, ProviderClient] = current_app.extensions.setdefault("provider_clients", {})
    return clients.setdefault(provider, ProviderClient(provider))


def _is_young(at: datetime, now: datetime, age: timedelta) -> bool:
    # What lies in the future was kept by a clock that has been put back since.
    return timedelta(0) <= now - at < age


def _word(value: object) -> str:
    """An error code of the protocol, as the log may have it."""
    text = value if isinstance(value, str) else ""
    return text[:60] if text.replace("_", "").isalnum() and text.isascii() else "unknown error"
