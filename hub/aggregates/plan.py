"""A plan: the authority's (handleplan) or a provider's (indsatsplan), with goals in the citizen's own words."""

from enum import StrEnum
from uuid import UUID

from hub.aggregates.base import Act, Aggregate, FirstEvent, Text, by_partner, by_sector, event
from hub.aggregates.matters import Telling
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from hub.vocabulary import PARAGRAPHS, Sector


class PlanKind(StrEnum):
    """The authority's action plan, or the provider's."""

    HANDLEPLAN = "handleplan"
    INDSATSPLAN = "indsatsplan"


class Plan(Telling):
    """One plan. Progress is told, never demanded, and nothing here reduces support by itself."""

    TOPIC = "plan"

    class Opened(FirstEvent):
        TOPIC = "plan.opened.v1"
        kind: str
        text: Text | None

    class GoalSet(Aggregate.Event):
        TOPIC = "plan.goal_set.v1"
        goal: UUID
        words: Text | None
        professional: Text | None

    class GoalReworded(Aggregate.Event):
        TOPIC = "plan.goal_reworded.v1"
        goal: UUID
        words: Text | None
        professional: Text | None

    class GoalProgressed(Aggregate.Event):
        TOPIC = "plan.goal_progressed.v1"
        goal: UUID
        words: Text | None
        text: Text | None

    class GoalReached(Aggregate.Event):
        TOPIC = "plan.goal_reached.v1"
        goal: UUID
        words: Text | None

    class GoalLetGo(Aggregate.Event):
        TOPIC = "plan.goal_let_go.v1"
        goal: UUID
        words: Text | None

    class SupportGranted(Aggregate.Event):
        TOPIC = "plan.support_granted.v1"
        support: UUID
        provider: UUID
        paragraph: str
        text: Text | None

    class SupportAdjusted(Aggregate.Event):
        TOPIC = "plan.support_adjusted.v1"
        support: UUID
        provider: UUID
        text: Text | None

    class SupportEnded(Aggregate.Event):
        TOPIC = "plan.support_ended.v1"
        support: UUID
        provider: UUID
        text: Text | None

    class Closed(Aggregate.Event):
        TOPIC = "plan.closed.v1"
        text: Text | None

    @event(Opened)
    def __init__(self, *, citizen_id: UUID, kind: str) -> None:
        self.citizen_id = citizen_id
        self.kind = kind
        self.open = True
        self.goals: dict[UUID, str] = {}
        self.support: dict[UUID, UUID] = {}
        self.ended: set[UUID] = set()
        self.orders: dict[UUID, UUID] = {}
        """To which provider each order went."""

    @classmethod
    def begin(cls, plan: UUID, citizen_id: UUID, kind: str, act: Act, *, text: Text | None = None) -> "Plan":
        """Open a plan; only the authority authors a handleplan."""
        by_partner(act, what="Opening a plan")
        if kind not in set(PlanKind):
            raise BadInput("A plan is a handleplan or an indsatsplan: choose one.")
        if kind == PlanKind.HANDLEPLAN:
            by_sector(act, Sector.AUTHORITY, what="Authoring a handleplan")
        return cls._create(
            cls.Opened,
            id=plan,
            citizen_id=citizen_id,
            act=act,
            kind=kind,
            text=text,
            timestamp=act.recorded_at,
        )

    # Commands decide. They run once, and they may refuse.

    def set_goal(
        self, goal: UUID, act: Act, *, words: Text | None = None, professional: Text | None = None
    ) -> None:
        """Set a goal; the professional wording stands beside the citizen's words, never instead of them."""
        self._still_open()
        if goal in self.goals:
            raise WrongStatus("That goal is recorded already: reword it, or give a new one an id of its own.")
        if words is None and professional is None:
            raise BadInput("A goal needs words: the citizen's own, or a professional wording.")
        self.record(self.GoalSet, act, goal=goal, words=words, professional=professional)

    def reword_goal(
        self, goal: UUID, act: Act, *, words: Text | None = None, professional: Text | None = None
    ) -> None:
        """Say the goal in other words; the old ones stay in the history."""
        self._live_goal(goal)
        if words is None and professional is None:
            raise BadInput("Rewording needs words: the citizen's own, or a professional wording.")
        self.record(self.GoalReworded, act, goal=goal, words=words, professional=professional)

    def progress_goal(
        self, goal: UUID, act: Act, *, words: Text | None = None, text: Text | None = None
    ) -> None:
        """Tell how it goes, in the citizen's words or in a note."""
        if goal not in self.goals:
            raise NotFound("There is no such goal in this plan: hub timeline shows the goals.")
        if words is None and text is None:
            raise BadInput("Progress needs words: tell what happened.")
        self.record(self.GoalProgressed, act, goal=goal, words=words, text=text)

    def reach_goal(self, goal: UUID, act: Act, *, words: Text | None = None) -> None:
        """The goal is reached; also one that was let go."""
        self._live_goal(goal, "let go")
        self.record(self.GoalReached, act, goal=goal, words=words)

    def let_goal_go(self, goal: UUID, act: Act, *, words: Text | None = None) -> None:
        """Let a goal go; that is no failure, and no reason is asked."""
        self._live_goal(goal)
        self.record(self.GoalLetGo, act, goal=goal, words=words)

    def grant_support(
        self, support: UUID, provider: UUID, paragraph: str, act: Act, *, text: Text | None = None
    ) -> None:
        """Grant support under a paragraph; only the authority, and only in its own plan."""
        self._still_open()
        self._authority(act, "Granting support")
        if support in self.support or support in self.ended:
            raise WrongStatus(
                "That support is recorded already: adjust it, or give a new one an id of its own."
            )
        if paragraph not in PARAGRAPHS:
            raise BadInput(f"Support is granted under one of {', '.join(PARAGRAPHS)}.")
        self.record(
            self.SupportGranted, act, support=support, provider=provider, paragraph=paragraph, text=text
        )

    def adjust_support(self, support: UUID, text: Text, act: Act) -> None:
        """Adjust within the grant: the provider may; another level is for the authority to grant."""
        provider = self._support(support)
        if by_partner(act, what="Adjusting support") != provider and act.by.sector is not Sector.AUTHORITY:
            raise NotPermitted("Support is adjusted by its provider or the authority: ask one of them.")
        self.record(self.SupportAdjusted, act, support=support, provider=provider, text=text)

    def end_support(self, support: UUID, act: Act, *, text: Text | None = None) -> None:
        """End a support; only the authority decides that."""
        provider = self._support(support)
        self._authority(act, "Ending support")
        self.record(self.SupportEnded, act, support=support, provider=provider, text=text)

    def close(self, act: Act, *, text: Text | None = None) -> None:
        """Close the plan; support still running must be ended first."""
        self._still_open()
        by_partner(act, what="Closing a plan")
        if self.kind == PlanKind.HANDLEPLAN:
            by_sector(act, Sector.AUTHORITY, what="Closing a handleplan")
        if self.support:
            raise WrongStatus(
                "Support is still running under this plan: end it first (hub plan end-support)."
            )
        if self.all_in("order", "sent", "received"):
            raise WrongStatus("An order is still out under this plan: end it first (hub plan end-order).")
        self.record(self.Closed, act, text=text)

    # Events apply. They run on every replay, so they never refuse.

    @event(GoalSet)
    def _goal_set(self, goal: UUID) -> None:
        self.goals[goal] = "open"

    @event(GoalReached)
    def _goal_reached(self, goal: UUID) -> None:
        self.goals[goal] = "reached"

    @event(GoalLetGo)
    def _goal_let_go(self, goal: UUID) -> None:
        self.goals[goal] = "let go"

    @event(SupportGranted)
    def _support_granted(self, support: UUID, provider: UUID) -> None:
        self.support[support] = provider

    @event(SupportEnded)
    def _support_ended(self, support: UUID) -> None:
        self.support.pop(support, None)
        self.ended.add(support)

    @event(Closed)
    def _closed(self) -> None:
        self.open = False

    def _still_open(self) -> None:
        if not self.open:
            raise WrongStatus("The plan is closed: open a new one.")

    def _live_goal(self, goal: UUID, *also: str) -> None:
        status = self.goals.get(goal)
        if status is None:
            raise NotFound("There is no such goal in this plan: hub timeline shows the goals.")
        if status not in ("open", *also):
            raise WrongStatus(f"The goal is {status} already: set a new one.")

    def _support(self, support: UUID) -> UUID:
        if support not in self.support:
            raise NotFound("There is no such support running under this plan: hub timeline shows it.")
        return self.support[support]

    def _authority(self, act: Act, what: str) -> None:
        by_sector(act, Sector.AUTHORITY, what=what)
        if self.kind != PlanKind.HANDLEPLAN:
            raise WrongStatus(f"{what} belongs to the authority's plan: use a handleplan.")
