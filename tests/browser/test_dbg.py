from tests.browser.filled import filled, tell
from hub.aggregates import TOLD
from hub.application import commands
def test_x(lasting_database, tmp_path_factory):
    """x."""
    life=filled(lasting_database, tmp_path_factory.mktemp("t")); t=life.town
    need=[i for i,_ in t.hub.items(life.karla) if i.event=="citizen.need_change_reported"]
    from hub.aggregates import Text
    op=[o for i,o in t.hub.items(life.karla) if i.event=="citizen.need_change_reported"][0]
    tell(t, life.karla, "citizen.need_change_acknowledged", "lene", need=op.body["need"] if hasattr(op,'body') and isinstance(op.body,dict) else op.body.need)
    t.wired.catch_up()
    for p in ("per","mette","lene"):
        r=t.reader(p)
        v=t.access.view(r, r.person.partner, life.karla, "coordination" if p!="lene" else "casework")
        print(p,[e.event for e in v][-6:])
    from hub.texts import word
