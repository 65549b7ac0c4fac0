"""A master key has a keeper: a file, a passphrase, a token; each opens what it wrapped, or says clearly why not."""

import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from core import cipher
from core.config import ConfigError
from evidence.keyring import HOUSE, MAKING, MASTER, SIGNING, Keyring, KeysMissing, KeysThere, KeysWrong
from evidence.keys import files, opening, recovery
from evidence.keys.providers import PassphraseMissing, PassphraseWrong
from evidence.keys.recovery import NotWithShares
from evidence.keys.token import FILE as TOKEN
from evidence.keys.token import TokenAway
from tests import makers
from tests.conftest import leave_out

WORDS = "seven random words are better than this"
MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")


@pytest.fixture
def passphrase(monkeypatch):
    monkeypatch.setenv("PROBANDA_PASSPHRASE", WORDS)


@pytest.fixture(scope="session")
def made_token(tmp_path_factory):
    """A real token of SoftHSM with a PIN; its module reads its settings once in a process."""
    module = next((one for one in MODULES if Path(one).exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        leave_out("SoftHSM is not there: run `make engines`")
    folder = tmp_path_factory.mktemp("tokens")
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\n")
    make = ["softhsm2-util", "--init-token", "--free", "--label", "test", "--pin", "1234", "--so-pin", "5678"]
    subprocess.run(make, check=True, capture_output=True, env={**os.environ, "SOFTHSM2_CONF": str(settings)})
    return settings, {"key_provider": "pkcs11", "pkcs11_module": module, "pkcs11_token": "test"}


@pytest.fixture
def token(made_token, monkeypatch):
    """The settings of a deployment whose master key is in the token."""
    settings, told = made_token
    monkeypatch.setenv("SOFTHSM2_CONF", str(settings))
    monkeypatch.setenv("PROBANDA_PIN", "1234")
    return told


def test_a_passphrase_opens_what_it_sealed_and_a_wrong_one_is_told_at_once(tmp_path, passphrase, monkeypatch):
    config = makers.config(tmp_path, key_provider="passphrase")
    made = Keyring.make(config)

    again = Keyring(config)
    assert (again.public, again.house_key("a")) == (made.public, made.house_key("a"))
    assert not (config.keys / MASTER).exists()
    monkeypatch.setenv("PROBANDA_PASSPHRASE", WORDS + "!")
    with pytest.raises(PassphraseWrong, match="not the passphrase"):
        Keyring(config)


def test_without_any_passphrase_all_ways_to_give_one_are_named(tmp_path, monkeypatch):
    monkeypatch.delenv("PROBANDA_PASSPHRASE", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(PassphraseMissing, match="systemd credential"):
        opening.secret("passphrase", {})


def test_a_passphrase_comes_from_a_credential_a_descriptor_or_the_environment(tmp_path):
    (tmp_path / "probanda-passphrase").write_text("from systemd\n")
    read, write = os.pipe()
    os.write(write, b"from a pipe\n")
    os.close(write)

    assert opening.secret("passphrase", {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "from systemd"
    assert opening.secret("passphrase", {"PROBANDA_PASSPHRASE_FD": str(read)}) == "from a pipe"
    assert opening.secret("passphrase", {"PROBANDA_PASSPHRASE": "plain"}) == "plain"


def test_a_short_passphrase_seals_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PROBANDA_PASSPHRASE", "short")
    with pytest.raises(PassphraseWrong, match="at least 12"):
        Keyring.make(makers.config(tmp_path, key_provider="passphrase"))


@pytest.mark.parametrize("damage", ["cut", "sealed", "cost", "kind"])
def test_a_sealed_master_key_that_was_damaged_is_told_from_a_wrong_passphrase(tmp_path, passphrase, damage):
    config = makers.config(tmp_path, key_provider="passphrase")
    Keyring.make(config)
    path = config.keys / "master.sealed"
    told = json.loads(path.read_bytes())
    if damage == "sealed":
        told["sealed"] = "00" + told["sealed"][2:]
    elif damage == "cost":
        told["n"] = 1024
    elif damage == "kind":
        told["kdf"] = "md5"
    written = json.dumps(told).encode()
    path.write_bytes(written[: len(written) // 2] if damage == "cut" else written)

    with pytest.raises(KeysWrong) as found:
        Keyring(config)
    assert not isinstance(found.value, PassphraseWrong)


def test_the_key_in_a_token_never_leaves_it_and_opens_what_it_wrapped(tmp_path, token):
    config = makers.config(tmp_path, **token)
    made = Keyring.make(config)
    wrapped = made.master.wrap(b"k" * 64, context=b"here")

    again = Keyring(config)
    assert again.master.unwrap(wrapped, context=b"here") == b"k" * 64
    assert again.public == made.public
    assert again.master.plain() is None
    with pytest.raises(cipher.SealBroken):
        again.master.unwrap(wrapped, context=b"there")
    with pytest.raises(cipher.SealBroken):
        again.master.unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]), context=b"here")
    with pytest.raises(NotWithShares):
        recovery.make(again, 2, 3)


def test_a_turned_key_in_a_token_is_destroyed_there(tmp_path, token):
    config = makers.config(tmp_path, **token)
    ring = Keyring.make(config)
    public, old = ring.public, (config.keys / TOKEN).read_bytes()
    wrapped = ring.master.wrap(b"k" * 64, context=b"here")
    ring.begin_turning()
    ring.finish_turning()

    assert Keyring(config).public == public
    with pytest.raises(cipher.SealBroken):
        Keyring(config).master.unwrap(wrapped, context=b"here")
    (config.keys / TOKEN).write_bytes(old)
    with pytest.raises(KeysWrong, match="does not hold master key"):
        Keyring(config)


def test_a_token_that_is_not_there_is_named_as_that(tmp_path, token):
    with pytest.raises(TokenAway, match="no token of that label"):
        Keyring.make(makers.config(tmp_path, **{**token, "pkcs11_token": "another"}))


def test_a_keeper_that_does_not_exist_is_refused_with_the_names_of_those_that_do(tmp_path):
    with pytest.raises(ConfigError, match="file, passphrase, pkcs11"):
        Keyring.make(makers.config(tmp_path, key_provider="cloud"))


def test_first_keys_that_a_kill_left_half_made_may_be_made_again(tmp_path):
    config = makers.config(tmp_path)
    Keyring.make(config)
    (config.keys / MAKING).write_bytes(b"")
    (config.keys / SIGNING).unlink()

    made = Keyring.make(config)
    assert not (config.keys / MAKING).exists()
    assert Keyring(config).public == made.public
    with pytest.raises(KeysThere):
        Keyring.make(config)


def test_a_deployment_without_a_house_key_derives_it_from_the_master_key_as_it_did_before(tmp_path):
    config = makers.config(tmp_path)
    ring = Keyring.make(config)
    (config.keys / HOUSE).unlink()

    old = Keyring(config)
    assert old.house_key("a") == cipher.derive(ring.master.plain(), "house/a")
    old.begin_turning()
    old.finish_turning()
    assert Keyring(config).house_key("a") == cipher.derive(ring.master.plain(), "house/a")


@pytest.mark.parametrize("stop", ["begun", "signing", "house", "master"])
def test_a_turn_of_the_master_key_that_was_killed_anywhere_opens_and_goes_on(tmp_path, monkeypatch, stop):
    config = makers.config(tmp_path)
    ring = Keyring.make(config)
    public, house, old = ring.public, ring.house_key("a"), ring.master.plain()
    ring.begin_turning()
    if stop != "begun":
        _finish_until(ring, monkeypatch, {"signing": 1, "house": 2, "master": 3}[stop])

    again = Keyring(config)
    assert (again.public, again.house_key("a")) == (public, house)
    if again.turning:
        again.begin_turning()
        again.finish_turning()
    assert (again.public, again.house_key("a")) == (public, house)
    assert again.master.plain() != old
    held = b"".join(one.read_bytes() for one in config.keys.iterdir())
    assert old not in held


def _finish_until(ring, monkeypatch, moves):
    """Let finishing die after so many files were moved."""
    put, done = files.put, []

    def dying(source, target):
        if len(done) == moves:
            raise KeyboardInterrupt
        done.append(put(source, target))

    monkeypatch.setattr(files, "put", dying)
    try:
        ring.finish_turning()
    except KeyboardInterrupt:
        pass
    finally:
        monkeypatch.setattr(files, "put", put)


def test_missing_keys_are_missing_for_every_keeper(tmp_path, passphrase):
    config = makers.config(tmp_path, key_provider="passphrase")
    Keyring.make(config)
    (config.keys / "master.sealed").unlink()

    with pytest.raises(KeysMissing, match=r"master\.sealed"):
        Keyring(config)
