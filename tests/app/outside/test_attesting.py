"""The log of a deployment, vouched for from outside: signed, witnessed, stamped; and what happens when it is not."""

import base64
import shutil
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.outside import attesting
from app.wiring import services, transaction
from core import clock
from core.ledger import checkpoints, heartbeats, notes, timestamps
from core.ledger import entries as ledger
from core.ledger.outside import vouching
from core.ledger.outside.vouching import Word
from core.ledger.rfc3161 import revocation
from core.ledger.rfc3161.tokens import request_for
from core.ledger.timestamps import Timestamp
from tests.app.outside.conftest import Watched, again, post, without
from tests.authorities import DAY, OTHER_POLICY, Office, Responder, root, signer


def stamps(watched: Watched) -> list[Timestamp]:
    with watched.app.app_context(), transaction() as session:
        return list(session.scalars(select(Timestamp).order_by(Timestamp.wanted)))


def word(watched: Watched, kind: str, name: str) -> Word | None:
    with watched.app.app_context(), transaction() as session:
        return session.get(Word, (kind, name))


# --- What is well ------------------------------------------------------------------------------------------------


def test_what_was_entered_is_signed_witnessed_and_stamped(watched_on):
    watched_on.write(5)

    done = watched_on.attest()

    assert (done.cosigned, done.stamped, done.missing) == (("court.example/w1",), ("Stamps",), ())
    opened = notes.open_note(watched_on.last(), [notes.read_vkey(watched_on.vkey()), watched_on.witness.key])
    assert len(opened.keys) == 2
    assert notes.Checkpoint.parse(opened.body).size == done.size
    (stamp,) = stamps(watched_on)
    assert (stamp.state, stamp.revocation) == (timestamps.STAMPED, timestamps.UNLISTED)
    assert watched_on.log().count("time stamp taken") == 1


def test_round_after_round_nothing_is_signed_twice_and_stamps_are_asked_for_as_the_setting_says(watched):
    first = watched.attest(stamp=False)
    watched.attest(stamp=False)  # the entry of the first stamp
    settled = watched.attest(stamp=False)

    assert watched.attest(stamp=False).size == settled.size > first.size
    assert len(watched.authority.asked) == 1
    with clock.stopped(clock.now() + timedelta(minutes=61)):
        watched.write()
        watched.attest(stamp=False)
    assert len(stamps(watched)) == 2


def test_a_kept_stamp_holds_when_it_is_checked_again_and_by_openssl(watched, tmp_path):
    watched.attest()
    (row,) = stamps(watched)
    with watched.app.app_context(), transaction() as session:
        (at,) = services().config.time_authorities
        assert timestamps.recheck(row, at.believed()).at == row.at
        note = session.get_one(checkpoints.CheckpointRow, int(row.subject)).note
    (watched.tsa.folder / "note").write_text(note)
    (watched.tsa.folder / "r.tsr").write_bytes(row.response)
    shutil.copy(watched.folder / "tsa-root.pem", watched.tsa.folder / "ca.pem")
    assert b"OK" in watched.tsa.run("-verify", "-data", "note", "-in", "r.tsr", "-CAfile", "ca.pem").stdout
    assert "BEGIN CERTIFICATE" in row.chain


def test_a_statement_is_stamped_at_once_or_later(watched):
    digest = "ab" * 32
    with watched.app.app_context():
        assert attesting.stamp_statement("export/1", digest) == ["Stamps"]
        assert attesting.stamp_statement("export/1", digest) == ["Stamps"]
    assert len(watched.authority.asked) == 1


# --- Who is away delays nothing ----------------------------------------------------------------------------------


def test_a_witness_that_is_away_delays_nothing_and_is_a_weakness_until_it_is_back(watched, tmp_path):
    with watched.app.app_context():
        (real,) = services().config.witnesses
    without(watched, witnesses=(type(real)("http://127.0.0.1:9", real.key),))

    done = watched.attest()

    assert (done.cosigned, done.stamped) == ((), ("Stamps",))
    assert "does not answer" in done.missing[0]
    assert "witnessed by 0 of at least 1" in watched.weaknesses()
    assert word(watched, vouching.WITNESS, "court.example/w1").state == vouching.AWAY
    without(watched, witnesses=(real,))
    assert watched.attest().missing == ()
    assert "witness" not in watched.weaknesses()


def test_an_authority_that_is_away_stops_nothing_and_its_stamp_comes_later(watched_on):
    with watched_on.app.app_context():
        (real,) = services().config.time_authorities
    without(watched_on, time_authorities=(type(real)(real.name, "http://127.0.0.1:9", real.root, real.policies),))

    done = watched_on.attest()

    assert (done.cosigned, done.stamped) == (("court.example/w1",), ())
    assert "is not yet time-stamped by Stamps" in watched_on.weaknesses()
    assert stamps(watched_on)[0].at is None
    without(watched_on, time_authorities=(real,))
    watched_on.attest(stamp=False)
    assert stamps(watched_on)[0].state == timestamps.STAMPED
    assert "not yet time-stamped" not in watched_on.weaknesses()


