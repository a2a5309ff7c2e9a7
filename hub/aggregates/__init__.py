"""The aggregates: each decides about one thing that belongs to a citizen (`Partner`: to an organisation)."""

from hub.aggregates import circle, closing, following, gathering, needs, voice, withholding
from hub.aggregates.amending import AMENDMENTS, Amendable
from hub.aggregates.base import Act, Actor, Aggregate, Organisation, Text, Window
from hub.aggregates.citizen import Citizen
from hub.aggregates.consents import Consents
from hub.aggregates.cooperation import Cooperation
from hub.aggregates.handover import Handover
from hub.aggregates.matters import TOLD, Told
from hub.aggregates.meeting import Meeting
from hub.aggregates.partner import Partner
from hub.aggregates.plan import Plan

AGGREGATES: tuple[type[Organisation], ...] = (
    Citizen,
    Consents,
    Plan,
    Meeting,
    Handover,
    Partner,
    Cooperation,
)

__all__ = [
    "AGGREGATES",
    "AMENDMENTS",
    "TOLD",
    "Act",
    "Actor",
    "Aggregate",
    "Amendable",
    "Citizen",
    "Consents",
    "Cooperation",
    "Handover",
    "Meeting",
    "Organisation",
    "Partner",
    "Plan",
    "Text",
    "Told",
    "Window",
    "circle",
    "closing",
    "following",
    "gathering",
    "needs",
    "voice",
    "withholding",
]
