"""A partner's own connection to the broker, request by request: what a curious system can send with one secret.

    raw = Raw(own)                                         # a Cluster with the partner's user and secret
    answer = raw.ask("ListOffsets", replica_id=-1, topics=[{"name": topic, "partitions": [...]}])
    codes(answer)                                          # ["TOPIC_AUTHORIZATION_FAILED"]

A request is one of Kafka's protocol, field by field, so that an answer is what the broker says and not what a client
library makes of it. `evidence` turns any answer into the bytes in which planted words are looked for.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Final
from uuid import UUID

from kafka import KafkaAdminClient, errors
from kafka.protocol.api_message import ApiMessage
from kafka.protocol.data_container import DataContainer

from hub.kafka.connection import Cluster

_MODULES: Final = (
    *("admin.acl", "admin.client_quotas", "admin.cluster", "admin.configs", "admin.groups", "admin.topics"),
    *("admin.transactions", "admin.users", "consumer.fetch", "consumer.group", "consumer.offsets"),
    *("metadata.find_coordinator", "metadata.metadata", "producer.produce", "producer.transaction"),
)
_PATIENCE: Final = 10_000

Json = dict[str, Any]


def _known() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _MODULES:
        module = import_module(f"kafka.protocol.{name}")
        found |= {what: getattr(module, what) for what in module.__all__ if what.endswith("Request")}
    return found


def _written(kind: str, key: int, name: str, version: int, fields: list[Json]) -> Any:
    """A message that kafka-python does not know, from the fields that Kafka's protocol guide gives it."""
    said = {
        "apiKey": key,
        "type": kind.lower(),
        "name": f"{name}{kind}",
        "validVersions": str(version),
        "flexibleVersions": "0+" if key >= 60 else "2+",
        "fields": fields,
    }
    stand_in = f"FindCoordinator{kind}"  # the library loads a file by the class's name, and then takes ours
    return type(ApiMessage)(stand_in, (ApiMessage,), {"json_patch": classmethod(lambda _, __: said)})


def _fields(*said: str) -> list[Json]:
    """Fields written as `Name type`; any text may be null."""
    return [
        {"name": name, "type": kind, "versions": "0+"}
        | ({"nullableVersions": "0+"} if kind == "string" else {})
        for name, kind in (each.split() for each in said)
    ]


_PRINCIPAL: Final = _fields("PrincipalType string", "PrincipalName string")
_ERROR: Final = _fields("ErrorCode int16")
_THROTTLE: Final = _fields("ThrottleTimeMs int32")
_REQUESTER: Final = _fields("RequesterType string", "RequesterName string")
_TOKEN: Final = _fields("IssuedMs int64", "ExpiryMs int64", "MaxMs int64", "TokenId string", "Hmac bytes")
_OWNER: Final = _fields("OwnerPrincipalType string", "OwnerPrincipalName string")


def _array(name: str, fields: list[Json]) -> Json:
    return {
        "name": name,
        "type": f"[]{name}Each",
        "versions": "0+",
        "nullableVersions": "0+",
        "fields": fields,
    }


def _more() -> dict[str, Any]:
    """Requests that kafka-python does not have: delegation tokens, and the newer kinds of groups."""
    described = [*_ERROR, *_fields("ErrorMessage string", "GroupId string", "GroupState string")]
    tokens = _array("Tokens", [*_PRINCIPAL])
    written = {
        ("CreateDelegationToken", 38, 3): (
            [*_OWNER, _array("Renewers", _PRINCIPAL), *_fields("MaxLifetimeMs int64")],
            [*_ERROR, *_PRINCIPAL, *_REQUESTER, *_TOKEN, *_THROTTLE],
        ),
        ("DescribeDelegationToken", 41, 3): ([_array("Owners", _PRINCIPAL)], [*_ERROR, tokens, *_THROTTLE]),
        ("ConsumerGroupDescribe", 69, 0): (
            _fields("GroupIds []string", "IncludeAuthorizedOperations bool"),
            [*_THROTTLE, _array("Groups", described)],
        ),
        ("ShareGroupDescribe", 77, 1): (
            _fields("GroupIds []string", "IncludeAuthorizedOperations bool"),
            [*_THROTTLE, _array("Groups", described)],
        ),
    }
    found = {}
    for (name, key, version), (asked, answered) in written.items():
        found[f"{name}Request"] = _written("Request", key, name, version, asked)
        _kept.append(_written("Response", key, name, version, answered))
    return found


