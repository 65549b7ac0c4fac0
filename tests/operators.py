"""Whoever runs the command line, in tests: words in, exit code and answer out, and never a trace."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from app.cli import main
from tests.makers import PASSWORD


@dataclass(frozen=True)
class Operator:
    """Somebody at a shell of the machine on which a deployment lies."""

    instance: Path

    def run(self, *words: object, code: int = 0, typed: str | None = None, **environ: str) -> Result:
        """Run one command and give what it said; it must end with this exit code and without a trace."""
        command = ["--instance", str(self.instance), *map(str, words)]
        said = CliRunner().invoke(main, command, input=typed, env=environ, prog_name="probanda")
        if said.exception is not None and not isinstance(said.exception, SystemExit):
            raise said.exception
        assert "Traceback" not in said.output
        assert said.exit_code == code, f"{words} ended with {said.exit_code}: {said.output}"
        return said

    def told(self, *words: object, code: int = 0, **environ: str) -> Any:
        """Run one command with ``--json`` and give what it answers, read."""
        return json.loads(self.run(*words, "--json", code=code, **environ).stdout)

    def refused(self, code: int, *words: object, **environ: str) -> str:
        """Run one command that is refused with this exit code; gives the sentence, and nothing else was said."""
        said = self.run(*words, code=code, **environ)
        assert said.stdout == ""
        assert said.stderr.strip()
        return str(said.stderr)

    def hire(self, name: str, *roles: str) -> None:
        """Make an account of that name with these roles."""
        given = [word for role in roles for word in ("--role", role)]
        self.run("users", "add", name, *given, PROBANDA_PASSWORD=PASSWORD)

    def open_case(self, name: str, title: str = "Sealed truck", *more: object) -> str:
        """The id of a new case that this person leads."""
        return str(self.told("cases", "open", title, "--as", name, *more)["id"])

    def hand_in(self, name: str, case: str, *words: object) -> Any:
        """Hand in files and folders under a warrant; gives what became of them."""
        return self.told("evidence", "add", case, *words, "--authority", "warrant", "--as", name)


def at(instance: Path, *words: object) -> Operator:
    """An operator of a new deployment in this folder, made by the command line itself."""
    operator = Operator(instance)
    operator.run("init", *words)
    return operator
