from pathlib import Path

import pytest
from pydantic import ValidationError

from hub.config import Settings


def test_without_any_setting_everything_has_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing need be set: data and key lie under the user's home, with an embedded database."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/someone")

    settings = Settings()

    assert Path("/home/someone/.local/share/koordineringshub") == settings.home
    assert Path("/home/someone/.config/koordineringshub/root.key") == settings.root_key_file
    assert settings.database_url is None
    assert 6 == settings.partitions
    assert not settings.demo


def test_the_xdg_folders_are_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who keeps data elsewhere finds the hub's there; a relative folder counts as unset."""
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")

    assert Path("/data/koordineringshub") == Settings().home
    assert Path("/home/someone/.config/koordineringshub/root.key") == Settings().root_key_file


def test_the_root_key_lies_outside_the_data() -> None:
    """A copy of the data folder never holds the key that opens it."""
    settings = Settings()

    assert not settings.root_key_file.is_relative_to(settings.home)


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting can be given as an environment variable that begins with HUB_; an empty one counts as unset."""
    monkeypatch.setenv("HUB_HOME", "/srv/hub")
    monkeypatch.setenv("HUB_PARTITIONS", "12")
    monkeypatch.setenv("HUB_DEMO", "yes")
    monkeypatch.setenv("HUB_DATABASE_URL", "")

    settings = Settings()

    assert (Path("/srv/hub"), 12, True, None) == (
        settings.home,
        settings.partitions,
        settings.demo,
        settings.database_url,
    )


def test_no_partitions_is_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log has at least one partition."""
    monkeypatch.setenv("HUB_PARTITIONS", "0")

    with pytest.raises(ValidationError):
        Settings()


def test_settings_never_change() -> None:
    """Settings are read once; nobody changes them under another's feet."""
    with pytest.raises(ValidationError):
        Settings().demo = True  # type: ignore[misc]


def test_every_setting_is_described() -> None:
    """The documentation is written from the descriptions, so each setting has one."""
    assert [] == [name for name, field in Settings.model_fields.items() if not field.description]


def test_a_password_is_not_shown() -> None:
    """Printing the settings does not print the database's password."""
    settings = Settings(database_url="postgresql://hub:hemmelig@db/hub")

    assert "hemmelig" not in repr(settings)
