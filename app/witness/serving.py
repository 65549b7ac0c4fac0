"""The witness on a socket: one process, few connections, little patience."""

import contextlib
import logging
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from app.witness.answering import MOST_BYTES, Answer, Witness
from app.witness.memory import Folder, held
from core.errors import Refusal

MOST_CONNECTIONS: Final = 64
LONGEST: Final = 30.0
_log = logging.getLogger("probanda.witness")


class Post(ThreadingHTTPServer):
    """The server of one witness."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        """Listen at an address and answer for a witness."""
        self.witness = witness
        self.places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(address, Counter)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection, or close it at once when too many are open."""
        if not self.places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self.places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, for a limited time whatever comes or does not come."""
        end = threading.Timer(LONGEST, _cut, (request,))
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self.places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 # the server calls it so
        """Say in the log that a connection ended badly; a stranger's broken line is no news."""
        _log.debug("a connection from %s ended badly", client_address, exc_info=True)


class Counter(BaseHTTPRequestHandler):
    """One connection to a witness."""

    protocol_version = "HTTP/1.1"
    server_version = "witness"
    sys_version = ""
    timeout = 10
    server: Post
    error_message_format = "%(message)s\n"
    error_content_type = "text/plain; charset=utf-8"

    def do_POST(self) -> None:  # the name that the library calls
        """Take a checkpoint to be cosigned."""
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()) or len(length) > 9:
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "say in Content-Length how long the request is")
        elif int(length) > MOST_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request has {MOST_BYTES} bytes at most")
        elif self.path != "/add-checkpoint":
            self._refuse(HTTPStatus.NOT_FOUND, "there is only /add-checkpoint")
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                self._answer(lambda: self.server.witness.add_checkpoint(body))

    def do_GET(self) -> None:  # the name that the library calls
        """Give the last checkpoint that was signed for a log."""
        name, _, rest = self.path[1:].partition("/")
        if rest == "checkpoint":
            self._answer(lambda: self.server.witness.last(name))
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is only /<SHA-256 of the origin>/checkpoint")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the library's own name
        """Log quietly, with nothing in it that could forge a line."""
        _log.debug("%s %r", self.client_address[0], format % args)

    def _answer(self, asked: Any) -> None:
        try:
            answer: Answer = asked()
        except Refusal as broken:
            _log.error("%s", broken.message)  # the sentence says it; a trace adds nothing
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "the witness cannot answer now; ask who runs it")
            return
        except OSError as fault:
            _log.error("nothing was signed: %s", fault)  # likewise
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "the witness cannot write now; ask who runs it")
            return
        self._send(answer)

    def _refuse(self, status: HTTPStatus, because: str) -> None:
        self.close_connection = True  # what else was sent is not read, so nothing more can be understood
        self._send(Answer(status, because + "\n"))

    def _send(self, answer: Answer) -> None:
        data = answer.text.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)


def serve(folder: Folder, host: str, port: int, told: Any = print) -> None:
    """Answer until interrupted; raises `WitnessBusy` when another process answers for this folder."""
    with held(folder.path, "serving.lock"), Post((host, port), Witness(folder)) as post:
        told(f"witness {folder.key.name} answers at http://{host}:{post.server_address[1]}")
        with contextlib.suppress(KeyboardInterrupt):
            post.serve_forever()


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
