"""The sockets that a server listens on: made, handed on by the server before it, or given by systemd."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import sys
from collections.abc import MutableMapping

import click

#: connections that may wait to be taken
BACKLOG = 2048
#: the first descriptor of those that systemd gives (sd_listen_fds(3))
FIRST_GIVEN = 3

log = logging.getLogger("webapp.serve")


def listen(host: str, port: int, *, settings: tuple[str, str] = ("WEBAPP_HOST", "WEBAPP_PORT")) -> socket.socket:
    """A socket that listens there; who connects waits until the server answers. Raises click.ClickException, which
    names the `settings` of host and port."""
    name = f"{host_for_address(host)}:{port}"
    try:
        family, kind, protocol, _name, address = _addresses(host, port)[0]
    except socket.gaierror as error:
        raise click.ClickException(
            f"{settings[0]}={host!r} is no address of this machine ({error.strerror})."
        ) from error
    listening = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":  # where it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            remedy = f"Another program listens there: stop it, or choose another port with {settings[1]}."
        elif error.errno == errno.EACCES:
            remedy = f"Choose a port from 1024 up with {settings[1]}."
        else:
            remedy = f"Choose an address of this machine with {settings[0]}."
        raise click.ClickException(f"Can't listen on {name} ({error.strerror}). {remedy}") from error
    return listening


def handed_on(descriptor: int) -> socket.socket:
    """The socket behind a descriptor that this process began with; programs that it starts don't get it."""
    os.set_inheritable(descriptor, False)
    return socket.socket(fileno=descriptor)


def listen_again(descriptor: int, host: str, port: int, *, settings: tuple[str, str]) -> socket.socket:
    """The socket handed on, or another one where the settings name another address by now. Where there can be none, the
    old one stays, and the log says so."""
    before = handed_on(descriptor)
    with contextlib.suppress(socket.gaierror):
        if before.getsockname() in [address for *_kind, address in _addresses(host, port)]:
            return before
    try:
        listening = listen(host, port, settings=settings)
    except click.ClickException as error:
        log.error("reload=address-kept %s The address stays as it was.", error.message)
        return before
    before.close()
    return listening


def given_by_systemd(environ: MutableMapping[str, str] = os.environ) -> socket.socket | None:
    """The socket of a unit webapp.socket, if systemd started this process with one. Raises click.ClickException where
    there are several."""
    number, for_whom = environ.pop("LISTEN_FDS", ""), environ.pop("LISTEN_PID", "")
    environ.pop("LISTEN_FDNAMES", None)
    if for_whom != str(os.getpid()):
        return None
    if number != "1":
        raise click.ClickException(f"systemd gives {number} sockets. One ListenStream= is expected.")
    return handed_on(FIRST_GIVEN)


def host_for_address(host: str) -> str:
    """A host as it stands in a web address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def _addresses(host: str, port: int) -> list[tuple[int, int, int, str, tuple[object, ...]]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE))