def test_a_house_that_nobody_vouches_for_says_so(watched):
    without(watched, witnesses=(), time_authorities=())

    watched.attest()

    assert "no witness watches this log" in watched.weaknesses()
    assert "no time-stamp authority is set" in watched.weaknesses()


def lying(watched: Watched, kind: str):
    """An authority that answers well, but for something else."""
    other = Office(watched.tsa.folder / kind, signer(root()))
    late = Office(watched.tsa.folder / f"{kind}-late", signer(root(), ends=-DAY))
    digest = bytes(32)
    return {
        "WrongData": lambda _asked: watched.tsa.answer(request_for(digest, 1 << 62)),
        "WrongRoot": other.answer,
        "SignerExpired": late.answer,
        "TokenMalformed": lambda _asked: b"<html>please pay</html>",
        "NotGranted": lambda _asked: watched.tsa.answer(b"nonsense"),
        "WrongPolicy": Office(watched.tsa.folder / f"{kind}-p", watched.tsa.own, policy=OTHER_POLICY).answer,
    }[kind]


@pytest.mark.parametrize(
    "kind", ["WrongData", "WrongRoot", "SignerExpired", "TokenMalformed", "NotGranted", "WrongPolicy"]
)
def test_an_answer_that_does_not_hold_is_not_kept_and_its_reason_is_shown(watched, kind):
    true, watched.authority.stamp = watched.authority.stamp, lying(watched, kind)

    done = watched.attest()

    assert done.stamped == ()
    assert kind in watched.weaknesses()
    assert stamps(watched)[0].response is None
    watched.authority.stamp = true
    watched.attest(stamp=False)
    assert stamps(watched)[0].state == timestamps.STAMPED


def test_a_revoked_signer_is_refused_and_one_of_whom_nothing_is_known_is_a_weakness_until_it_is(watched):
    top = root()
    own = signer(top, revocations=f"{watched.authority.url}/ca.crl")
    (watched.folder / "tsa-root.pem").write_bytes(top.pem)
    watched.authority.stamp = Office(watched.tsa.folder / "listed", own).answer
    watched.authority.lists["/ca.crl"] = top.revoking(own.certificate.serial_number)
    assert watched.attest().stamped == ()
    assert "SignerRevoked" in watched.weaknesses()

    del watched.authority.lists["/ca.crl"]
    watched.attest(stamp=False)
    assert "was revoked is not known" in watched.weaknesses()

    watched.authority.lists["/ca.crl"] = top.revoking(7)
    watched.attest(stamp=False)
    assert "revoked" not in watched.weaknesses()
    assert stamps(watched)[0].revocation == timestamps.CHECKED
    assert stamps(watched)[0].lists[0]


def test_where_no_list_is_named_or_had_the_responder_is_asked(watched):
    top = root()
    own = signer(top, revocations=f"{watched.authority.url}/gone.crl", answers=f"{watched.authority.url}/ocsp")
    (watched.folder / "tsa-root.pem").write_bytes(top.pem)
    watched.authority.stamp = Office(watched.tsa.folder / "asked", own).answer
    answering = Responder(watched.tsa.folder / "ocsp", top)
    answering.knows(revoked=(own,))
    watched.authority.answers = answering.answer
    assert watched.attest().stamped == ()
    assert "SignerRevoked" in watched.weaknesses()

    watched.authority.answers = None
    watched.attest(stamp=False)
    assert "was revoked is not known" in watched.weaknesses()

    answering.knows(own)
    watched.authority.answers = answering.answer
    watched.attest(stamp=False)
    assert "revoked" not in watched.weaknesses()
    (stamp,) = stamps(watched)
    assert stamp.revocation == timestamps.CHECKED
    assert not revocation.is_list(base64.b64decode(stamp.lists[0]))


def test_a_stamp_is_renewed_before_its_certificate_ends(watched):
    top = root()
    (watched.folder / "tsa-root.pem").write_bytes(top.pem)
    watched.authority.stamp = Office(watched.tsa.folder / "short", signer(top, ends=20 * DAY)).answer
    watched.attest()
    assert "must be renewed before" in watched.weaknesses()

    watched.authority.stamp = Office(watched.tsa.folder / "long", signer(top)).answer
    watched.attest(stamp=False)

    assert [row.turn for row in stamps(watched)] == [1, 2]
    assert "must be renewed" not in watched.weaknesses()