_kept: Final[list[Any]] = []
"""The library holds answers' classes weakly."""
_REQUESTS: Final = _known() | _more()


class Raw:
    """One user's connection."""

    def __init__(self, own: Cluster) -> None:
        self._client = KafkaAdminClient(
            bootstrap_servers=own.bootstrap,
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism=own.mechanism,
            sasl_plain_username=own.user,
            sasl_plain_password=own.password,
            request_timeout_ms=_PATIENCE,
        )

    def close(self) -> None:
        """Leave."""
        self._client.close()

    def ask(self, what: str, *, version: int | None = None, **fields: Any) -> Json:
        """Send one request and return the whole answer; an answer that does not come is one as well."""
        kind = _REQUESTS[f"{what}Request"]
        limits = {} if version is None else {"min_version": version, "max_version": version}
        request = _made(kind, fields, limits)
        try:
            answer = self._client._manager.run(self._client._manager.send, request)
        except errors.KafkaError as error:
            return {"error_code": getattr(error, "errno", -1), "raised": type(error).__name__}
        found: Json = answer.to_dict(json=False)
        return found


def _made(kind: Any, fields: Mapping[str, Any], more: Mapping[str, Any]) -> Any:
    """A message, or a part of one, with the parts in it."""
    known = kind._struct.fields
    return kind(**{name: _part(known[name], value) for name, value in fields.items()}, **more)


def _part(field: Any, value: Any) -> Any:
    if isinstance(value, list):
        return [_made(field.data_class, each, {}) if isinstance(each, dict) else each for each in value]
    return value


# ---------------------------------------------------------------------------------------- reading answers


def codes(answer: Any) -> list[str]:
    """The names of the errors in an answer, each once, without "no error" where there is another."""
    found = sorted({_name(number) for number in _numbers(answer)})
    return [name for name in found if name != "NONE"] or found[:1] or ["NONE"]


def said(answer: Any) -> str:
    """The same as one text."""
    return ", ".join(codes(answer))


def _numbers(answer: Any) -> Iterator[int]:
    if isinstance(answer, Mapping):
        for name, value in answer.items():
            if str(name).endswith("error_code") and isinstance(value, int):
                yield value
            yield from _numbers(value)
    elif isinstance(answer, list | tuple):
        for each in answer:
            yield from _numbers(each)


def _name(number: int) -> str:
    if number == 0:
        return "NONE"
    found = errors.for_code(number)
    return str(getattr(found, "message", "") or found.__name__)


def told(answer: Any, *names: str) -> list[Any]:
    """Everything in an answer that is called by one of these names and is not empty."""
    if isinstance(answer, Mapping):
        own = [value for name, value in answer.items() if name in names and value not in (None, "", [], b"")]
        return own + [each for value in answer.values() for each in told(value, *names)]
    if isinstance(answer, list | tuple):
        return [found for each in answer for found in told(each, *names)]
    return []


def evidence(*answers: Any) -> bytes:
    """Everything that was seen, as bytes."""
    return b"\n".join(_bytes(answers))


def _bytes(value: Any) -> Iterator[bytes]:
    match value:
        case bytes() | bytearray() | memoryview():
            yield bytes(value)
        case str():
            yield value.encode()
        case UUID():
            yield from (str(value).encode(), value.bytes)
        case Mapping():
            for name, each in value.items():
                yield from _bytes(name)
                yield from _bytes(each)
        case list() | tuple() | set() | frozenset():
            for each in value:
                yield from _bytes(each)
        case DataContainer():
            yield from _bytes(value.to_dict(json=False))
        case BaseException():
            yield f"{type(value).__name__} {value}".encode()
        case _:
            yield repr(value).encode()
