"""The pages, by whom they are for."""

from typing import Final

from fastapi import APIRouter

from hub.web.pages import (
    admin,
    agreements,
    authority,
    calendar,
    citizen,
    codes,
    companion,
    consent_blocks,
    consent_giving,
    consents,
    convening,
    doing,
    emergency,
    enrol,
    entrance,
    handovers,
    holding,
    inbox,
    meeting_verbs,
    meetings,
    mine,
    more,
    my_history,
    my_meetings,
    my_trust,
    overview,
    partner_citizen,
    people,
    plan,
    received,
    search,
    staff_consents,
    team,
    town,
    writing,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    entrance.router, overview.router, citizen.router, search.router, team.router,
    writing.router, doing.router, authority.router, plan.router, more.router, people.router,
    agreements.router, companion.router, received.router, handovers.router,
    holding.router, convening.router, meetings.router, meeting_verbs.router,
    consents.router, consent_giving.router, consent_blocks.router, mine.router, my_meetings.router,
    staff_consents.router, emergency.router, my_history.router, my_trust.router, calendar.router,
    inbox.router, partner_citizen.router, enrol.router, codes.router, admin.router, town.router,
)  # fmt: skip
