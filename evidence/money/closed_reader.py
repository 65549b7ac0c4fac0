"""The process that reads one statement: takes its order, gives up all it does not need, answers with one JSON text."""

import json
import sys
from pathlib import Path

from core.errors import Refusal
from evidence.extraction import confinement
from evidence.money.statements.reading import read_to_json


def main() -> int:
    """Read the order and the file on standard input, and write the reading or the refusal to standard output."""
    order = json.loads(sys.stdin.buffer.readline())
    root = Path(__file__).resolve().parents[2]
    try:
        confinement.confine(memory=int(order["memory"]), seconds=int(order["seconds"]), root=root)
    except Refusal as refusal:
        sys.stdout.write(json.dumps({"unconfined": str(refusal)}))
        return 0
    data = sys.stdin.buffer.read()
    try:
        answer = read_to_json(data, str(order["name"]), str(order["layout"]))
    except (MemoryError, RecursionError):
        answer = json.dumps(
            {"refused": "NotAStatement", "because": "reading this statement needs more memory than it may have"}
        )
    sys.stdout.write(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
