"""The root of the command line: global options, the list of commands, and how a command ends.

Commands are imported when they are called, so that `hub --help` is there at once.
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_group

from hub import __name__ as package
from hub.cli.base import Group, in_danish, note, out
from hub.errors import AccessDenied, HubError
from hub.refusals import told
from hub.texts import DENIAL, Pair, say

UNEXPECTED: Final = 70
INTERRUPTED: Final = 130
USAGE: Final = 2


class Entry(NamedTuple):
    """Where a command lives."""

    module: str
    help: Pair
    is_group: bool = False


COMMANDS: Final[dict[str, Entry]] = {
    "init": Entry("running", ("Lav rodnøgle og database.", "Make the root key and the database.")),
    "up": Entry("up", ("Kør det hele, til du stopper det.", "Run everything until you stop it.")),
    "web": Entry("web", ("Vis siderne i en browser.", "Serve the pages to a browser.")),
    "consume": Entry("running", ("Kør én læsemodel.", "Run one read model.")),
    "relay": Entry("running", ("Bring loggen til Kafka.", "Carry the log to Kafka.")),
    "catch-up": Entry("running", ("Bring læsemodellerne ajour nu.", "Bring the read models up to date now.")),
    "status": Entry("status", ("Vis, hvor langt alt er.", "Show how far everything is.")),
    "rebuild": Entry("running", ("Byg en læsemodel forfra.", "Build a read model from the start.")),
    "citizen": Entry("changing", ("Borgeren: håb, tovholder, kontakt.", "The citizen: hopes, people."), is_group=True),
    "voice": Entry("voice", ("Ønsker, styrker, spørgsmål, valg.", "Wishes, strengths, questions."), is_group=True),
    "need": Entry("need", ("Behov, svære perioder, det der haster.", "Needs, hard periods."), is_group=True),
    "network": Entry("network", ("Netværk, fællesskaber, følgeskab.", "Network, communities."), is_group=True),
    "representative": Entry("representative", ("Hvem der handler for borgeren.", "Who acts for them."), is_group=True),
    "address": Entry("address", ("Adressebeskyttelse.", "The address, protected."), is_group=True),
    "consent": Entry("consent_answers", ("Samtykker: giv, træk tilbage.", "Consents: give, withdraw."), is_group=True),
    "block": Entry("block", ("Spærringer: ikke dem, ikke det.", "Blocks: not them, not this."), is_group=True),
    "basis": Entry("basis", ("Hjemler i loven.", "Bases in law."), is_group=True),
    "emergency": Entry("emergency", ("Værdispring.", "Emergency access."), is_group=True),
    "plan": Entry("plan", ("Planer, mål og støtte.", "Plans, goals and support."), is_group=True),
    "meeting": Entry("moving", ("Møder og aftaler.", "Meetings and agreements."), is_group=True),
    "handover": Entry("settling", ("Overleveringer.", "Handovers."), is_group=True),
    "event": Entry("event", ("Ret eller mærk om, hvad der står.", "Correct or label what is written."), is_group=True),
    "partner": Entry("partner_people", ("Organisationer og medarbejdere.", "Organisations and people."), is_group=True),
    "town": Entry("town", ("Tilbud, samarbejder, ordliste.", "Offers, collaborations, words."), is_group=True),
    "preview": Entry("preview", ("Se, hvad en kommando ville ændre.", "See what a command would change.")),
    "explain": Entry("explain", ("Hvorfor nogen ser noget, eller ikke.", "Why somebody sees something, or not.")),
    "page": Entry("page", ("Det, der gælder nu, på én side.", "What stands now, on one page.")),
    "timeline": Entry("reading", ("Hvad der er sket.", "What has happened.")),
    "view": Entry("reading", ("Hvad en organisation må se.", "What an organisation may see.")),
    "overview": Entry("reading", ("Mine borgere: møder og aftaler.", "My citizens: meetings and agreements.")),
    "due": Entry("due", ("Hvad der venter, og på hvem.", "What is due, and to whom.")),
    "tasks": Entry("tasks", ("Hvem der har en opgave hos borgeren.", "Who has a task with the citizen.")),
    "who-looked": Entry("reading", ("Hvem har set (for borgeren).", "Who has looked (for the citizen).")),
    "kafka": Entry("kafka", ("Kafka: emner og rettigheder.", "Kafka: topics and permits."), is_group=True),
    "import": Entry("importing", ("Hent historik ind fra andre systemer.", "Take history in."), is_group=True),
    "export": Entry("export", ("Tag noget med ud: alt, samtykker.", "Take out: everything, consents."), is_group=True),
    "demo": Entry("demo", ("Kør hubben med opdigtede borgere.", "Run the hub with invented citizens.")),
}  # fmt: skip
"""Every command; one whose module is not installed is not listed."""


def _installed(name: str) -> bool:
    return name in COMMANDS and find_spec(f"{package}.cli.{COMMANDS[name].module}") is not None


class Root(Group):
    """The root: finds a command's module when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's
        """Every command that is installed."""
        return [name for name in COMMANDS if _installed(name)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the library's
        """Import a command."""
        if not _installed(cmd_name):
            return None
        entry = COMMANDS[cmd_name]
        found: TyperGroup = get_group(import_module(f"{package}.cli.{entry.module}").app)
        return found if entry.is_group else found.commands[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, say(*COMMANDS[name].help)) for name in self.list_commands(ctx)])


