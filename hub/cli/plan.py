"""Plans: the authority's and the providers', with goals in the citizen's own words, and the support granted."""

from collections.abc import Callable
from typing import Annotated, Final
from uuid import UUID

from hub.aggregates import Act, Plan
from hub.application import commands
from hub.application.commands import Meta
from hub.application.hub import Answer, made
from hub.cli.base import group, verb
from hub.cli.options import (
    As,
    Citizen,
    CommandId,
    Json,
    Labels,
    Occurred,
    TextOption,
    Words,
    argument,
    done,
    meta,
    option,
)
from hub.cli.session import Session, needed, needed_uuid, session, written
from hub.cli.telling import add_told
from hub.cli.told_verbs import PLAN
from hub.texts import Pair

app: Final = group(
    "Planer: handleplan og indsatsplan, mål og støtte.",
    "Plans: the authority's and the provider's, goals and support.",
    "hub plan open CITIZEN --kind handleplan --as lene",
)

PlanArgument = Annotated[str, argument("PLAN", "Planen, eller dens ref.", "The plan, or its ref.")]
Goal = Annotated[str, argument("GOAL", "Målet, eller dets ref.", "The goal, or its ref.")]
Support = Annotated[str, argument("SUPPORT", "Støtten, eller dens ref.", "The support, or its ref.")]
Professional = Annotated[
    str | None,
    option(
        "--professional",
        "De faglige ord, ved siden af borgerens.",
        "The professional wording, beside the citizen's.",
        "TEXT",
    ),
]
Do = Callable[[Plan, Act], dict[str, UUID] | None]


def _on(citizen: str, plan: str, who: str, terms: Meta, do: Callable[[Session, UUID], Do]) -> Answer:
    needed_uuid(plan, "PLAN")
    with session() as s:
        whom, actor = s.citizen(citizen), s.actor(who)
        s.hub.check_may_write(actor, whom)
        return commands.on_plan(s.hub, actor, whom, s.resolved(whom, plan), do(s, whom), **terms)


def _tell(answer: Answer, said: Pair, *, as_json: bool) -> None:
    done(answer, *said, as_json=as_json)


