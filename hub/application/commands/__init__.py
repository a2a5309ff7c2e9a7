"""The verbs: what coordinators, partners and citizens do. Each is one command, decided by the aggregates.

Every function returns an `Answer` with the ids it made; `meta` is what any command can carry: `command_id`,
`occurred_at` (None: undated), `source`.
"""

from hub.application.commands.base import Meta
from hub.application.commands.care import convene, on_meeting, on_plan, open_plan
from hub.application.commands.citizens import (
    assign,
    end_contact_person,
    end_relation,
    enrol,
    record_contact,
    record_death,
    release_coordinator,
    retell_hope,
    tell_hope,
)
from hub.application.commands.consents import (
    agree_text,
    confirm_purge,
    expire_consents,
    give_consent,
    lift_block,
    narrow_consent,
    refuse_consent,
    renew_consent,
    set_block,
    withdraw_consent,
)
from hub.application.commands.handovers import on_handover, propose_handover
from hub.application.commands.partners import (
    adopt_ceiling,
    record_partner_agreement,
    register_partner,
    resume_partner,
    suspend_partner,
)

__all__ = [
    "Meta",
    "adopt_ceiling",
    "agree_text",
    "assign",
    "confirm_purge",
    "convene",
    "end_contact_person",
    "end_relation",
    "enrol",
    "expire_consents",
    "give_consent",
    "lift_block",
    "narrow_consent",
    "on_handover",
    "on_meeting",
    "on_plan",
    "open_plan",
    "propose_handover",
    "record_contact",
    "record_death",
    "record_partner_agreement",
    "refuse_consent",
    "register_partner",
    "release_coordinator",
    "renew_consent",
    "resume_partner",
    "retell_hope",
    "set_block",
    "suspend_partner",
    "tell_hope",
    "withdraw_consent",
]
