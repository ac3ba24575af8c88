"""A wire between browser and server that counts all that goes over it, headers and what workers fetch included."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Wire:
    """Passes connections on to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._lock = threading.Lock()
        self._down = 0
        self._ear = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._ear.getsockname()[1]}"

    def taken(self) -> int:
        """Bytes that came from the server since this was last asked."""
        with self._lock:
            down, self._down = self._down, 0
        return down

    def cut(self) -> None:
        self._ear.close()

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._ear.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._to))
            for one, other, counted in ((browser, server, False), (server, browser, True)):
                threading.Thread(target=self._pass_on, args=(one, other, counted), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while piece := one.recv(65536):
                if counted:
                    with self._lock:
                        self._down += len(piece)
                other.sendall(piece)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.cut()
