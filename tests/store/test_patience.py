"""What a search tells its database, for as long as it takes."""

import pytest
from sqlalchemy import Connection

from storage.patience import timed
from storage.store import Store

_EAGER = ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size")
_ANY = "EXPLAIN SELECT text FROM revisions WHERE text LIKE '%x%'"


def plan(connection: Connection) -> str:
    return " ".join(connection.exec_driver_sql(_ANY.replace("%", "%%")).scalars())


@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_postgres_starts_no_other_process_for_a_search(store: Store) -> None:
    """Of words in an index PostgreSQL guesses how many articles have them, and asks for help in vain."""
    with store._database.read() as connection:
        for setting in _EAGER:
            connection.exec_driver_sql(f"SET LOCAL {setting} = 0")
        assert "Gather" in plan(connection)
        with timed(connection, 10.0, postgres=True):
            assert "Gather" not in plan(connection)
        assert "Gather" in plan(connection)
