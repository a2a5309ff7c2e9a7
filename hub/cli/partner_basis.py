"""The bases in law that an organisation's own lawyer has confirmed; the verb completes the group `partner`."""

from hub.application import commands
from hub.cli.base import verb
from hub.cli.basis import Row
from hub.cli.options import AsOperator, CommandId, Json, Partner, done, meta
from hub.cli.partner import app
from hub.cli.session import session
from hub.legal import legal_basis

__all__ = ["app", "confirm_basis"]


@verb(
    app,
    "confirm-basis",
    "Notér, at organisationens egen jurist har bekræftet en hjemmel. Så er den i brug.",
    "Record that the organisation's own lawyer has confirmed a basis. Then it is in use.",
    "hub partner confirm-basis socialpsykiatrien serviceloven-141 --as operator",
)
def confirm_basis(
    partner: Partner,
    basis: Row,
    as_: AsOperator = "operator",
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Confirm a legal basis."""
    terms, row = meta(command_id), legal_basis(basis)
    with session() as s:
        actor, where = s.registrar(as_), s.partner(partner)
        answer = commands.confirm_legal_basis(s.hub, actor, where, row.id, **terms)
        done(answer, "hjemlen er i brug hos organisationen", "the basis is in use there", as_json=json)
