"""Everything the hub refuses or fails with, as one tree.

    HubError
    ├── Refused              a rule of the domain says no; nothing was recorded
    │   ├── NotPermitted         this actor may not do it
    │   ├── WrongStatus          not in this state of things
    │   ├── NotFound             what the command names is not there
    │   └── BadInput             what came in is not what it should be
    ├── Conflict             somebody else was first; read again and decide again
    ├── AccessDenied         a read that the decision did not permit
    ├── NotLogged            a read that could not be logged, and so was not answered
    ├── Unreadable           a sealed or encoded record that does not open
    ├── Misconfigured        a setting or a file that is missing or wrong
    ├── DatabaseUnavailable  the database does not answer, or could not be started
    ├── BrokerUnavailable    Kafka does not answer, refuses us, or could not be started
    └── MailUnavailable      the mail server does not answer, or does not take our mail

Every message is one sentence for a person: what was refused, why, and what would make it succeed. No message
carries a name, a CPR number or free text.
"""


class HubError(Exception):
    """Something the hub says no to, in one sentence."""

    exit_code = 1
    """The exit code of the command line (docs/operating.md lists them)."""


class Refused(HubError):
    """A rule of the domain refused the command; nothing was recorded."""

    exit_code = 3


class NotPermitted(Refused):
    """The actor may not do this."""


class WrongStatus(Refused):
    """It cannot be done in the present state of things."""


class NotFound(Refused):
    """What the command names does not exist."""


class BadInput(Refused):
    """What came in is not what it should be; the message names the place."""

    exit_code = 2


class Conflict(HubError):
    """Somebody else recorded first; the command is to be decided again on fresh state."""

    exit_code = 5


class AccessDenied(HubError):
    """The one uniform denial: the same words whatever the reason."""

    exit_code = 4


class NotLogged(HubError):
    """The read could not be logged, so it is not answered."""

    exit_code = 6


class Unreadable(HubError):
    """A sealed or encoded record does not open."""

    exit_code = 7


class Misconfigured(HubError):
    """A setting, a file or a service is missing or wrong."""

    exit_code = 8


class DatabaseUnavailable(HubError):
    """The database does not answer, or could not be started."""

    exit_code = 9


class BrokerUnavailable(HubError):
    """Kafka does not answer, refuses the hub, or could not be started."""

    exit_code = 10


class MailUnavailable(HubError):
    """The mail server does not answer, or does not take our mail."""

    exit_code = 11
