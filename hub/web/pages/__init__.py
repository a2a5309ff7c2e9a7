"""The pages, by whom they are for."""

from typing import Final

from fastapi import APIRouter

from hub.web.pages import citizen, entrance, overview

ROUTERS: Final[tuple[APIRouter, ...]] = (entrance.router, overview.router, citizen.router)