@verb(
    app,
    "open",
    "Begynd en plan: handleplan (myndigheden) eller indsatsplan (en udfører).",
    "Begin a plan: handleplan (the authority) or indsatsplan (a provider).",
    "hub plan open CITIZEN --kind handleplan --as lene",
)
def open_plan(
    citizen: Citizen,
    kind: Annotated[
        str, option("--kind", "handleplan eller indsatsplan.", "handleplan or indsatsplan.", "KIND")
    ],
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Open a plan."""
    terms, said = meta(command_id, occurred), written(text, label)
    with session() as s:
        answer = commands.open_plan(s.hub, s.actor(as_), s.citizen(citizen), kind, said, **terms)
        _tell(answer, ("planen er begyndt", "the plan has begun"), as_json=json)


@verb(
    app,
    "set-goal",
    "Sæt et mål i borgerens egne ord.",
    "Set a goal in the citizen's own words.",
    'hub plan set-goal CITIZEN PLAN --words "Have en hund" --label plan --as mette',
)
def set_goal(
    citizen: Citizen,
    plan: PlanArgument,
    as_: As,
    words: Words = None,
    professional: Professional = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Set a goal."""
    own, wording = written(words, label), written(professional, label)

    def do(_s: Session, _citizen: UUID) -> Do:
        def decide(found: Plan, act: Act) -> dict[str, UUID]:
            goal = made(act, "goal")
            found.set_goal(goal, act, words=own, professional=wording)
            return {"goal": goal}

        return decide

    answer = _on(citizen, plan, as_, meta(command_id, occurred), do)
    _tell(answer, ("målet er sat", "the goal is set"), as_json=json)


@verb(
    app,
    "reword-goal",
    "Sig et mål med andre ord; de gamle bliver i historien.",
    "Say a goal in other words; the old ones stay in the history.",
    'hub plan reword-goal CITIZEN PLAN GOAL --words "To hunde" --label plan --as mette',
)
def reword_goal(
    citizen: Citizen,
    plan: PlanArgument,
    goal: Goal,
    as_: As,
    words: Words = None,
    professional: Professional = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Reword a goal."""
    own, wording = written(words, label), written(professional, label)
    needed_uuid(goal, "GOAL")

    def do(s: Session, whom: UUID) -> Do:
        which = s.resolved(whom, goal, "goal")
        return lambda found, act: found.reword_goal(which, act, words=own, professional=wording)

    answer = _on(citizen, plan, as_, meta(command_id, occurred), do)
    _tell(answer, ("målet er sagt med andre ord", "the goal is reworded"), as_json=json)


@verb(
    app,
    "progress",
    "Fortæl, hvordan det går med et mål.",
    "Tell how a goal goes.",
    'hub plan progress CITIZEN PLAN GOAL --words "Jeg har ringet" --label plan --as mette',
)
def progress(
    citizen: Citizen,
    plan: PlanArgument,
    goal: Goal,
    as_: As,
    words: Words = None,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Tell how a goal goes."""
    own, told = written(words, label), written(text, label)
    needed_uuid(goal, "GOAL")

    def do(s: Session, whom: UUID) -> Do:
        which = s.resolved(whom, goal, "goal")
        return lambda found, act: found.progress_goal(which, act, words=own, text=told)

    answer = _on(citizen, plan, as_, meta(command_id, occurred), do)
    _tell(answer, ("det er skrevet ned", "it is written down"), as_json=json)


@verb(
    app,
    "reach-goal",
    "Målet er nået.",
    "The goal is reached.",
    "hub plan reach-goal CITIZEN PLAN GOAL --as mette",
)
def reach_goal(
    citizen: Citizen,
    plan: PlanArgument,
    goal: Goal,
    as_: As,
    words: Words = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Reach a goal."""
    own = written(words, label)
    needed_uuid(goal, "GOAL")

    def do(s: Session, whom: UUID) -> Do:
        which = s.resolved(whom, goal, "goal")
        return lambda found, act: found.reach_goal(which, act, words=own)

    answer = _on(citizen, plan, as_, meta(command_id, occurred), do)
    _tell(answer, ("målet er nået", "the goal is reached"), as_json=json)


@verb(
    app,
    "let-go",
    "Giv slip på et mål; det er intet nederlag.",
    "Let a goal go; that is no failure.",
    "hub plan let-go CITIZEN PLAN GOAL --as mette",
)
def let_go(
    citizen: Citizen,
    plan: PlanArgument,
    goal: Goal,
    as_: As,
    words: Words = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Let a goal go."""
    own = written(words, label)
    needed_uuid(goal, "GOAL")

    def do(s: Session, whom: UUID) -> Do:
        which = s.resolved(whom, goal, "goal")
        return lambda found, act: found.let_goal_go(which, act, words=own)

    answer = _on(citizen, plan, as_, meta(command_id, occurred), do)
    _tell(answer, ("målet er lagt fra", "the goal is let go"), as_json=json)


@verb(
    app,
    "grant-support",
    "Bevilg støtte under en paragraf (myndigheden).",
    "Grant support under a paragraph (the authority).",
    'hub plan grant-support CITIZEN PLAN --provider socialpsykiatri --paragraph "§ 85" --as lene',
)
def grant_support(
    citizen: Citizen,
    plan: PlanArgument,
    provider: Annotated[str, option("--provider", "Hvem der udfører den.", "Who provides it.", "PARTNER")],
    paragraph: Annotated[
        str, option("--paragraph", "Paragraffen, fx “§ 85”.", "The paragraph, for example “§ 85”.", "§")
    ],
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Grant support."""
    said = written(text, label)

    def do(s: Session, _citizen: UUID) -> Do:
        where = s.partner(provider, "--provider")

        def decide(found: Plan, act: Act) -> dict[str, UUID]:
            support = made(act, "support")
            found.grant_support(support, where, paragraph, act, text=said)
            return {"support": support}

        return decide

    answer = _on(citizen, plan, as_, meta(command_id, occurred), do)
    _tell(answer, ("støtten er bevilget", "support is granted"), as_json=json)


@verb(
    app,
    "adjust-support",
    "Justér støtten inden for bevillingen.",
    "Adjust support within the grant.",
    'hub plan adjust-support CITIZEN PLAN SUPPORT --text "To gange om ugen" --label plan --as mette',
)
def adjust_support(
    citizen: Citizen,
    plan: PlanArgument,
    support: Support,
    text: Annotated[
        str, option("--text", "Hvad der ændres (- læser fra stdin).", "What changes (- reads stdin).", "TEXT")
    ],
    as_: As,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Adjust support."""
    said = needed(text, label)
    needed_uuid(support, "SUPPORT")

    def do(s: Session, whom: UUID) -> Do:
        which = s.resolved(whom, support, "support")
        return lambda found, act: found.adjust_support(which, said, act)

    answer = _on(citizen, plan, as_, meta(command_id, occurred), do)
    _tell(answer, ("støtten er justeret", "support is adjusted"), as_json=json)


@verb(
    app,
    "end-support",
    "Slut en støtte (myndigheden).",
    "End a support (the authority).",
    "hub plan end-support CITIZEN PLAN SUPPORT --as lene",
)
def end_support(
    citizen: Citizen,
    plan: PlanArgument,
    support: Support,
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """End support."""
    said = written(text, label)
    needed_uuid(support, "SUPPORT")

    def do(s: Session, whom: UUID) -> Do:
        which = s.resolved(whom, support, "support")
        return lambda found, act: found.end_support(which, act, text=said)

    answer = _on(citizen, plan, as_, meta(command_id, occurred), do)
    _tell(answer, ("støtten er sluttet", "support has ended"), as_json=json)


@verb(
    app,
    "close",
    "Slut planen; støtten skal være sluttet først.",
    "Close the plan; its support must have ended first.",
    "hub plan close CITIZEN PLAN --as lene",
)
def close(
    citizen: Citizen,
    plan: PlanArgument,
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Close a plan."""
    said = written(text, label)
    answer = _on(
        citizen, plan, as_, meta(command_id, occurred), lambda *_: lambda p, act: p.close(act, text=said)
    )
    _tell(answer, ("planen er sluttet", "the plan is closed"), as_json=json)


add_told(app, "hub plan", PLAN)
