from storage.store import Store

def test_x(store: Store) -> None:
    assert store.hosts.lease("a", now=1.0, limit=1, ttl=1) == []
