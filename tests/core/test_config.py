"""Settings are read once and all their faults are told together."""

import pytest

from core.config import Config, ConfigError


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
