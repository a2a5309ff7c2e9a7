"""ETags: a digest of the permitted bytes alone, so that a tag tells nothing that the answer does not."""

from hashlib import sha256
from typing import Annotated, Final

from fastapi import Header, Response
from pydantic import BaseModel

from hub.web.api.problems import Stale

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="The ETag under which it was read; when it has changed since, the answer is 412.",
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", max_length=200, description="An ETag that the caller has already."),
]
TAGGED: Final = {
    "headers": {"ETag": {"description": "Changes when the answer does.", "schema": {"type": "string"}}}
}


def tag_of(answer: BaseModel) -> str:
    """The ETag of an answer."""
    return f'"{sha256(answer.model_dump_json().encode()).hexdigest()[:32]}"'


def tagged(answer: BaseModel, wanted: str | None) -> Response:
    """An answer under its tag; 304 to whoever has it already."""
    tag = tag_of(answer)
    if wanted is not None and tag in _tags(wanted):
        return Response(status_code=304, headers={"etag": tag})
    return Response(answer.model_dump_json(), media_type="application/json", headers={"etag": tag})


def check(answer: BaseModel, if_match: str) -> None:
    """Refuse an edit of something that is no longer as it was read."""
    if "*" not in _tags(if_match) and tag_of(answer) not in _tags(if_match):
        raise Stale


def _tags(header: str) -> set[str]:
    return {each.strip() for each in header.split(",")}
