"""Partners at the broker: their topics, users, secrets and permits, held to what the hub has recorded.

What is recorded decides: which partners have a topic (`partner_topics`), which are suspended, and for which
mechanisms they may have a secret (the events of `Partner`). The broker follows: at once where it answers, otherwise
when `reconcile` reaches it. A secret is made here, given to the broker, told once, and kept nowhere.

One process at a time touches the partners at the broker, so that none takes away what another is just giving.
A crash between the broker and the record leaves a secret that nobody was told: the next `reconcile` takes it away.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Unpack
from uuid import UUID

from psycopg import Connection

from hub.aggregates import Act, Actor, Partner
from hub.application.commands.base import Meta, check_registered
from hub.application.hub import Hub, Work
from hub.errors import BadInput, BrokerUnavailable, NotFound, WrongStatus
from hub.kafka.admin import Admin, Difference
from hub.kafka.connection import Cluster
from hub.kafka.topics import permits_of, topics_of, topics_of_hub
from hub.postgres import sql_blocks
from hub.vocabulary import Role, Sector, Source

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
OVERLAP: Final = timedelta(days=7)
"""How long an earlier secret stays valid beside a new one, unless it is said otherwise."""
LONGEST: Final = timedelta(days=90)
ON_SCREENS: Final = frozenset({Sector.CIVIL_SOCIETY, Sector.EMPLOYER, Sector.EDUCATION})
"""Sectors without systems of their own: they get a topic only when it is asked for."""

Opened = Callable[[Connection, UUID], object]
"""What a topic begins with: called once for each, in the transaction from which on the partner has one."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What a partner's system needs. The secret is in no log and in no other place: whoever gets this tells it once."""

    partner: UUID
    user: str
    mechanism: str
    topic: str
    inbox: str
    groups: str
    """What the names of its consumer groups begin with."""
    earlier_until: datetime | None
    settled: bool
    """Whether all else is as it ought to be; otherwise the broker went away meanwhile, and is yet to follow."""
    secret: str = field(repr=False)


