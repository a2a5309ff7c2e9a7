"""The server under the pages."""

import gc
import logging
import socket
import threading
from typing import Final

import uvicorn

from hub.bootstrap import Wired
from hub.errors import Misconfigured
from hub.web.app import application

_QUEUE: Final = 512
_GRACE: Final = 5
"""Seconds for answers under way, when told to stop."""


def unburdened() -> None:
    """Keep what the program itself holds out of the garbage collector's way: a page then takes a third less."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def listen(host: str, port: int) -> socket.socket:
    """Take the port, for one process or for several that serve together. Raises Misconfigured when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError:
        taken.close()
        raise Misconfigured(
            f"The pages could not begin on port {port}: is it taken? Choose another with --port."
        ) from None
    taken.listen(_QUEUE)
    return taken


def serve(
    wired: Wired, listening: socket.socket, *, loopback: bool, secure: bool, stop: threading.Event
) -> None:
    """Serve whom this socket brings until told to stop."""
    config = uvicorn.Config(
        application(wired, loopback=loopback, secure=secure),
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
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while thread.is_alive() and not stop.wait(0.2):
        pass
    server.should_exit = True
    thread.join(_GRACE + 2)
