"""The one mail that the hub sends: that there is news. It tells nothing of anybody, and is the same for everybody."""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from hub.config import Settings
from hub.errors import MailUnavailable

SUBJECT: Final = "Der er nyt i hubben"
_PATIENCE: Final = 20.0
"""Seconds that the mail server has to answer."""
_TEXT: Final = """\
Der er nyt i hubben. Log ind for at se det{url}.

Du får beskeden, fordi du selv har valgt det. Du kan slå den fra i hubben under "Kalender og beskeder".
Beskeden kan ikke besvares.

There is news in the hub. Log in to see it{url}.

You get this message because you chose it yourself. You can turn it off in the hub under "Calendar and messages".
The message cannot be answered.
"""


class Mailer(NamedTuple):
    """Where mail is handed over, and whom it comes from."""

    host: str
    port: int
    security: str
    user: str | None
    password_file: Path | None
    sender: str
    url: str | None

    @classmethod
    def of(cls, settings: Settings) -> "Mailer | None":
        """As the settings say; None where no mail is sent."""
        if settings.smtp_host is None or settings.mail_from is None:
            return None
        return cls(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_security,
            settings.smtp_user,
            settings.smtp_password_file,
            settings.mail_from,
            settings.public_url,
        )

    def send(self, addresses: Sequence[str], at: datetime) -> list[str]:
        """Send the news to each, alone; whom the server took it for. Raises MailUnavailable."""
        taken: list[str] = []
        with self._server() as server:
            for address in addresses:
                try:
                    server.send_message(self._message(address, at), self.sender, [address])
                except smtplib.SMTPRecipientsRefused:
                    continue
                taken.append(address)
        return taken

    def _message(self, address: str, at: datetime) -> EmailMessage:
        """The message; the same moment and address give the same one, so that a second copy is known as such."""
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = address
        message["Subject"] = SUBJECT
        message["Date"] = format_datetime(at)
        digest = sha256(f"{at.isoformat()} {address}".encode()).hexdigest()[:32]
        message["Message-ID"] = f"<{digest}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(_TEXT.format(url=f": {self.url}" if self.url else ""))
        return message

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        try:
            tls = ssl.create_default_context()
            with (
                smtplib.SMTP_SSL(self.host, self.port, timeout=_PATIENCE, context=tls)
                if self.security == "tls"
                else smtplib.SMTP(self.host, self.port, timeout=_PATIENCE)
            ) as server:
                if self.security == "starttls":
                    server.starttls(context=tls)
                if self.user is not None:
                    server.login(self.user, self._password())
                yield server
        except (OSError, smtplib.SMTPException):  # their words hold addresses, so they stay here
            raise MailUnavailable(
                "The mail server does not answer or does not take our mail: see HUB_SMTP_HOST and its log."
            ) from None

    def _password(self) -> str:
        return "" if self.password_file is None else self.password_file.read_text(encoding="utf-8").strip()
