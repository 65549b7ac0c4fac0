"""How a deployment is made and looked after, as whoever runs the machine sees it: answers, exit codes, progress."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

from tests import makers, operators
from tests.makers import PASSWORD

ROOT = Path(__file__).parents[3]


def program(instance, *words, **more):
    """Run the real program; gives the finished process."""
    command = [sys.executable, "-m", "app.cli", "--instance", instance, *words]
    return subprocess.run(command, cwd=ROOT, env=makers.environment(), check=False, timeout=120, **more)


def test_the_program_itself_makes_a_deployment_and_answers_with_exit_codes(tmp_path):
    made = program(tmp_path / "instance", "init", "--json", capture_output=True, text=True)
    told = json.loads(made.stdout)
    assert (made.returncode, made.stderr) == (0, "")
    assert told["instance"] == str(tmp_path / "instance")
    assert len(bytes.fromhex(told["public_key"])) == 32

    again = program(tmp_path / "instance", "init", capture_output=True, text=True)
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.startswith("KeysThere: ")
    unknown = program(tmp_path / "instance", "nonsense", capture_output=True, text=True)
    assert unknown.returncode == 2
    assert "Traceback" not in unknown.stderr


def test_what_init_makes_is_closed_to_other_accounts(operator):
    modes = {path.relative_to(operator.instance).as_posix(): path.stat().st_mode & 0o077 for path in
             (operator.instance / "keys").rglob("*.key")}  # fmt: skip

    assert set(modes) == {"keys/master.key", "keys/signing.key", "keys/cookie.key", "keys/house.key"}
    assert not any(modes.values())


def test_settings_given_to_init_are_kept_whatever_stands_in_them(tmp_path):
    name = 'Büro "A" \\ B'
    operator = operators.at(tmp_path / "instance", "--office", name)

    assert makers.config(operator.instance).office == name


def test_work_says_what_it_did_and_ends_when_nothing_is_due(desk):
    assert desk.operator.told("work", "--until-idle") == {"done": 0, "failed": 0, "waiting": {}}


def test_progress_is_shown_on_a_terminal_and_nothing_of_it_on_a_pipe(desk, tmp_path):
    (tmp_path / "more.txt").write_text("more")
    desk.operator.hand_in("ana", desk.case, tmp_path / "more.txt")
    piped = program(desk.operator.instance, "work", "--until-idle", capture_output=True, text=True)
    assert (piped.returncode, piped.stderr) == (0, "")

    desk.operator.hand_in("ana", desk.case, tmp_path / "more.txt")
    ours, theirs = pty.openpty()
    shown = program(desk.operator.instance, "work", "--until-idle", stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    said = os.read(ours, 65_536).decode()
    os.close(ours)
    assert "working" in said
    assert "%" in said
    assert shown.stdout.startswith("done ")


def test_the_checks_of_a_deployment_that_holds_find_nothing(desk):
    operator = desk.operator
    held = operator.told("vault", "check")

    assert operator.told("ledger", "verify")["findings"] == []
    assert held["findings"] == []
    assert held["files"] >= 2
    assert operator.told("index", "check") == {"findings": []}
    assert "nothing missing or changed" in operator.run("ledger", "verify").stdout


def test_one_chain_is_verified_alone_and_one_that_is_not_there_is_refused(desk):
    chain = f"custody/{desk.exhibit}"
    steps = desk.operator.told("evidence", "custody", desk.exhibit, "--as", "ana")["steps"]

    assert desk.operator.told("ledger", "verify", "--chain", chain) == {"entries": len(steps), "findings": []}
    for name in ("custody/nonsense", "", "\udcff"):
        desk.operator.refused(2, "ledger", "verify", "--chain", name)


def test_a_sweep_removes_what_no_row_points_to_once_it_is_old_and_nothing_else(desk):
    stray = desk.operator.instance / "vault" / "ab" / "cd" / f"abcd{'0' * 36}"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"left by an upload")
    assert desk.operator.told("vault", "sweep") == {"removed": 0, "bytes": 0}

    os.utime(stray, (1, 1))
    assert desk.operator.told("vault", "sweep", "--older-than", "1") == {"removed": 1, "bytes": 17}
    assert not stray.exists()
    assert desk.operator.told("vault", "check")["findings"] == []
    desk.operator.refused(2, "vault", "sweep", "--older-than", "-1")


def test_an_index_that_lost_everything_is_found_out_and_made_again(desk):
    rebuilt = desk.operator.told("index", "rebuild")["passages"]
    assert rebuilt > 0
    for path in (desk.operator.instance / "index").iterdir():
        path.unlink()

    lost = desk.operator.told("index", "check", code=1)["findings"]
    assert lost
    assert desk.operator.run("index", "check", code=1).stdout.splitlines() == lost
    assert desk.operator.told("index", "rebuild") == {"passages": rebuilt}
    assert desk.operator.told("index", "check") == {"findings": []}


def test_an_upgrade_of_the_newest_tables_changes_nothing(desk):
    assert "this release" in desk.operator.run("upgrade").stdout


def test_without_the_search_engine_intake_goes_on_and_the_rest_says_it_is_unavailable(tmp_path):
    operator = operators.at(tmp_path / "instance", "--index", "http://127.0.0.1:1")
    operator.hire("ana", "investigator")
    case = operator.open_case("ana")
    (tmp_path / "note.txt").write_text("after the landing")

    assert operator.hand_in("ana", case, tmp_path / "note.txt")["stored"] == 1
    worked = operator.told("work", "--until-idle", code=4)
    assert worked["failed"] == 0
    assert sum(worked["waiting"].values()) == 1
    for words in (("search", "landing", "--purpose", "audit", "--as", "ana"), ("index", "check"), ("index", "rebuild")):
        assert "IndexOutOfReach" in operator.refused(4, *words)
    assert operator.told("vault", "check") == {"files": 1, "findings": []}


def test_init_on_a_database_of_another_deployment_is_refused_and_leaves_no_keys(operator, tmp_path):
    url = f"sqlite:///{operator.instance / 'probanda.db'}"
    other = operators.Operator(tmp_path / "other")

    assert "DatabaseTaken" in other.refused(2, "init", "--database", url)
    assert list(other.instance.iterdir()) == []


def test_each_command_explains_itself(operator):
    said = operator.run("--help").stdout
    for (
        word
    ) in "init users cases evidence money people work search exports verify ledger vault index serve bench".split():
        assert f"  {word} " in said
        assert operator.run(word, "--help").stdout.startswith("Usage: probanda")


def test_a_password_never_stands_in_the_ledger(operator):
    operator.hire("ana", "investigator")

    assert PASSWORD.encode() not in (operator.instance / "probanda.db").read_bytes()