# --- An old copy -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [1, 30])
def test_an_old_copy_with_database_and_memory_is_refused_by_its_witness(tmp_path, more, watched):
    watched.write(5)
    watched.attest()
    watched.close()
    shutil.copytree(watched.folder, tmp_path / "old")
    again(watched, watched.folder)
    watched.write(5, "since")
    newest = watched.attest(stamp=False)
    note = watched.last()

    again(watched, tmp_path / "old")
    watched.write(more, "forked")
    before = watched.last()
    refused = watched.attest(stamp=False)

    assert refused.size == 0
    assert "WouldFork" not in refused.missing[0]
    assert str(newest.size) in refused.missing[0]
    assert watched.last() == before
    assert "rejoin" in watched.weaknesses()
    assert watched.log().count("signing refused") == 1
    watched.attest(stamp=False)
    assert watched.log().count("signing refused") == 1  # said once, shown until it is over
    assert word(watched, vouching.LOG, vouching.ITSELF).state == vouching.FORK
    assert notes.body_of(watched.witness.seen(notes.Checkpoint.parse(notes.body_of(note)).origin).note) in note


def test_a_witness_that_holds_another_tree_stops_the_signing_even_without_a_memory(watched):
    watched.write(5)
    watched.attest()
    origin = notes.Checkpoint.parse(notes.body_of(watched.last())).origin
    seen = watched.witness.seen(origin)
    watched.witness.keep(origin, type(seen)(seen.size, bytes(32), seen.note))
    watched.write()

    assert watched.attest().size == 0
    assert "signing refused" in watched.log()


def test_a_witness_that_was_replaced_by_an_empty_one_signs_again_from_the_start(watched, tmp_path):
    watched.write(5)
    watched.attest()
    origin = notes.Checkpoint.parse(notes.body_of(watched.last())).origin
    watched.witness.keep(origin, type(watched.witness.seen(origin))())
    watched.write()

    assert watched.attest().cosigned == ("court.example/w1",)


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense",
        b"\xff",
        b"",
        "— court.example/w1 AAAA\n".encode(),
        "\nother\n\n— court.example/w1 AAAAAAAA\n".encode(),
    ],
)
def test_a_witness_that_answers_nonsense_is_not_believed(watched, answer, monkeypatch):
    monkeypatch.setattr(
        "app.witness.answering.Witness.add_checkpoint",
        lambda _self, _body: type("A", (), {"status": 200, "kind": "text/plain", "text": answer.decode("latin-1")})(),
    )

    done = watched.attest()

    assert done.cosigned == ()
    assert done.size > 0
    assert word(watched, vouching.WITNESS, "court.example/w1").state == vouching.REFUSED


def test_a_witness_that_does_not_know_the_log_is_a_weakness(watched, tmp_path):
    other = type(watched.witness).make(tmp_path / "other", "court.example/w2")
    with post(other) as port, watched.app.app_context():
        (real,) = services().config.witnesses
        without(watched, witnesses=(real, type(real)(f"http://127.0.0.1:{port}", other.key)), witness_quorum=2)
        done = watched.attest()

        assert done.cosigned == ("court.example/w1",)
        assert "404" in watched.weaknesses()
        assert "1 of at least 2" in watched.weaknesses()


# --- Silence and the clock ---------------------------------------------------------------------------------------


def test_the_heartbeat_comes_each_hour_and_its_absence_is_listed(watched):
    now = clock.now()
    for hours in (0, 1, 2, 6, 7):
        with clock.stopped(now + timedelta(hours=hours)), watched.app.app_context():
            attesting.heartbeat()
            attesting.heartbeat()  # twice in an hour it beats once

    with watched.app.app_context(), transaction() as session:
        assert len(list(heartbeats.beats(session))) == 5
        found = heartbeats.silences(session, now + timedelta(hours=10))
    assert [(one.until is None, one.missed) for one in found] == [(False, 3), (True, 2)]
    assert found[0].since == now + timedelta(hours=2)


def test_a_clock_that_goes_back_by_a_day_is_written_down_and_shown(watched_on):
    now = clock.now()
    with watched_on.app.app_context():
        with clock.stopped(now + timedelta(minutes=1)):
            attesting.heartbeat()
        with clock.stopped(now - timedelta(days=1)):
            attesting.heartbeat()
            attesting.heartbeat()
        with transaction() as session:
            acts = [entry.act for entry in ledger.entries(session, heartbeats.CHAIN)]
            (fault,) = heartbeats.clock_faults(session)
            assert list(ledger.breaks(session)) == []

    assert acts == ["heartbeat", "clock went back", "heartbeat"]
    assert fault.stood == now - timedelta(days=1)
    assert "went back by 1 day" in watched_on.weaknesses()


def test_a_clock_that_goes_back_between_heartbeats_is_seen_by_what_was_written_since(watched):
    now = clock.now()
    with watched.app.app_context():
        with clock.stopped(now):
            attesting.heartbeat()
        with clock.stopped(now + timedelta(days=3)):
            watched.write()
        with clock.stopped(now + timedelta(hours=1)):
            attesting.heartbeat()
        with transaction() as session:
            (fault,) = heartbeats.clock_faults(session)
    assert fault.written == now + timedelta(days=3)
