"""The verbs of plans, meetings and handovers that their events' own rules make."""

from typing import Final

from hub.cli.telling import Row

MEETING: Final = (
    Row(
        "explain",
        "meeting.purpose_explained",
        (
            "Forklar borgeren, hvad mødet skal bruges til.",
            "Explain what the meeting is for.",
        ),
    ),
    Row("answer", "meeting.participant_answered", ("Svar på en indbydelse.", "Answer an invitation.")),
    Row(
        "propose-item",
        "meeting.agenda_item_proposed",
        (
            "Foreslå et punkt til dagsordenen.",
            "Propose an item of the agenda.",
        ),
    ),
    Row(
        "accept-item",
        "meeting.agenda_item_accepted",
        (
            "Sæt et punkt på dagsordenen.",
            "Put an item on the agenda.",
        ),
    ),
    Row(
        "input",
        "meeting.input_given",
        (
            "Send input til et møde, du ikke kan komme til.",
            "Give input to a meeting you cannot come to.",
        ),
    ),
    Row(
        "message",
        "meeting.citizen_message_given",
        (
            "Giv mødet en besked; mødet begynder med den.",
            "Give the meeting a message; it opens with it.",
        ),
    ),
    Row("companion", "meeting.companion_chosen", ("Vælg en bisidder.", "Choose a companion.")),
    Row("chair", "meeting.chair_appointed", ("Vælg en mødeleder.", "Appoint a chair.")),
    Row(
        "share-preparation",
        "meeting.preparation_shared",
        ("Del din forberedelse.", "Share your preparation."),
    ),
    Row("talk-before", "meeting.talked_before", ("Tal om mødet på forhånd.", "Talk before the meeting.")),
    Row("place", "meeting.place_chosen", ("Vælg, hvor mødet er.", "Choose where the meeting is.")),
    Row(
        "split",
        "meeting.split",
        (
            "Del et møde i flere med færre deltagere.",
            "Split a meeting into smaller ones.",
        ),
    ),
    Row("talk-after", "meeting.talked_afterwards", ("Tal sammen efter mødet.", "Talk after the meeting.")),
    Row("approve-minutes", "meeting.minutes_approved", ("Godkend referatet.", "Approve the minutes.")),
)
PLAN: Final = (
    Row(
        "order",
        "plan.order_sent",
        (
            "Bestil støtte hos en udfører (myndigheden).",
            "Order support from a provider (the authority).",
        ),
    ),
    Row("receive-order", "plan.order_received", ("Kvitter for en bestilling.", "Receive an order.")),
    Row("end-order", "plan.order_ended", ("Slut en bestilling.", "End an order.")),
    Row(
        "link-order",
        "plan.linked_to_order",
        (
            "Knyt udførerens plan til en bestilling.",
            "Link a provider's plan to an order.",
        ),
    ),
    Row(
        "revise",
        "plan.revised",
        (
            "Skriv, hvad der er ændret i planen.",
            "Note what is changed in the plan.",
        ),
    ),
    Row(
        "hand-out",
        "plan.handed_out",
        (
            "Noter, at borgeren har fået planen.",
            "Note that the citizen has the plan in hand.",
        ),
    ),
    Row(
        "self-check",
        "plan.self_checked",
        (
            "Tjek: viser planen håb, styrker og netværk?",
            "Check: does the plan show hopes, strengths, network?",
        ),
    ),
    Row("pause-support", "plan.support_paused", ("Lad støtten holde pause.", "Let support rest.")),
    Row(
        "shape-support",
        "plan.support_shaped",
        (
            "Aftal, hvornår, hvor og hvordan støtten gives.",
            "Agree when, where and how support is given.",
        ),
    ),
    Row("follow-up", "plan.follow_up_planned", ("Planlæg en opfølgning.", "Plan a follow-up.")),
    Row(
        "reflect",
        "plan.reflection_shared",
        (
            "Del dine tanker før opfølgningen.",
            "Share a reflection before the follow-up.",
        ),
    ),
    Row(
        "hold-follow-up",
        "plan.follow_up_held",
        (
            "Noter opfølgningen: før, efter og hvad der følger.",
            "Record the follow-up: before, after and what follows.",
        ),
    ),
    Row(
        "view",
        "plan.view_given",
        (
            "Skriv, hvordan det ser ud herfra; to syn står side om side.",
            "Give a view; two views stand side by side.",
        ),
    ),
)
HANDOVER: Final = (
    Row(
        "carry",
        "handover.carried_over",
        (
            "Tag en aftale eller et samtykke med videre.",
            "Carry an agreement or a consent over.",
        ),
    ),
    Row(
        "let-go",
        "handover.let_go",
        (
            "Lad en aftale eller et samtykke blive tilbage, med grunden.",
            "Do not carry an agreement or a consent on, with the reason.",
        ),
    ),
    Row(
        "retelling",
        "handover.retelling_reported",
        (
            "Skulle det siges forfra?",
            "Did it have to be told again?",
        ),
    ),
)
EVENT: Final = (
    Row(
        "take-in",
        "citizen.correction_taken_in",
        ("Kvitter: du har taget rettelsen til dig.", "Confirm that you have taken the correction in."),
    ),
    Row(
        "withhold",
        "citizen.item_withheld",
        (
            "Hold én oplysning tilbage for borgeren, med regel, grund og dato (myndigheden).",
            "Withhold one item from the citizen, with rule, reason and date (the authority).",
        ),
    ),
    Row(
        "show-again",
        "citizen.withholding_ended",
        ("Vis den igen før tiden.", "Show it again before its time."),
    ),
)
