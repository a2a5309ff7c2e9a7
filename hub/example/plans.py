"""Stories of the two plans: an order and the plan that answers it, two views at a follow-up, an order declined."""

from collections.abc import Callable
from typing import Final

from hub.aggregates import Text
from hub.example.steps import CITIZEN
from hub.example.tales import Tale

_T: Final = Text.of


def from_order_to_follow_up(e: Tale) -> None:
    """The authority orders, the provider plans, and at the follow-up two views stand side by side."""
    grant, by = e.grant(), e.coordinator
    e.keeps_support()
    text = _T(
        "Støtte til at komme ud og hjem igen, bygget på borgerens egne mål. Send os planen, når I har lavet den "
        "sammen.",
        "plan",
    )
    order = e.begin(0, e.case, "plan.order_sent", "order", grant.plan, provider=by.organisation.id, text=text)
    e.tell(
        2,
        by,
        "plan.order_received",
        grant.plan,
        order=order,
        text=_T("Modtaget. Første besøg er torsdag.", "plan"),
    )
    text = _T(
        "Indsatsplan: gå ud først, tale bagefter. Håbet står øverst, i borgerens ord.", "plan", "everyday"
    )
    plan = e.life.made(e.do(e.at(9), by, "open_plan", "indsatsplan", text), "plan")
    e.tell(9, by, "plan.linked_to_order", plan, action_plan=grant.plan, order=order)
    text = _T("Netværket mangler. Vi spørger om det på tirsdag.", "plan")
    e.tell(10, by, "plan.self_checked", plan, hopes=True, strengths=True, network=False, text=text)
    words = _T("Tirsdag og fredag, efter klokken ti. Ude, ikke i køkkenet. Helst den samme.", "plan")
    text = _T("To gange halvanden time om ugen, alene.", "plan")
    e.tell(12, e.provider(), "plan.support_shaped", grant.plan, support=grant.support, words=words, text=text)
    words = _T("Den ligger i skuffen under bestikket. Jeg har læst den.", "plan")
    e.tell(
        13,
        e.case,
        "plan.handed_out",
        grant.plan,
        words=words,
        text=_T("Udleveret på papir og læst igennem.", "plan"),
    )
    text = _T("Vi ser på det igen hos dig, med kaffe.", "plan")
    follow_up = e.begin(
        14, e.case, "plan.follow_up_planned", "follow_up", grant.plan, due=e.date(70), text=text
    )
    words = _T("Jeg er bange for, at I tager timerne, hvis jeg siger, at det går bedre.", "plan")
    e.tell(60, CITIZEN, "plan.reflection_shared", grant.plan, follow_up=follow_up, words=words)
    text = _T(
        "Fremgang tager ikke støtten fra dig af sig selv. Det har vi skrevet ned, så du kan vise det frem.",
        "plan",
    )
    e.tell(
        62,
        e.case,
        "citizen.future_support_discussed",
        text=text,
        words=_T("Godt. Så tør jeg sige det.", "plan"),
    )
    goal = e.goal()
    e.tell(
        64,
        by,
        "plan.view_given",
        grant.plan,
        goal=goal,
        text=_T("Jeg ser stor fremgang: ude fire dage om ugen.", "plan"),
    )
    words = _T("Jeg ser det ikke som fremgang. Jeg er mere træt, og det er også sandt.", "plan")
    e.tell(65, CITIZEN, "plan.view_given", grant.plan, goal=goal, words=words)
    terms = {
        "result": "same",
        "before": _T("Gik ud én gang om ugen og kun i mørke.", "plan"),
        "after": _T("Går ud fire gange, to af dem alene. Er træt om aftenen.", "plan"),
        "words": _T("Det skal blive, som det er. Det er svaret.", "plan"),
    }
    e.tell(70, e.case, "plan.follow_up_held", grant.plan, follow_up=follow_up, **terms)
    text = _T("Målet om aftensmad er sluppet. I stedet står der: spise sammen med nogen om søndagen.", "plan")
    e.tell(72, e.case, "plan.revised", grant.plan, text=text)


def an_order_declined(e: Tale) -> None:
    """One provider has no room and says so at once; another takes the order on, and ends it when it is carried out."""
    grant, helper = e.grant(), e.worker("home_care")
    text = _T("Hjælp til at få ro på morgenen i seks uger.", "plan")
    order = e.begin(
        1, e.case, "plan.order_sent", "order", grant.plan, provider=helper.organisation.id, text=text
    )
    no = _T(
        "Vi har ingen faste folk før sommer og vil ikke sende seks forskellige. Bedre at sige nej nu.", "plan"
    )
    e.tell(3, helper, "plan.order_ended", grant.plan, order=order, text=no)
    provider = e.coordinator.organisation.id
    order = e.begin(4, e.case, "plan.order_sent", "order", grant.plan, provider=provider, text=text)
    e.tell(5, e.coordinator, "plan.order_received", grant.plan, order=order)
    e.note(20, "Morgenmad tre dage i træk. Det bliver ved bordet nu.", "everyday", together=True)
    text, to = _T("Det, der hjælper om morgenen, så hjemmeplejen ved det.", "plan"), helper.organisation.id
    by = e.coordinator
    proposed = e.do(e.at(24), by, "propose_handover", to, kind="knowledge", items=(), text=text)
    own = _T("Taget tilbage: Borgeren vil selv fortælle dem det, på fredag.", "plan")
    e.do(e.at(25), by, "handover.withdraw", e.life.made(proposed, "handover"), text=own)
    words = _T("De seks uger er gået. Morgenen er min igen.", "plan")
    e.tell(47, CITIZEN, "citizen.success_told", words=words)
    e.tell(
        48,
        e.coordinator,
        "plan.order_ended",
        grant.plan,
        order=order,
        text=_T("Udført. Vi slutter, som vi aftalte.", "plan"),
    )


STORIES: Final[tuple[Callable[[Tale], None], ...]] = (from_order_to_follow_up, an_order_declined)
