"""Whether records of one version of a schema can be read by another, both ways."""

import re
from io import BytesIO
from typing import Any

from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.read import SchemaResolutionError

_VERSION = re.compile(r"_v\d+$")
_RULES = ("hub.kind", "hub.type", "hub.category", "hub.key", "hub.reveals")


def incompatibilities(
    old: dict[str, Any], new: dict[str, Any], records: list[tuple[int, dict[str, Any]]]
) -> list[str]:
    """What keeps two versions from reading each other; `records` are samples of version 0 (old) and 1 (new).

    The version in a record's own name is left out of account: the hub reads by the writer's schema.
    """
    found = []
    schemas = [parse_schema(_unversioned(each), named_schemas={}) for each in (old, new)]
    for version, record in records:
        out = BytesIO()
        schemaless_writer(out, schemas[version], record)
        out.seek(0)
        try:
            schemaless_reader(out, schemas[version], schemas[1 - version])
        except (SchemaResolutionError, ValueError, EOFError) as error:
            found.append(f"{'new cannot read old' if version == 0 else 'old cannot read new'}: {error}")
    after = {field["name"]: field for field in new["fields"]}
    found.extend(
        f"{field['name']} changes {rule}: what was hidden could be shown, so give it another name"
        for field in old["fields"]
        if field["name"] in after
        for rule in _RULES
        if field.get(rule) != after[field["name"]].get(rule)
    )
    return found


def _unversioned(definition: dict[str, Any]) -> dict[str, Any]:
    return {**definition, "name": _VERSION.sub("", definition["name"])}
