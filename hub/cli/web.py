"""`hub web`: the pages and the API, until told to stop."""

import ipaddress
import socket
import sys
import threading
from typing import Annotated, Final

from hub.cli.base import group, out, verb
from hub.cli.options import option
from hub.cli.process import stopping, until_closed
from hub.cli.running import Watched
from hub.cli.session import session
from hub.errors import Misconfigured
from hub.logs import configure
from hub.texts import say

app: Final = group("Siderne.", "The pages.", "hub web")
PORT: Final = 8400


@verb(
    app,
    "web",
    "Vis siderne i en browser, til du stopper (Ctrl-C).",
    "Serve the pages to a browser until you stop (Ctrl-C).",
    "hub web\nhub --demo web --port 8500",
)
def web(
    port: Annotated[int, option("--port", f"Porten ({PORT}).", f"The port ({PORT}).", "NUMBER")] = PORT,
    host: Annotated[
        str, option("--host", "Adressen (127.0.0.1).", "The address (127.0.0.1).", "ADDRESS")
    ] = "127.0.0.1",
    *,
    tls: Annotated[
        bool,
        option(
            "--behind-tls",
            "Der er TLS foran (HSTS, sikre cookies).",
            "TLS is in front (HSTS, secure cookies).",
        ),
    ] = False,
    watched: Watched = False,
    listening: Annotated[
        int | None,
        option("--listening", "En åben port fra hub up.", "An open port of hub up's.", "NUMBER"),
    ] = None,
) -> None:
    """Serve the pages."""
    from hub.web.serving import listen, serve  # noqa: PLC0415 - the web libraries take a while, and only this verb needs them

    configure()
    with stopping() as stop, session() as s:
        if watched:
            threading.Thread(target=until_closed, args=(stop,), daemon=True).start()
        if s.demo and not _loopback(host):
            raise Misconfigured(
                say(
                    "Demonstrationen vises kun på denne maskine: lad --host være.",
                    "The demonstration is shown on this machine alone: leave --host out.",
                )
            )
        port_of_ours = listen(host, port) if listening is None else socket.socket(fileno=listening)
        if not watched:
            out(say(f"Siderne er på http://{host}:{port}/", f"The pages are at http://{host}:{port}/"))
            sys.stdout.flush()
        serve(s.wired, port_of_ours, loopback=_loopback(host), secure=tls, stop=stop)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
