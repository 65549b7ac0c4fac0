"""Settings are read once and all their faults are told together."""

import pytest

from core.config import Config, ConfigError
from core.ledger import notes


def test_without_any_setting_everything_lies_in_the_instance_folder(tmp_path):
    config = Config.load(tmp_path, {})

    assert config.database_url == f"sqlite:///{tmp_path / 'probanda.db'}"
    assert (config.vault, config.keys, config.index_url) == (tmp_path / "vault", tmp_path / "keys", "embedded")


def test_the_environment_stands_over_the_file(tmp_path):
    (tmp_path / "config.toml").write_text('office = "Office A"\nidle_minutes = 10\n[limits]\ndepth = 2\n')

    config = Config.load(tmp_path, {"PROBANDA_OFFICE": "Office B", "PROBANDA_LIMITS_MEMBERS": "7", "PATH": "/bin"})

    assert (config.office, config.idle_minutes, config.limits.depth, config.limits.members) == ("Office B", 10, 2, 7)


def test_all_faults_are_told_at_once(tmp_path):
    (tmp_path / "config.toml").write_text(
        'ofice = "A"\nidle_minutes = "soon"\nsecure_cookies = "maybe"\n[limits]\ndepth = -1\nwidth = 3\n'
    )

    with pytest.raises(ConfigError) as told:
        Config.load(tmp_path, {})

    for name in ("ofice", "idle_minutes", "secure_cookies", "depth", "limits_width"):
        assert name in str(told.value)


def test_a_file_that_is_not_toml_is_named(tmp_path):
    (tmp_path / "config.toml").write_text("office = ")

    with pytest.raises(ConfigError, match=r"config\.toml"):
        Config.load(tmp_path, {})


def test_who_vouches_from_outside_is_read_with_keys_roots_and_policies(tmp_path):
    key = notes.vkey("court.example/w1", bytes(range(32)), notes.COSIGNATURE)
    (tmp_path / "config.toml").write_text(
        f'[[witnesses]]\nurl = "https://w.example/"\nkey = "{key}"\n'
        '[[time_authorities]]\nname = "A"\nurl = "http://t.example"\nroot = "a.pem"\npolicies = ["1.2.3"]\n'
    )

    config = Config.load(tmp_path, {})

    assert [(one.name, one.url) for one in config.witnesses] == [("court.example/w1", "https://w.example")]
    (authority,) = config.time_authorities
    assert (authority.root, authority.policies) == (tmp_path / "a.pem", frozenset({"1.2.3"}))


@pytest.mark.parametrize(
    "text",
    [
        '[[witnesses]]\nurl = "https://w.example"\n',
        '[[witnesses]]\nurl = "file:///etc/passwd"\nkey = "{witness}"\n',
        '[[witnesses]]\nurl = "https://w.example"\nkey = "{log}"\n',
        '[[witnesses]]\nurl = "https://w.example"\nkey = "{witness}"\nkeys = 1\n',
        '[[witnesses]]\nurl = "https://a"\nkey = "{witness}"\n[[witnesses]]\nurl = "https://b"\nkey = "{witness}"\n',
        'witnesses = "court"\n',
        '[[time_authorities]]\nname = "A"\nurl = "https://t"\nroot = "a.pem"\n',
        '[[time_authorities]]\nname = "A"\nurl = "https://t"\nroot = "a.pem"\npolicies = []\n',
        '[[time_authorities]]\nname = "A"\nurl = "https://t"\nroot = "a.pem"\npolicies = ["any"]\n',
        '[[time_authorities]]\nname = "A"\nurl = "//t"\nroot = "a.pem"\npolicies = ["1.2"]\n',
        '[[time_authorities]]\nurl = "https://t"\npolicies = ["1.2"]\n',
        "heartbeat_minutes = 0\n",
    ],
)
def test_a_setting_of_somebody_outside_that_cannot_be_used_is_named(tmp_path, text):
    public = bytes(range(32))
    witness, log = notes.vkey("court.example/w1", public, notes.COSIGNATURE), notes.vkey("office.example/l", public)
    (tmp_path / "config.toml").write_text(text.replace("{witness}", witness).replace("{log}", log))

    with pytest.raises(ConfigError, match=r"witnesses|time_authorities|heartbeat_minutes"):
        Config.load(tmp_path, {})
