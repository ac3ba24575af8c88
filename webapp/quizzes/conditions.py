"""The conditions of an exam: from where, in which browser, in how many at once, and whether leaving is noted.

A class is set them with a quiz (`Assignment.conditions`); each is optional. They hold for every page of an attempt that
runs and for everything that is sent to it. What a request comes from is read by the pages (`Visit`); nothing here knows
one.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import JSON, Dialect
from sqlalchemy.types import TypeDecorator

from webapp.quizzes.vocabulary import SessionRule

#: how many ranges and keys somebody may enter, each
AT_MOST = 40
#: characters of the sentence for who is outside
SENTENCE = 300
#: a key of Safe Exam Browser: 32 bytes in hexadecimal digits
_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Conditions:
    """What a class is set besides dates. All empty: no conditions."""

    #: ranges of addresses, such as 10.2.0.0/16 or 2001:db8::/32
    addresses: tuple[str, ...] = ()
    #: what is said to somebody at another address; "": a sentence of ours
    outside: str = ""
    #: config keys of Safe Exam Browser, any of which is good
    config_keys: tuple[str, ...] = ()
    #: its browser exam keys, any of which is good
    exam_keys: tuple[str, ...] = ()
    sessions: SessionRule = SessionRule.ANY
    #: whether it is noted that the page was left
    notes: bool = False

    def __bool__(self) -> bool:
        return self != NO_CONDITIONS

    @property
    def needs_exam_browser(self) -> bool:
        return bool(self.config_keys or self.exam_keys)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Conditions:
        lists = {name: tuple(row.get(name, ())) for name in ("addresses", "config_keys", "exam_keys")}
        rule = SessionRule(row.get("sessions", SessionRule.ANY))
        return cls(**lists, outside=row.get("outside", ""), sessions=rule, notes=bool(row.get("notes")))

    def as_row(self) -> dict[str, Any]:
        """As it is stored: what JSON can hold, and gives back the same."""
        lists = {name: list(getattr(self, name)) for name in ("addresses", "config_keys", "exam_keys")}
        return asdict(self) | lists | {"sessions": self.sessions.value}

    def for_log(self) -> dict[str, Any]:
        """For the audit log: the keys themselves are secrets."""
        return self.as_row() | {"config_keys": len(self.config_keys), "exam_keys": len(self.exam_keys)}


NO_CONDITIONS = Conditions()


class ConditionsColumn(TypeDecorator[Conditions]):
    """Conditions as JSON; none are null."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Conditions | None, dialect: Dialect) -> dict[str, Any] | None:
        return value.as_row() if value else None

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> Conditions | None:
        return None if value is None else Conditions.from_row(value)


@dataclass(frozen=True)
class Visit:
    """What a request tells of where it comes from."""

    #: the address of the sender, as far as proxies are trusted
    address: str
    #: the whole address asked for, as the browser has it
    url: str
    #: what Safe Exam Browser sends along
    config_key_hash: str
    request_hash: str
    #: sha256 of the id of the session; None for a visitor
    session: str | None


#: which condition is not met
Unmet = Literal["address", "exam-browser", "session"]


def unmet(conditions: Conditions, visit: Visit) -> Unmet | None:
    """Which of the conditions for being here at all a request does not meet; None: it meets all.

    For an attempt that runs, `other_session` comes besides.
    """
    if conditions.addresses and not within(visit.address, conditions.addresses):
        return "address"
    for keys, sent in ((conditions.config_keys, visit.config_key_hash), (conditions.exam_keys, visit.request_hash)):
        if keys and not any(hmac.compare_digest(hash_for(visit.url, key), _plain(sent)) for key in keys):
            return "exam-browser"
    return None


def other_session(conditions: Conditions, bound_to: str | None, visit: Visit) -> bool:
    """Whether an attempt goes on in another browser than this one."""
    return conditions.sessions != SessionRule.ANY and bound_to is not None and bound_to != visit.session


def hash_for(url: str, key: str) -> str:
    """What Safe Exam Browser sends for an address: sha256 of the address without its fragment and of the key."""
    return hashlib.sha256((url.partition("#")[0] + key).encode()).hexdigest()


def _plain(sent: str) -> str:
    """A hash as it is compared; what is none fits no key."""
    text = sent.strip().lower()
    return text if _KEY.fullmatch(text) else ""


def within(address: str, ranges: tuple[str, ...]) -> bool:
    """Whether an address lies in one of the ranges. One that can't be read lies in none."""
    try:
        sender = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(sender, ipaddress.IPv6Address) and sender.ipv4_mapped is not None:
        sender = sender.ipv4_mapped
    return any(sender in ipaddress.ip_network(each) for each in ranges)


def read_ranges(text: str) -> tuple[str, ...]:
    """The ranges that somebody typed, with spaces or commas between. ValueError, with the word, for what is none."""
    found = []
    for word in re.split(r"[\s,;]+", text.strip()):
        if not word:
            continue
        try:
            network = ipaddress.ip_network(word, strict=False)
        except ValueError:
            raise ValueError(word) from None
        if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= 96:
            mapped = network.network_address.ipv4_mapped
            network = ipaddress.ip_network(f"{mapped}/{network.prefixlen - 96}") if mapped is not None else network
        found.append(str(network))
    return tuple(dict.fromkeys(found))


def read_keys(text: str) -> tuple[str, ...]:
    """The keys that somebody typed, one a line. ValueError, with the word, for what is none."""
    words = [word.lower() for word in re.split(r"[\s,;]+", text.strip()) if word]
    for word in words:
        if not _KEY.fullmatch(word):
            raise ValueError(word)
    return tuple(dict.fromkeys(words))
