"""The verbs: what coordinators, partners and citizens do. Each is one command, decided by the aggregates.

Every function returns an `Answer` with the ids it made; `meta` is what any command can carry: `command_id`,
`occurred_at` (None: undated), `source`.
"""

from hub.application.commands.amending import correct, dispute, misfile, relabel
from hub.application.commands.base import Meta
from hub.application.commands.bases import end_basis, record_disclosure, register_basis
from hub.application.commands.care import convene, on_meeting, on_plan, open_plan
from hub.application.commands.changing import Settling, change_contact_person, change_coordinator
from hub.application.commands.citizens import (
    assign,
    end_contact_person,
    end_relation,
    end_representative,
    enrol,
    make_crisis_agreement,
    note_treatment,
    protect_address,
    record_contact,
    record_death,
    register_representative,
    release_coordinator,
    retell_hope,
    tell_hope,
    unprotect_address,
)
from hub.application.commands.closing import close_citizen, reopen_citizen
from hub.application.commands.consents import (
    agree_text,
    approve_agreement,
    confirm_consent,
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
from hub.application.commands.cooperation import cooperate, cooperations
from hub.application.commands.emergency import close_emergency, open_emergency, review_emergency
from hub.application.commands.handovers import on_handover, propose_handover
from hub.application.commands.linking import link, make_code
from hub.application.commands.partners import (
    adopt_ceiling,
    confirm_legal_basis,
    record_partner_agreement,
    register_partner,
    resume_partner,
    suspend_partner,
)
from hub.application.commands.telling import tell

__all__ = [
    "Meta",
    "Settling",
    "adopt_ceiling",
    "agree_text",
    "approve_agreement",
    "assign",
    "change_contact_person",
    "change_coordinator",
    "close_citizen",
    "close_emergency",
    "confirm_consent",
    "confirm_legal_basis",
    "confirm_purge",
    "convene",
    "cooperate",
    "cooperations",
    "correct",
    "dispute",
    "end_basis",
    "end_contact_person",
    "end_relation",
    "end_representative",
    "enrol",
    "expire_consents",
    "give_consent",
    "lift_block",
    "link",
    "make_code",
    "make_crisis_agreement",
    "misfile",
    "narrow_consent",
    "note_treatment",
    "on_handover",
    "on_meeting",
    "on_plan",
    "open_emergency",
    "open_plan",
    "propose_handover",
    "protect_address",
    "record_contact",
    "record_death",
    "record_disclosure",
    "record_partner_agreement",
    "refuse_consent",
    "register_basis",
    "register_partner",
    "register_representative",
    "relabel",
    "release_coordinator",
    "renew_consent",
    "reopen_citizen",
    "resume_partner",
    "retell_hope",
    "review_emergency",
    "set_block",
    "suspend_partner",
    "tell",
    "tell_hope",
    "unprotect_address",
    "withdraw_consent",
]
