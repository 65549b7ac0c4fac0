"""The press: a program of its own that makes foreign documents ready, each in a process that may do nothing else.

It loads what is needed once, then forks for every order.  The fork gives up network, files, rights and room before it
touches a byte (`evidence.extraction.confinement`), reads the document from memory and answers through a pipe.
"""

import gc
import json
import os
import socket
import sys
from pathlib import Path

from pikepdf import Dictionary, Pdf
from PIL import Image, ImageCms

from evidence.extraction.confinement import NotConfined, confine
from exports.press import pages, pictures
from exports.press.forms import add_page, stamp_form, written
from exports.press.ghost import GhostText, blank_font
from exports.press.order import Bounds, CannotAppend, Made, Order
from exports.press.pictures import image_of

ROOT = Path(__file__).resolve().parents[2]
LARGEST_ORDER = 16_384
_MAKERS = {"pdf": pages.make, "image": pictures.make}


def main(descriptor: int) -> None:
    """Take orders from the socket *descriptor* until the other side closes it."""
    _warm_up()
    # What is loaded by now stays as it is in every fork: nothing looks through it again, so it stays shared.
    gc.freeze()
    with socket.socket(fileno=descriptor) as door:
        while True:
            text, handed, _, _ = socket.recv_fds(door, LARGEST_ORDER, 2)
            if not text:
                return
            source, answer = handed
            child = os.fork()
            if child == 0:
                door.close()
                _work(text.decode("utf-8"), source, answer)
            os.close(source)
            os.close(answer)
            door.send(str(child).encode("ascii"))
            # The child is collected only when the other side has done with it, so its number cannot be another's.
            door.recv(16)
            _, status = os.waitpid(child, 0)
            door.send(str(os.waitstatus_to_exitcode(status)).encode("ascii"))


def _warm_up() -> None:
    """Load what a fork could not load any more once it is confined, and what each would else work out anew."""
    Image.init()
    ImageCms.createProfile("sRGB")
    blank_font()
    with Pdf.new() as pdf:
        ghost = GhostText(pdf)
        words = ghost.words("a word", (40, 700), (60, 12))
        resources = Dictionary(
            Font=Dictionary(G=ghost.font), XObject=Dictionary(I=image_of(pdf, Image.new("L", (2, 2))))
        )
        content = b"q 10 0 0 10 0 0 cm /I Do Q BT 3 Tr " + b" ".join(words) + b" ET"
        add_page(pdf, stamp_form(pdf, content, 595, 842, resources))
        ghost.finish()
        pages.make(written(pdf), Bounds())


def _work(text: str, source: int, answer: int) -> None:
    """Carry out one order in the fork, answer and end."""
    order = Order.from_json(text)
    try:
        confine(memory=order.bounds.memory, seconds=order.bounds.seconds, root=ROOT)
        with os.fdopen(source, "rb") as stream:
            made = _MAKERS[order.kind](stream.read(), order.bounds)
        _answer(answer, made)
    except (CannotAppend, NotConfined) as reason:
        _refuse(answer, str(reason))
    except MemoryError:
        _refuse(answer, "The file needs more memory than one document may use.")
    except Exception as fault:  # noqa: BLE001 - the end of a process that reads hostile bytes: it says what stopped it
        _refuse(answer, f"The file could not be made ready: reading it failed ({type(fault).__name__}).")
    os._exit(0)


def _answer(answer: int, made: Made) -> None:
    head = {"sizes": made.sizes, "pictured": made.pictured, "note": made.note, "lost": made.lost}
    _write(answer, json.dumps(head).encode("utf-8") + b"\n" + made.pdf)


def _refuse(answer: int, because: str) -> None:
    _write(answer, json.dumps({"because": because}).encode("utf-8") + b"\n")


def _write(answer: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(answer, rest) :]


if __name__ == "__main__":
    main(int(sys.argv[1]))
    # Nothing is left to be tidied, and whoever closed the socket waits.
    os._exit(0)
