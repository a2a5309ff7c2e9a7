"""What is done on a plan, a goal or a changed need with a small form: which fields it has, and which command it is."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.aggregates import Actor
from hub.application import commands
from hub.application.hub import Answer, made
from hub.desk.saying import as_uuid
from hub.texts import Pair, say
from hub.vocabulary import PARAGRAPHS
from hub.web.place import Place
from hub.web.telling import Field, class_of, fields_for

Do = Callable[..., Answer]


class Act(NamedTuple):
    """One thing that can be done."""

    title: Pair
    hint: Pair
    event: str
    matter: str | None = None
    """What the reference in the address names: the field, or None for the plan itself."""
    authority: bool = False


_NOTHING: Final[Pair] = ("", "")
ON_PLAN: Final[dict[str, Act]] = {
    "maal": Act(
        ("Sæt et mål", "Set a goal"),
        (
            "Borgerens egne ord først. De faglige kan stå ved siden af.",
            "The citizen's own words first. The professional ones may stand beside.",
        ),
        "plan.goal_set",
    ),
    "ord": Act(
        ("Sig målet med andre ord", "Say the goal in other words"),
        ("De gamle ord bliver i historien.", "The old words stay in the history."),
        "plan.goal_reworded",
        "goal",
    ),
    "naaet": Act(("Målet er nået", "The goal is reached"), _NOTHING, "plan.goal_reached", "goal"),
    "slip": Act(
        ("Giv slip på målet", "Let the goal go"),
        ("Det er intet nederlag, og ingen spørger hvorfor.", "That is no failure, and nobody asks why."),
        "plan.goal_let_go",
        "goal",
    ),
    "syn": Act(
        ("Skriv, hvordan du ser det", "Write how you see it"),
        (
            "To syn står ved siden af hinanden; ingen af dem overskriver det andet.",
            "Two views stand side by side; neither overwrites the other.",
        ),
        "plan.view_given",
        "goal",
    ),
    "opfoelgning": Act(("Planlæg en opfølgning", "Plan a follow-up"), _NOTHING, "plan.follow_up_planned"),
    "juster": Act(
        ("Justér støtten", "Adjust the support"),
        ("Inden for det, der er bevilget.", "Within what was granted."),
        "plan.support_adjusted",
        "support",
    ),
    "bestil": Act(
        ("Send en bestilling", "Send an order"),
        (
            "Udføreren skal kvittere inden tre arbejdsdage.",
            "The provider is to acknowledge it within three working days.",
        ),
        "plan.order_sent",
        authority=True,
    ),
    "bevilg": Act(("Bevilg støtte", "Grant support"), _NOTHING, "plan.support_granted", authority=True),
}
"""By the word in the address: what is done on a plan."""
ON_CITIZEN: Final[dict[str, Act]] = {
    "kvitter": Act(
        ("Kvittér for det ændrede behov", "Acknowledge the changed need"),
        (
            "I har læst det. Vurderingen kommer bagefter.",
            "You have read it. The assessment comes afterwards.",
        ),
        "citizen.need_change_acknowledged",
        "need",
        authority=True,
    ),
    "vurder": Act(
        ("Vurdér det ændrede behov", "Assess the changed need"),
        ("Skriv, hvad der følger af det.", "Write what follows from it."),
        "citizen.need_change_assessed",
        "need",
        authority=True,
    ),
    "svar": Act(
        ("Giv det første svar", "Give the first reply"),
        _NOTHING,
        "citizen.inquiry_answered",
        "inquiry",
        authority=True,
    ),
    "afgoer": Act(
        ("Træf afgørelse", "Decide"),
        (
            "Skriv begrundelsen, så borgeren kan forstå den.",
            "Write the reasons so that the citizen can understand them.",
        ),
        "citizen.support_decided",
        "inquiry",
        authority=True,
    ),
}
"""By the word in the address: what the authority does about a need or an inquiry."""


def fields_of_act(place: Place, act: Act) -> list[Field]:
    """The fields of its form."""
    own = say("Med borgerens egne ord", "In the citizen's own words")
    words = Field("words", "text", own, needed=False)
    professional = Field(
        "professional", "text", say("De faglige ord", "The professional wording"), needed=False
    )
    names = tuple((name, name) for name, _ in sorted(place.partners().values()))
    provider = Field(
        "provider",
        "choice",
        say("Hvem skal udføre det?", "Who is to provide it?"),
        needed=True,
        choices=names,
    )
    paragraph = Field(
        "paragraph", "choice", say("Efter hvilken paragraf?", "Under which paragraph?"), needed=True,
        choices=tuple((one, one) for one in PARAGRAPHS),
    )  # fmt: skip
    text = say("Det, du vil skrive", "What you want to write")
    match act.event:
        case "plan.goal_set" | "plan.goal_reworded":
            return [words, professional]
        case "plan.goal_reached" | "plan.goal_let_go":
            return [words]
        case "plan.support_adjusted":
            return [Field("text", "text", say("Hvad ændres?", "What changes?"), needed=True)]
        case "plan.support_granted":
            return [provider, paragraph, Field("text", "text", text, needed=False)]
        case "plan.order_sent":
            return [provider, Field("text", "text", say("Hvad bestilles?", "What is ordered?"), needed=True)]
    return fields_for(act.event, without=("provider", "goal"))


def needs_of(act: Act) -> tuple[str, ...]:
    """Of these fields one must be filled in."""
    if act.event in ("plan.goal_set", "plan.goal_reworded"):
        return ("words", "professional")
    return class_of(act.event).RULE.needs if act.event not in _PLAN else ()


def recorder(  # noqa: PLR0917 - who does what to whom
    place: Place, actor: Actor, citizen: UUID, act: Act, at: str, said: Mapping[str, Any]
) -> Do:
    """The command; carried out, or rehearsed."""
    named = as_uuid(at) or UUID(int=0)
    plan = place.resolve(citizen, named)
    subject = plan if act.matter is None else place.resolve(citizen, named, act.matter)
    fields = dict(said)
    if "provider" in fields:
        known = {name: partner for partner, (name, _) in place.partners().items()}
        fields["provider"] = known[fields["provider"]]
    hub = place.hub
    if act.event in _PLAN:
        do = _PLAN[act.event]
        return lambda **meta: commands.on_plan(
            hub, actor, citizen, plan, lambda found, told: do(found, subject, told, fields), **meta
        )
    if act.matter is not None:
        fields[act.matter] = subject
    on = plan if act.event.startswith("plan.") else None
    return lambda **meta: commands.tell(hub, actor, citizen, class_of(act.event), fields, on, **meta)


def _set_goal(plan: Any, _subject: UUID, act: Any, said: Mapping[str, Any]) -> dict[str, UUID]:
    goal = made(act, "goal")
    plan.set_goal(goal, act, words=said["words"], professional=said["professional"])
    return {"goal": goal}


def _grant(plan: Any, _subject: UUID, act: Any, said: Mapping[str, Any]) -> dict[str, UUID]:
    support = made(act, "support")
    plan.grant_support(support, said["provider"], said["paragraph"], act, text=said["text"])
    return {"support": support}


_PLAN: Final[dict[str, Callable[[Any, UUID, Any, Mapping[str, Any]], Any]]] = {
    "plan.goal_set": _set_goal,
    "plan.goal_reworded": lambda plan, goal, act, said: plan.reword_goal(
        goal, act, words=said["words"], professional=said["professional"]
    ),
    "plan.goal_reached": lambda plan, goal, act, said: plan.reach_goal(goal, act, words=said["words"]),
    "plan.goal_let_go": lambda plan, goal, act, said: plan.let_goal_go(goal, act, words=said["words"]),
    "plan.support_adjusted": lambda plan, support, act, said: plan.adjust_support(support, said["text"], act),
    "plan.support_granted": _grant,
}
"""The commands that a plan has of its own."""
