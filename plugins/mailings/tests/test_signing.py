"""DKIM by the example of RFC 8463, and signatures of our own."""

import base64
import hashlib
import re

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vinculo.errors import ConfigError
from vinculo_mailings import signing

MAIL = (
    b"From: Joe SixPack <joe@football.example.com>\r\n"
    b"To: Suzie Q <suzie@shopping.example.net>\r\n"
    b"Subject: Is dinner ready?\r\n"
    b"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    b"\r\n"
    b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
)
SIGNATURE = (
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    " subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b="
)
VALUE = "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
PUBLIC = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
NAMES = (b"from", b"to", b"subject", b"date", b"message-id")


def test_the_example_of_the_standard_holds():
    head, _gap, body = MAIL.partition(b"\r\n\r\n")
    assert signing.body_hash(body) == "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
    data = signing.signed_data(head, NAMES, SIGNATURE.encode())
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(PUBLIC))
    key.verify(base64.b64decode(VALUE), hashlib.sha256(data).digest())


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_what_is_signed_can_be_checked_and_not_be_changed(tmp_path, kind):
    key = Ed25519PrivateKey.generate() if kind == "ed25519" else rsa.generate_private_key(65537, 2048)
    file = tmp_path / "key.pem"
    formats = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, *formats))
    signer = signing.open_signer("luz.example", "s1", file)
    folded = MAIL.replace(b"Subject: Is dinner", b"Subject:  Is\r\n  dinner")
    signed = signer.sign(folded, 1_700_000_000)
    assert signed.endswith(folded)
    header = signed[: -len(folded)].decode().rstrip("\r\n")
    assert f"a={kind}-sha256; c=relaxed/relaxed; d=luz.example; s=s1" in header
    value = base64.b64decode(re.search(r" b=(\S+)$", header)[1])
    own = re.sub(r" b=\S+$", " b=", header).encode()

    def check(head):
        names = [one.encode() for one in re.search(r"h=([^;]+)", header)[1].split(":")]
        data = signing.signed_data(head, names, own)
        if kind == "rsa":
            key.public_key().verify(value, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.public_key().verify(value, hashlib.sha256(data).digest())

    check(MAIL.partition(b"\r\n\r\n")[0])
    with pytest.raises(InvalidSignature):
        check(MAIL.replace(b"dinner", b"supper").partition(b"\r\n\r\n")[0])


def test_a_file_without_a_key_is_named(tmp_path):
    with pytest.raises(ConfigError, match="holds no private key"):
        signing.open_signer("luz.example", "s1", tmp_path / "gone.pem")
