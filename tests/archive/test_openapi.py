"""What is our own answers as its OpenAPI description says, whatever is asked."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from comity.api.archive_app import archive_app
from comity.api.service import Service
from comity.archive import ingest
from tests.archive.samples import add_dataset, image, new_archive


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("openapi")
    with new_archive(folder / "archive") as archive:
        add_dataset(archive, id="held", access="partners")
        ingest(archive, "sky", [image(folder / "a.fits")], stated={"calib_level": 2})
        ingest(archive, "held", [image(folder / "b.fits")], stated={"calib_level": 2})
        yield archive_app(Service(archive, "http://testserver"))


@settings(max_examples=150)
@given(st.data())
def test_every_answer_is_one_that_is_described(app, data):
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations()]
    case = data.draw(st.one_of([operation.as_strategy() for operation in operations]))
    # A time or region may be none though it is a text: that is what 400 is for, and what the schema cannot say.
    case.call_and_validate(excluded_checks=[positive_data_acceptance])


def test_each_address_of_ours_is_described(app):
    told = TestClient(app).get("/openapi.json").json()["paths"]
    ours = {"/health", "/search.json", "/datasets/{dataset}.json", "/manifests/{dataset}", "/files/{dataset}/{name}"}
    assert set(told) == ours
    client = TestClient(app)
    for path in ("/health", "/search.json", "/datasets/sky.json", "/manifests/sky", "/files/sky/a.fits"):
        assert client.get(path).status_code == 200
