"""Permits as the broker has them (its ACLs): read, given, taken away, and which of them concern us."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from kafka import errors
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)

from hub.errors import BrokerUnavailable
from hub.kafka.connection import refusals
from hub.kafka.topics import Permit

EVERYBODY: Final = "*"
_SOON: Final = 10.0
"""Seconds within which a broker shows what it has accepted; it takes some milliseconds."""


def until(shown: Callable[[], bool], what: str) -> None:
    """Wait until the broker shows what it has accepted: it answers first, and lets its parts know afterwards."""
    deadline = time.monotonic() + _SOON
    while not shown():
        if time.monotonic() > deadline:
            raise BrokerUnavailable(f"{what}: the broker has accepted it and does not show it; try again.")
        time.sleep(0.01)


def standing(client: Any) -> list[tuple[Permit, bool]]:
    """Every permit on the broker, whoever's, and whether it allows (otherwise it denies)."""
    any_ = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    with refusals("Reading the permits"):
        found, _ = client.describe_acls(ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, any_))
    return [
        (
            Permit(
                acl.principal.removeprefix("User:"),
                acl.resource_pattern.resource_type.name.lower(),
                acl.resource_pattern.resource_name,
                acl.resource_pattern.pattern_type is ACLResourcePatternType.PREFIXED,
                acl.operation.name,
            ),
            acl.permission_type is ACLPermissionType.ALLOW,
        )
        for acl in found
    ]


def guarded(client: Any) -> bool:
    """Whether the broker asks who may do what at all."""
    one = ResourcePatternFilter(ResourceType.CLUSTER, None, ACLResourcePatternType.ANY)
    with refusals("Reading the permits"):
        try:
            client.describe_acls(ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, one))
        except errors.SecurityDisabledError:
            return False
    return True


def give(client: Any, permits: Iterable[Permit]) -> None:
    """Give permits, and wait until they hold."""
    wanted = set(permits)
    with refusals("Giving permits"):
        for error in client.create_acls([_acl(ACL, permit) for permit in wanted])["failed"]:
            raise error
    until(lambda: wanted <= {permit for permit, allows in standing(client) if allows}, "The new permits")


def take(client: Any, permits: Iterable[Permit]) -> None:
    """Take permits away, and wait until they are gone."""
    extra = set(permits)
    with refusals("Taking permits away"):
        for _, _, error in client.delete_acls([_acl(ACLFilter, permit) for permit in extra]):
            if error is not errors.NoError:
                raise error
    until(
        lambda: not extra & {permit for permit, allows in standing(client) if allows}, "What was taken away"
    )


def opens_to_all(permit: Permit, prefix: str) -> bool:
    """Whether it lets everybody at something of one hub's alone."""
    return permit.user == EVERYBODY and permit.on != "cluster" and permit.name.startswith(f"{prefix}.")


def reaches(permit: Permit, prefix: str) -> bool:
    """Whether it lets everybody at more than one hub, and at this one too: then it is not ours to take away."""
    if permit.user != EVERYBODY or permit.on not in {"topic", "group"}:
        return False
    return permit.name == EVERYBODY or (permit.beginning and f"{prefix}.".startswith(permit.name))


def said(permit: Permit) -> str:
    """A permit for a person to read."""
    return f"{permit.user} {permit.may} {permit.on} {permit.name}{'*' if permit.beginning else ''}"


def _acl(kind: type[ACLFilter], permit: Permit) -> ACLFilter:
    """A permit as the library has it: to give (from anywhere), or to take away (from wherever)."""
    shape = ACLResourcePatternType.PREFIXED if permit.beginning else ACLResourcePatternType.LITERAL
    return kind(
        f"User:{permit.user}",
        "*" if kind is ACL else None,
        ACLOperation[permit.may],
        ACLPermissionType.ALLOW,
        ResourcePattern(ResourceType[permit.on.upper()], permit.name, shape),
    )
