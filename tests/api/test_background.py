import json
from http.client import HTTPConnection

import pytest

from nbhelpers.api.background import running


def test_the_engine_answers_until_the_block_ends(engine):
    with running(engine) as address:
        connection = HTTPConnection(address, timeout=30)
        connection.request("GET", "/health")
        assert json.load(connection.getresponse())["dataset"] == "sample"
        connection.close()
    with pytest.raises(OSError):
        HTTPConnection(address, timeout=5).request("GET", "/health")