app: Final = typer.Typer(
    cls=Root,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
)


@app.callback(
    help=say(
        "Koordineringshubben: de, der hjælper den samme borger, samarbejder om det, borgeren vil dele.",
        "The coordination hub: those who help the same citizen cooperate on what the citizen will share.",
    ),
    epilog="\b\n"
    + say("Eksempel:", "Example:")
    + "\n  hub --demo up\n  hub --demo timeline Hanne --as citizen\n\n"
    + say(
        "Datoer er 2026-03-01. `til og med` er dagen med. Exitkoder: docs/operating.md.",
        "Dates are 2026-03-01; an end includes its day. Exit codes: docs/operating.md.",
    ),
)
def root(
    *,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo",
            help=say(
                "Demonstrationen: .cache/demo, opdigtede borgere, navne duer som CITIZEN.",
                "The demonstration: .cache/demo, invented citizens, names serve as CITIZEN.",
            ),
        ),
    ] = False,
    home: Annotated[
        Path | None,
        typer.Option(
            "--home",
            metavar="FOLDER",
            help=say("Datamappen, i stedet for HUB_HOME.", "The data folder, instead of HUB_HOME."),
        ),
    ] = None,
) -> None:
    """Set what holds for every command; the settings and the processes we start read it from the environment."""
    if demo:
        use_demonstration(home)
    elif home is not None:
        os.environ["HUB_HOME"] = str(home.absolute())


def use_demonstration(home: Path | None = None) -> None:
    """A home and a root key of the demonstration's own, whatever the environment says of the real ones."""
    place = (home or _beside() / ".cache" / "demo").absolute()
    os.environ["HUB_DEMO"] = "true"
    os.environ["HUB_HOME"] = str(place)
    os.environ["HUB_ROOT_KEY_FILE"] = str(place.with_name(f"{place.name}.key"))
    os.environ.pop("HUB_DATABASE_URL", None)
    for setting in [name for name in os.environ if name.startswith("HUB_KAFKA_")]:
        del os.environ[setting]
    if (place / "kafka" / "data").exists():  # it was played on a Kafka of its own, and lives there
        os.environ["HUB_KAFKA_BOOTSTRAP"] = "local"


def _beside() -> Path:
    """The checkout, where there is one; otherwise where we stand."""
    checkout = Path(__file__).resolve().parents[2]
    return checkout if (checkout / "pyproject.toml").exists() else Path.cwd()


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; whatever goes wrong is one line, and never holds data."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = get_group(app).main(_global_first(arguments), prog_name="hub", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: an exception's words may hold data
        return _ended(error)
    return code if isinstance(code, int) else 0


def _ended(error: Exception) -> int:
    """Say in one line why a command did not work out, and return its exit code."""
    if isinstance(error, AccessDenied):
        note(say(*DENIAL))
        return error.exit_code
    if isinstance(error, HubError):
        note(f"{say('FEJL', 'ERROR')}: {told(error)}")
        return error.exit_code
    if isinstance(error, typer.TyperException):
        return _usage(error)
    kind = type(error).__name__
    note(
        say(
            f"FEJL: Noget gik galt, som hubben ikke kender ({kind}). Prøv igen, eller meld det.",
            f"ERROR: Something went wrong that the hub does not know ({kind}). Try again, or report it.",
        )
    )
    return UNEXPECTED


def _global_first(arguments: list[str]) -> list[str]:
    """Let --demo and --home stand anywhere: `hub up --demo` is what people write."""
    first: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument == "--home":
            first += [argument, *([value] if (value := next(waiting, None)) is not None else [])]
        elif argument == "--demo" or argument.startswith("--home="):
            first.append(argument)
        else:
            rest.append(argument)
    return [*first, *rest]


def _usage(error: typer.TyperException) -> int:
    """A command that was written wrongly, in one line: which option it is about, and where the help is."""
    kind, context = type(error).__name__, getattr(error, "ctx", None)
    path = context.command_path if context is not None else "hub"
    if kind == "NoArgsIsHelpError":
        out(in_danish(error.message))
        return USAGE
    parameter = getattr(error, "param", None)
    where = getattr(error, "option_name", None) or (parameter and _named(parameter)) or ""
    what = {
        "MissingParameter": say(f"{where} mangler", f"{where} is missing"),
        "NoSuchOption": say(f"Der er intet valg {where}", f"There is no option {where}"),
        "BadParameter": say(f"{where} kan ikke læses", f"{where} cannot be read"),
        "BadOptionUsage": say(f"{where} skal have en værdi", f"{where} needs a value"),
    }.get(kind) or say(
        "Kommandoen findes ikke, eller der er for lidt eller for meget",
        "There is no such command, or something is missing or too much",
    )
    note(f"{say('FEJL', 'ERROR')}: {what}: {say('se', 'see')} {path} --help")
    return USAGE


def _named(parameter: Any) -> str:
    options = [option for option in parameter.opts if option.startswith("--")]
    return options[0] if options else str(getattr(parameter, "metavar", None) or parameter.name).upper()
