"""The server under the pages."""

import gc
import logging
import threading
from contextlib import suppress
from typing import Final

import uvicorn

from hub.bootstrap import Wired
from hub.errors import Misconfigured
from hub.web.app import application

_GRACE: Final = 5
"""Seconds for answers under way, when told to stop."""


def unburdened() -> None:
    """Keep what the program itself holds out of the garbage collector's way: a page then takes a third less."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def serve(wired: Wired, *, host: str, port: int, loopback: bool, secure: bool, stop: threading.Event) -> None:
    """Serve until told to stop. Raises Misconfigured when the port is taken."""
    config = uvicorn.Config(
        application(wired, loopback=loopback, secure=secure),
        host=host,
        port=port,
        log_config=None,
        access_log=False,  # addresses hold references; what was read stands in the access log
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
        h11_max_incomplete_event_size=64 * 1024,
    )
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    server = uvicorn.Server(config)
    unburdened()
    thread = threading.Thread(target=_run, args=(server,), daemon=True)
    thread.start()
    while thread.is_alive() and not stop.wait(0.2):
        pass
    failed = not thread.is_alive() and not server.started
    server.should_exit = True
    thread.join(_GRACE + 2)
    if failed:
        raise Misconfigured(
            f"The pages could not begin on port {port}: is it taken? Choose another with --port."
        )


def _run(server: uvicorn.Server) -> None:
    with suppress(SystemExit):
        server.run()
