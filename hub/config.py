"""Settings: environment variables beginning with HUB_, and what holds without any."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.vocabulary import EMERGENCY_SECTORS, Sector

NAME = "koordineringshub"
"""The folder name under the user's data and configuration folders."""


def _folder(variable: str, otherwise: str) -> Path:
    """Find a folder of the XDG convention; a relative path there counts as unset, as the convention says."""
    named = Path(os.environ.get(variable, ""))
    return (named if named.is_absolute() else Path.home() / otherwise) / NAME


def _home() -> Path:
    return _folder("XDG_DATA_HOME", ".local/share")


def _root_key_file() -> Path:
    return _folder("XDG_CONFIG_HOME", ".config") / "root.key"


class Settings(BaseSettings):
    """What can be set. Read once, at the composition root, and handed on; never changed."""

    model_config = SettingsConfigDict(
        env_prefix="HUB_", env_ignore_empty=True, extra="ignore", frozen=True, validate_default=True
    )

    home: Path = Field(
        default_factory=_home,
        description="The data folder. Default: $XDG_DATA_HOME/koordineringshub, "
        "or ~/.local/share/koordineringshub.",
    )
    root_key_file: Path = Field(
        default_factory=_root_key_file,
        description="The file with the root key that wraps every data key; mode 0600, never in the data "
        "folder or its backups. Default: $XDG_CONFIG_HOME/koordineringshub/root.key, or "
        "~/.config/koordineringshub/root.key.",
    )
    database_url: str | None = Field(
        default=None,
        repr=False,
        description="The address of a PostgreSQL database (15 or newer). "
        "Default: an embedded one in home/postgres.",
    )
    partitions: int = Field(
        default=6,
        ge=1,
        le=1_000,
        description="How many partitions the log has. Fixed when the hub is created; "
        "another count refuses to start.",
    )
    kafka_bootstrap: str | None = Field(
        default=None,
        description="Where Apache Kafka is (host:port, several with commas), or `local` for one of the hub's own in "
        "home/kafka, which needs Java and the artifacts from Maven. Default: none, and the consumers read "
        "the store's own log.",
    )
    kafka_user: str | None = Field(
        default=None, description="The hub's user at the broker. Default: no login (a broker without users)."
    )
    kafka_password_file: Path | None = Field(
        default=None, description="The file with that user's password; mode 0600."
    )
    kafka_ca_file: Path | None = Field(
        default=None,
        description="The certificate authority that signed the broker's certificate, in PEM. "
        "Set, the connection is TLS. Default: none, for a broker on the same machine.",
    )
    kafka_prefix: str = Field(
        default="hub",
        pattern=r"^[a-z][a-z0-9-]{0,39}$",
        description="What the names of topics, groups and partners' users at the broker begin with, so that two hubs "
        "can share a cluster.",
    )
    kafka_replicas: int = Field(
        default=1, ge=1, le=9, description="How many brokers keep a copy of each record; 3 in production."
    )
    emergency_sectors: str = Field(
        default=" ".join(sorted(EMERGENCY_SECTORS)),
        description="Whose people may open emergency access: sectors, with a space between, or `none`. "
        "Default: authority gp regional_psychiatry social_psychiatry.",
    )
    link_code_days: int = Field(
        default=7,
        ge=1,
        le=60,
        description="For how many days a one-time code lets an organisation begin with a citizen.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        pattern=r"^(https://[^\s\"'<>?#]+|http://(127\.0\.0\.1|localhost)(:[0-9]+)?(/[^\s\"'<>?#]*)?)$",
        description="The OpenID Connect provider that people log in at; https, or this machine. "
        "Default: none, and nobody logs in.",
    )
    oidc_client_id: str | None = Field(default=None, description="What the hub is called at the provider.")
    oidc_client_secret_file: Path | None = Field(
        default=None, description="The file with the hub's secret at the provider; mode 0600."
    )
    oidc_claims: Path | None = Field(
        default=None,
        description="The TOML file that says what the provider's claims mean (docs/login.md). "
        "Default: `sub` is the short name, `role` the role, `cpr` the CPR number.",
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s\"'<>?#/]+$",
        description="Where browsers reach the pages, for example https://hub.example.dk: the provider sends people "
        "back there. Default: the address that `hub web` serves.",
    )
    smtp_host: str | None = Field(
        default=None,
        description="The mail server that takes the hub's mail. Default: none, and no mail is sent.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65_535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="How the mail server is spoken to; `none` is for a server on the same machine.",
    )
    smtp_user: str | None = Field(
        default=None, description="The hub's user at the mail server. Default: no login."
    )
    smtp_password_file: Path | None = Field(
        default=None, description="The file with that user's password; mode 0600."
    )
    mail_from: str | None = Field(
        default=None,
        pattern=r"^[^\s@<>\"]+@[^\s@<>\"]+$",
        description="The address that the hub's mail comes from: the same for everybody, and it tells nothing.",
    )
    crisis_phone: str | None = Field(
        default=None,
        pattern=r"^\+?[0-9][0-9 ]{2,20}$",
        description="The telephone number, open round the clock, that stands on every page of a citizen's own. "
        "Default: none, and no number is shown.",
    )
    data_officer: str | None = Field(
        default=None,
        max_length=200,
        description="How citizens reach the data-protection officer past everybody who helps them: a telephone number, "
        "an address. Default: none, and the page says to ask the municipality for them.",
    )
    exit_page: str | None = Field(
        default=None,
        pattern=r"^https://[^\s\"'<>]+$",
        description='Where "Hurtig ud" on a citizen\'s own pages ends: a page that says nothing of the hub, for '
        "example a weather forecast. Default: an empty page of the hub's.",
    )
    show_employee_names: bool = Field(
        default=False,
        description="Whether citizens are told the names of the employees who looked. Default: no, and they are told "
        "the function and the organisation.",
    )
    demo: bool = Field(
        default=False,
        description="Whether the citizens are invented: every page says so, "
        "and the root key is made by itself.",
    )

    @field_validator("emergency_sectors")
    @classmethod
    def _sectors(cls, named: str) -> str:
        """Sectors that there are, written with a space between; `none` is nobody."""
        if named.strip() == "none":
            return ""
        return " ".join(Sector(sector) for sector in named.replace(",", " ").split())

    @property
    def emergency(self) -> frozenset[str]:
        """Whose people may open emergency access."""
        return frozenset(self.emergency_sectors.split())
