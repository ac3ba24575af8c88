"""gunicorn's threaded worker, changed so that a thread is given a request only when the whole of it has arrived.

As it comes, a thread reads the body of a request from its sender and waits as long as that takes: eight phones in a
tunnel, or one person with forty connections, hold all threads, and nobody else is answered. Here the loop that waits
for connections also collects what they send, without a thread; who is slow costs a socket and some memory, both
bounded. (nginx does the same in front of an application; a school's machine may have none.) waitress collects
requests, too, but asks every connection in turn which of them has something to do, at every event.
"""

from __future__ import annotations

import contextlib
import errno
import re
import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

#: bytes of the head of a request; gunicorn itself refuses longer lines and more headers
LONGEST_HEAD = 64 * 1024
#: bytes of a body that are waited for; the application refuses longer ones by their head
LARGEST_BODY = 4 * 1024 * 1024 + 64 * 1024
#: the same of a request with a file in it, which few addresses take
LARGEST_UPLOAD = 12 * 1024 * 1024 + 64 * 1024
UPLOADS = re.compile(
    rb"POST [^ ?]*/(?:instructor/(?:bank/media|course/put-back)|new-course|attempts/\d+/questions/\d+/file)[ ?]"
)
#: bytes of all unfinished requests of a process; the one that began first is given up beyond that
ALL_TOGETHER = 64 * 1024 * 1024
#: seconds in which a request has to arrive, and how many bytes earn it one more
SECONDS, BYTES_A_SECOND = 20.0, 4 * 1024
#: seconds that a thread waits for somebody to take what it sends
SENDING = 20
#: seconds for which a connection whose request was refused unread is kept, so that the refusal arrives; and how many
LEAVING, MOST_LEAVING = 2.0, 100

#: of those who wait in the system's queue, so many are taken in by a worker that stops
MOST_QUEUED = 2048
#: what is asked about the server itself, and threads that answer nothing else
HEALTH = re.compile(rb"(?:GET|HEAD) /(?:healthz|health/live|health/ready)[ ?]")
HEALTH_THREADS = 2

_PIECE = 64 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Arriving:
    """What has come of a request so far."""

    def __init__(self, began: float, data: bytes = b"") -> None:
        self.began = began
        self.data = bytearray(data)
        self.head_ends = 0
        #: of the body: bytes that it has, or None while that is told piece by piece (chunked)
        self.length: int | None = 0
        self.largest = LARGEST_BODY
        self._chunk_at = 0
        self.asks = False

    def deadline(self) -> float:
        return self.began + SECONDS + len(self.data) / BYTES_A_SECOND

    def is_whole(self) -> bool:
        """Whether nothing is left to wait for: all is there, or what is there will be refused anyway."""
        if not self.head_ends and not self._read_head():
            return len(self.data) > LONGEST_HEAD
        if self.length is not None:
            return self.length > self.largest or len(self.data) >= self.head_ends + self.length
        return len(self.data) - self.head_ends > self.largest or self._chunks_end()

    def is_cut_off(self) -> bool:
        """Whether a request is handed on although more of it would have come."""
        missing = self.length is None or len(self.data) < self.head_ends + self.length
        return not self.head_ends or (missing and (self.length is None or self.length > self.largest))

    def _read_head(self) -> bool:
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            return False
        self.head_ends = self._chunk_at = end + 4
        if UPLOADS.match(self.data):
            self.largest = LARGEST_UPLOAD
        for line in bytes(self.data[:end]).split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            name, value = name.strip().lower(), value.strip().lower()
            if name == b"content-length":
                # What is no number, gunicorn refuses as soon as it has it.
                self.length = int(value) if value.isdigit() and len(value) < 16 else 0
            elif name == b"transfer-encoding":
                self.length = None
                break
        self.asks = b"100-continue" in bytes(self.data[:end]).lower()
        return True

    def _chunks_end(self) -> bool:
        """Goes on from chunk to chunk as far as they are there; whether the last of them is."""
        while True:
            line_ends = self.data.find(b"\r\n", self._chunk_at, self._chunk_at + 1000)
            if line_ends < 0:
                return len(self.data) - self._chunk_at > 1000  # that is no chunk, and gunicorn says so
            try:
                size = int(bytes(self.data[self._chunk_at : line_ends]).split(b";")[0], 16)
            except ValueError:
                return True
            if size <= 0:
                return size < 0 or self.data.find(b"\r\n\r\n", line_ends) >= 0
            if len(self.data) < line_ends + 2 + size + 2:
                return False
            self._chunk_at = line_ends + 2 + size + 2


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """A connection, and the request on it that is to be answered."""

    def __init__(self, *arguments: Any, linger: Callable[[Connection], None]) -> None:
        super().__init__(*arguments)
        self.received = b""
        #: whether some of the request was left with its sender
        self.is_cut_off = False
        self._linger = linger

    def close(self, graceful: bool = False) -> None:
        """Never waits: gunicorn's own holds up the loop, and with it everybody, until the other side closes, too."""
        if graceful and self.is_cut_off:
            self._linger(self)
        else:
            super().close()


