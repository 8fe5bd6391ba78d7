"""Objects in an S3 store, against a real server process: the same archive, the same answers."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest

from comity.archive import Everything, ingest, scrubbed
from comity.archive.fetching import fetch
from comity.archive.objects import Objects
from tests.archive.samples import image, new_archive
from tests.archive.serving import served


@pytest.fixture
def bucket(monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stderr=subprocess.DEVNULL)
    for name, value in {
        "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    try:
        for _ in range(600):
            try:
                urlopen(url).close()
                break
            except OSError:
                time.sleep(0.05)
        import s3fs

        s3fs.S3FileSystem.clear_instance_cache()
        s3fs.S3FileSystem().mkdir("science")
        yield "s3://science/objects"
        s3fs.S3FileSystem.clear_instance_cache()
    finally:
        server.kill()
        server.wait()


def test_an_archive_in_a_bucket_takes_in_serves_and_mends(bucket, tmp_path):
    files = [image(tmp_path / f"{n}.fits", ra=n) for n in range(3)]
    with new_archive(tmp_path / "archive", objects=bucket) as archive, new_archive(tmp_path / "peer") as peer:
        assert ingest(archive, "sky", files).new == 3
        assert ingest(archive, "sky", files).same == 3
        ingest(peer, "sky", files)
        with served(archive) as url:
            assert len(fetch(url, "sky", tmp_path / "out").fetched) == 3
        assert (tmp_path / "out" / "0.fits").read_bytes() == files[0].read_bytes()
        first, second, _ = (p.sha256 for p in archive.register.products(Everything()))
        archive.objects.filesystem.rm(archive.objects.place(first))
        with archive.objects.filesystem.open(archive.objects.place(second), "wb") as spoilt:
            spoilt.write(b"something else")
        found = scrubbed(archive)
        assert (found["lost"], found["damaged"]) == ([first], [second])
        assert sorted(scrubbed(archive, peers=[peer])["mended"]) == sorted([first, second])
        assert list(Objects.at(bucket).digests()) == sorted(archive.register.objects())
