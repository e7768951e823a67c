"""A real S3 protocol on loopback: moto's server over HTTP, with keys that may and may not."""

from __future__ import annotations

import json
import logging
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass

BUCKET = "news"
REGION = "us-east-1"
ADMIN = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


@dataclass(frozen=True)
class S3:
    """A running server with the bucket `news`."""

    url: str

    def client(self, service="s3", **keys):
        import boto3

        found = {**ADMIN, **keys}
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
        )

    def put(self, name: str, content: bytes) -> None:
        self.client().put_object(Bucket=BUCKET, Key=name, Body=content)

    def objects(self, prefix: str = "") -> dict[str, bytes]:
        """Every object below a prefix, by its name there."""
        client = self.client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        names = [item["Key"] for page in pages for item in page.get("Contents", ())]
        return {
            name.removeprefix(prefix): client.get_object(Bucket=BUCKET, Key=name)["Body"].read()
            for name in names
        }

    def user(self, name: str, *actions: str) -> dict[str, str]:
        """Somebody who may do just that; the variables of the environment."""
        client = self.client("iam")
        client.create_user(UserName=name)
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}],
        }
        client.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        key = client.create_access_key(UserName=name)["AccessKey"]
        return {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }

    @contextmanager
    def checking_keys(self):
        """As long as it lasts, only users who were made may do anything, and only what they may."""
        self._checked_after(b"0")
        try:
            yield
        finally:
            self._checked_after(b"Infinity")

    def _checked_after(self, actions: bytes) -> None:
        request = urllib.request.Request(
            f"{self.url}/moto-api/reset-auth", data=actions, headers={"Content-Type": "text/plain"}
        )
        with urllib.request.urlopen(request) as answer:
            answer.read()


@contextmanager
def s3_server():
    """A server of its own, with an empty bucket."""
    from moto.server import ThreadedMotoServer
    from s3fs import S3FileSystem

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    s3 = S3(f"http://{host}:{port}")
    s3.client().create_bucket(Bucket=BUCKET)
    # Its clients are kept by their arguments, which do not tell one server from the next.
    S3FileSystem.clear_instance_cache()
    try:
        yield s3
    finally:
        S3FileSystem.clear_instance_cache()
        server.stop()


def environment(url: str, nowhere: str, **keys: str) -> dict[str, str]:
    """Variables that make S3 clients use the server, and nothing else of this machine."""
    return {
        **ADMIN,
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        **keys,
    }
