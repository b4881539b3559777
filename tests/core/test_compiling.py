"""PostgreSQL compiles nothing for pages."""

import pytest
from django.db import connection

from ccperf.core.compiling import compile_nothing

pytestmark = pytest.mark.django_db


def test_a_database_of_either_kind_serves_pages_afterwards():
    compile_nothing(connection=connection)
    assert connection.is_usable()


@pytest.mark.postgresql
def test_postgresql_compiles_nothing_for_pages():
    compile_nothing(connection=connection)
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