class WholeRequests(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Collects each request in the loop, then hands it to a thread."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        #: in the order in which they began
        self.arriving: dict[Connection, Arriving] = {}
        self.collected = 0
        self.leaving: dict[Connection, float] = {}

    def init_process(self) -> None:
        # Whoever asks how the server is must not queue behind those who wait for what hangs.
        self.apart = ThreadPoolExecutor(HEALTH_THREADS, thread_name_prefix="health")
        super().init_process()

    def accept(self, listener: socket.socket) -> bool:
        """Takes a connection that waits; whether there was one."""
        try:
            sock, address = listener.accept()
        except OSError as error:
            if error.errno not in {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}:
                raise
            return error.errno == errno.ECONNABORTED
        self.nr_conns += 1
        self.enqueue_req(Connection(self.cfg, sock, address, listener.getsockname(), linger=self.linger))
        return True

    def set_accept_enabled(self, enabled: bool) -> None:
        """When the worker stops, those who wait in the system's queue are taken in before its door is closed: they are
        connected already, and would be thrown out with the queue when the last process closes it."""
        if enabled or self.alive:
            super().set_accept_enabled(enabled)
            return
        for listener in self.sockets:
            for _ in range(MOST_QUEUED):
                if not self.accept(listener):
                    break
        super().set_accept_enabled(False)
        for listener in self.sockets:
            listener.close()

    def is_parent_alive(self) -> bool:
        """A worker whose master is gone stops, too."""
        is_there = bool(super().is_parent_alive())
        if not is_there:
            self.alive = False
        return is_there

    def enqueue_req(self, conn: Connection) -> None:
        """Begins to collect the request that a connection, new or kept, is about to send."""
        held = b""
        if conn.parser is not None:
            held = conn.parser.unreader.take_buffered()
        self.arriving[conn] = Arriving(time.monotonic(), held)
        self.collected += len(held)
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, EVENT_READ, partial(self.collect, conn))
        self.collect(conn)
        self.make_room(self.worker_connections // 2)

    def collect(self, conn: Connection, _sock: Any = None) -> None:
        """Takes what a connection has sent by now."""
        arriving = self.arriving.get(conn)
        if arriving is None:  # given up while the loop had its event
            return
        ended = False
        while not arriving.is_whole():
            if arriving.asks:
                arriving.asks = False
                with contextlib.suppress(OSError):
                    conn.sock.send(_CONTINUE)
            try:
                piece = conn.sock.recv(_PIECE)
            except BlockingIOError:
                return
            except OSError:
                piece = b""
            if not piece:
                ended = True
                break
            arriving.data += piece
            self.collected += len(piece)
        self.stop_collecting(conn)
        if ended and not arriving.data:
            self.nr_conns -= 1
            conn.close()
            return
        conn.received, conn.is_cut_off, conn.data_ready = bytes(arriving.data), arriving.is_cut_off(), True
        pool = self.apart if HEALTH.match(conn.received) else self.tpool
        pool.submit(self.handle, conn).add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, conn, done)
        )

    def handle(self, conn: Connection) -> Any:
        """In a thread: answers the request that has been collected."""
        conn.sock.setblocking(True)
        wait = struct.pack("ll", SENDING, 0)
        for which in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            conn.sock.setsockopt(socket.SOL_SOCKET, which, wait)
        conn.init()
        conn.parser.unreader.unread(conn.received)
        conn.received = b""
        return super().handle(conn)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        """Nobody waits for the rest of a body that was refused for its size."""
        return bool(not conn.is_cut_off and super()._keepalive_after(conn, keepalive))

    def stop_collecting(self, conn: Connection) -> None:
        self.collected -= len(self.arriving.pop(conn).data)
        with contextlib.suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)

    def give_up(self, conn: Connection) -> None:
        self.stop_collecting(conn)
        self.nr_conns -= 1
        conn.close()

    def make_room(self, most: int) -> None:
        """Gives up those that began first while too many, or too much, is unfinished; whoever is quick is not one."""
        while len(self.arriving) > most or self.collected > ALL_TOGETHER:
            self.give_up(next(iter(self.arriving)))

    def murder_pending(self) -> None:
        """The loop calls this every second: gives up requests whose time is over."""
        super().murder_pending()
        now = time.monotonic()
        for conn, arriving in list(self.arriving.items()):
            is_idle = not self.alive and not arriving.data and now - arriving.began > LEAVING
            if is_idle or arriving.deadline() < now:
                self.give_up(conn)
        for conn in [conn for conn, until in self.leaving.items() if until < now]:
            self.leave(conn)

    def linger(self, conn: Connection) -> None:
        """Takes leave of a sender who still sends: closed at once, the connection would break off our last words."""
        if len(self.leaving) >= MOST_LEAVING:
            conn.close()
            return
        with contextlib.suppress(OSError):
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self.discard, conn))
        self.leaving[conn] = time.monotonic() + LEAVING

    def discard(self, conn: Connection, sock: socket.socket) -> None:
        try:
            ended = not sock.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            ended = True
        if ended and conn in self.leaving:
            self.leave(conn)

    def leave(self, conn: Connection) -> None:
        del self.leaving[conn]
        with contextlib.suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)
        conn.close()
