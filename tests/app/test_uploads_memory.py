"""However long an upload is, neither taking its parts nor putting it together holds more of it than a few frames."""

import json
import subprocess
import sys
from pathlib import Path

from tests import makers

# Far above the bound, so that whoever keeps the parts in memory, or the whole, is found.
MIB = 192


def test_an_upload_of_hundreds_of_mib_is_taken_and_put_together_in_a_few_mib_of_memory(tmp_path):
    words = ["--instance", tmp_path, "bench", "--only", "upload", "--mib", str(MIB), "--output", tmp_path / "figures"]
    said = subprocess.run([sys.executable, "-m", "app.cli", *words], cwd=Path(__file__).parents[2], text=True,
                          env=makers.environment(), capture_output=True, check=False, timeout=300)  # fmt: skip
    assert said.returncode == 0, said.stderr
    figures = {one["what"]: one for one in json.loads((tmp_path / "figures").read_text())}
    memory = figures["growth of the memory of that process"]
    assert (memory["unit"], memory["theirs"]) == ("MiB", 64)
    assert memory["ours"] < memory["theirs"] < MIB / 2, memory