class BrokerAccess:
    """What partners have at the broker."""

    def __init__(self, hub: Hub, cluster: Cluster, opened: Opened) -> None:
        self._hub = hub
        self._opened = opened
        self.cluster = cluster

    # Giving.

    def open(self, actor: Actor, partner: UUID, **meta: Unpack[Meta]) -> Issued | None:
        """Give a partner its topic, its inbox, a user with a secret, and permits; None when it has them all.

        Refused like any command, and then nothing is made; BrokerUnavailable when the broker is away.
        """
        if partner in self.partners() and self._partner(partner).credential is not None:
            return None
        return self._issue(actor, partner, None, meta)

    def rotate(
        self, actor: Actor, partner: UUID, overlap: timedelta = OVERLAP, **meta: Unpack[Meta]
    ) -> Issued:
        """Give a partner a new secret; the present one stays valid for as long as the overlap."""
        if not timedelta(0) <= overlap <= LONGEST:
            raise BadInput(
                f"The overlap of two secrets is from 0 to {LONGEST.days} days: write it as 7d or 12h."
            )
        check_registered(self._hub, partner)
        if partner not in self.partners():
            raise WrongStatus("The partner has no topic: open one first (hub partner topic).")
        return self._issue(actor, partner, overlap or None, meta)

    def _issue(self, actor: Actor, partner: UUID, overlap: timedelta | None, meta: Meta) -> Issued:
        secret, names = secrets.token_urlsafe(32), self.cluster
        record: list[tuple[str, datetime | None]] = []
        with Admin(names) as admin, self._alone():
            command = meta.get("command_id")
            if command is not None and self._hub.store.answer(command) is not None:
                raise WrongStatus(
                    "This command was carried out already, and its secret was told then: rotate for a new one."
                )

            def decide(work: Work, act: Act) -> None:
                found = work.get(Partner, partner, "partner")
                until = None if overlap is None or found.credential is None else act.recorded_at + overlap
                record[:] = [(found.issue_credential(act, earlier_until=until), until)]

            def give() -> None:
                admin.bring_topics(topics_of(names, partner))
                self._has_topic(partner)
                admin.set_secret(partner, record[0][0], secret)

            meta["before_save"] = give
            self._hub.take(
                partner
            )  # one that is behind would name the wrong mechanism, and overwrite a good secret
            self._hub.do(actor, decide, **meta)
            try:
                self._bring(admin)
                settled = True
            except BrokerUnavailable:  # the secret is good from now on, so it must be told
                settled = False
        ((mechanism, until),) = record
        return Issued(
            partner,
            names.partner_user(partner),
            mechanism,
            names.partner(partner),
            names.inbox(partner),
            names.group(f"partner.{partner}."),
            until,
            settled,
            secret,
        )

    def _has_topic(self, partner: UUID) -> None:
        """From here on the partner has a topic, and what it begins with is written in the same transaction."""
        with self._hub.database.transaction() as connection:
            if connection.execute(SQL["open"], (partner, self._hub.clock())).fetchone() is not None:
                self._opened(connection, partner)

    # Keeping the broker in step.

    def partners(self) -> tuple[UUID, ...]:
        """The partners that have a topic, suspended ones too."""
        with self._hub.database.connection() as connection:
            return tuple(row[0] for row in connection.execute(SQL["opened"]).fetchall())

    def reconcile(self, admin: Admin) -> list[Difference]:
        """Bring partners' topics, permits and secrets to what is recorded; returns what differed.

        Safe to repeat: the relay calls it when it starts, after an event of a partner, and every minute.
        """
        with self._alone():
            return self._bring(admin)

    def apply(
        self, admin: Admin, partitions: int, *, hub_user: str | None = None, dry_run: bool = False
    ) -> list[Difference]:
        """The same, and the hub's own topics and permits; on a dry run nothing is changed anywhere."""
        own = topics_of_hub(self.cluster, partitions)
        admin.check(own)
        with self._alone():
            differences = self._bring(admin, hub_user, dry_run=dry_run)
        return admin.bring_topics(own, dry_run=dry_run) + differences

    def _bring(self, admin: Admin, hub_user: str | None = None, *, dry_run: bool = False) -> list[Difference]:
        """What closes comes first, and does not hang on what opens."""
        now, facts, with_topic = self._hub.clock(), self._hub.partners(), self.partners()
        open_ = [p for p in with_topic if (known := facts.get(p)) is not None and not known.suspended]
        wanted = {partner: self._partner(partner) for partner in open_}
        if not dry_run:
            self._end_overlaps(wanted.values(), now)
        differences = self._take_secrets(admin, wanted, now, dry_run=dry_run)
        differences += admin.bring_permits(permits_of(self.cluster, open_, hub_user), dry_run=dry_run)
        topics = [topic for partner in with_topic for topic in topics_of(self.cluster, partner)]
        return differences + admin.bring_topics(topics, dry_run=dry_run)

    def _end_overlaps(self, partners: Iterable[Partner], now: datetime) -> None:
        """Record that earlier secrets are over whose time has come."""
        for found in partners:
            if found.earlier is None or found.earlier in found.credentials(now):
                continue

            def decide(work: Work, act: Act, one: UUID = found.id, mechanism: str = found.earlier) -> None:
                work.get(Partner, one, "partner").revoke_credential(mechanism, "expired", act)

            self._hub.do(Actor(Role.HUB), decide, source=Source.HUB)

    def _take_secrets(
        self, admin: Admin, wanted: dict[UUID, Partner], now: datetime, *, dry_run: bool
    ) -> list[Difference]:
        """Take away every secret that nobody ought to have; say where the present one is lost."""
        there = admin.credentials()
        differences = []
        for partner in sorted(there.keys() | wanted.keys()):
            has, found, user = (
                there.get(partner, set()),
                wanted.get(partner),
                self.cluster.partner_user(partner),
            )
            for mechanism in sorted(has - (found.credentials(now) if found else frozenset())):
                if not dry_run:
                    admin.drop_secret(partner, mechanism)
                differences.append(Difference("credential_gone", f"{user} {mechanism}"))
            if found and found.credential is not None and found.credential not in has:
                lost = f"{user} {found.credential}"
                differences.append(Difference("credential_missing", lost, repaired=False))
        return differences

    def _partner(self, partner: UUID) -> Partner:
        found = self._hub.store.load(partner)
        if not isinstance(found, Partner):
            raise NotFound("No such partner is registered: hub partner list shows them.")
        return found

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._hub.database.dedicated() as connection:
            connection.execute(SQL["alone"])
            yield
