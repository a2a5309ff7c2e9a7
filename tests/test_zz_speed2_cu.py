import time, cProfile, pstats, threading
from tests.building import settle, rich
from tests.browsing import Site
from anyio.from_thread import start_blocking_portal
def lap(n,f,k=100):
    f()
    a=time.perf_counter();c=time.process_time()
    for _ in range(k): r=f()
    print(f"{n}: wall {(time.perf_counter()-a)/k*1e3:.2f} cpu {(time.process_time()-c)/k*1e3:.2f} ms");return r
def test_x(database,tmp_path):
    """x."""
    town=settle(database,tmp_path); site=Site(town)
    c=rich(town); town.wired.catch_up()
    m=site.as_("mette"); u=f"/borger/{site.ref('mette',c)}"; e=site.as_("eva")
    lap("page",lambda:m.get(u)); lap("denied",lambda:e.get(u)); lap("login",lambda:e.get("/login"));lap("client",lambda:site.as_("eva"))
    with start_blocking_portal() as p:
        m.portal=e.portal=p
        lap("page",lambda:m.get(u)); lap("denied",lambda:e.get(u)); lap("login",lambda:e.get("/login"))
