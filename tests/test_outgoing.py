"""Requests to other servers: which may be asked, at which address, and what they may cost."""

import ipaddress
import json
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from vinculo import outgoing
from vinculo.outgoing import OutgoingError, is_public
from vinculo.settings.sections import OutgoingSettings

NOWHERE = OutgoingSettings()
HERE = OutgoingSettings(allow=("127.0.0.0/8",))


class Talking(BaseHTTPRequestHandler):
    """Answers by path and remembers what it was asked."""

    protocol_version = "HTTP/1.1"  # a connection may serve twice

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        match self.path.strip("/").split("/"):
            case ["to", *where]:
                self._send(302, b"x" * 10, {"Location": "/".join(where)})
            case ["long"]:
                self._send(200, b"x" * 2000)
            case ["drip"]:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                for _part in range(100):
                    self.wfile.write(b"X-More: 1\r\n")
                    time.sleep(0.05)
            case _:
                self._send(200, b'{"well": true}')

    def do_POST(self):
        self.server.asked.append((self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers)))
        self._send(404, b"[")

    def _send(self, status, body, headers=None):
        self.send_response(status)
        for name, value in {"Content-Length": len(body), **(headers or {})}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def serve():
    """Start a server on a loopback address."""
    servers = []

    def serve(address="127.0.0.1", context=None):
        server = ThreadingHTTPServer((address, 0), Talking)
        server.asked = []
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return server

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def names(monkeypatch):
    """What names lead to, one list of addresses for each time that they are looked up."""
    known, real = {}, socket.getaddrinfo

    def getaddrinfo(host, port, *arguments, **options):
        if host not in known:
            return real(host, port, *arguments, **options)
        answers = known[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        kinds = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            (kind, socket.SOCK_STREAM, 6, "", (address, port))
            for kind, address in zip(kinds, addresses, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


def refused(settings, url, **options):
    with pytest.raises(OutgoingError) as caught:
        outgoing.request(settings, "GET", url, **options)
    return caught.value.code


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "169.254.169.254", "172.16.0.1",
        "192.168.1.1", "168.63.129.16", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
        "2002:7f00:1::", "2001:db8::1", "fc00::1", "fd00:ec2::254", "fe80::1", "ff02::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_on_the_internet(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101"])
def test_addresses_of_the_internet(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "[::1]"])
def test_this_machine_is_not_asked_however_it_is_written(serve, host):
    server = serve()

    assert refused(NOWHERE, f"http://{host}:{server.server_port}/") == "outgoing_refused"
    assert server.asked == []


def test_a_name_is_refused_if_one_of_its_addresses_is(names, serve):
    server = serve()
    names["two.test"] = [["93.184.216.34", "127.0.0.1"]]

    assert refused(NOWHERE, f"http://two.test:{server.server_port}/") == "outgoing_refused"


@pytest.mark.parametrize("place", ["127.0.0.1", "127.0.0.0/8", "4Inside.TEST"])
def test_what_the_settings_allow_is_asked(names, serve, place):
    server = serve()
    names["4inside.test"] = [["127.0.0.1"]]

    answer = outgoing.request(
        OutgoingSettings(allow=(place,)), "GET", f"http://4inside.test:{server.server_port}/a?b=c"
    )

    assert (answer.status, answer.json()) == (200, {"well": True})
    ((path, headers),) = server.asked
    assert path == "/a?b=c"
    assert headers["Host"] == f"4inside.test:{server.server_port}"


def test_the_connection_goes_to_the_address_that_was_looked_at(names, serve):
    server = serve()
    names["rebound.test"] = [["127.0.0.1"], ["127.0.0.66"]]  # what it would lead to the second time

    assert outgoing.request(HERE, "GET", f"http://rebound.test:{server.server_port}/").status == 200
    assert names["rebound.test"] == [["127.0.0.66"]]  # looked up once


def test_the_next_address_is_tried_where_one_does_not_answer(names, serve):
    server = serve()
    names["several.test"] = [["127.0.0.66", "127.0.0.1"]]

    assert outgoing.request(HERE, "GET", f"http://several.test:{server.server_port}/").status == 200


def test_each_redirect_is_checked(names, serve):
    server = serve()
    port = server.server_port
    names["outside.test"], names["inside.test"] = [["127.0.0.1"]], [["127.0.0.1"]]
    settings = OutgoingSettings(allow=("outside.test",))
    url = f"http://outside.test:{port}/to/http://inside.test:{port}/secret"

    assert refused(settings, url, redirects=3) == "outgoing_refused"
    assert [path for path, _headers in server.asked] == [f"/to/http://inside.test:{port}/secret"]
    assert outgoing.request(settings, "GET", url).status == 302  # none is followed unless asked


def test_a_redirect_to_another_host_takes_no_password_along(names, serve):
    server = serve()
    port = server.server_port
    names["one.test"], names["two.test"] = [["127.0.0.1"]], [["127.0.0.1"]]

    url = f"http://one.test:{port}/to/http://two.test:{port}/here"
    outgoing.request(HERE, "GET", url, redirects=1, auth=("user", "password"))

    (_first, to_one), (_second, to_two) = server.asked
    assert to_one["Authorization"] == "Basic dXNlcjpwYXNzd29yZA=="
    assert "Authorization" not in to_two
    assert to_two["Host"] == f"two.test:{port}"


def test_redirects_end(serve):
    server = serve()
    url = f"http://127.0.0.1:{server.server_port}/to/to"

    assert refused(HERE, url, redirects=3) == "outgoing_redirects"
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:25/", "unix:/run/socket", "//host/",
        "http://", "http:///path", "http://user:password@127.0.0.1/", "javascript:alert(1)", "", "a b",
        "http://[::1", "http://127.0.0.1:99999/", "http://\x00/",
    ],
)  # fmt: skip
def test_only_web_servers_are_asked(url):
    assert refused(HERE, url).startswith("outgoing_")


def test_the_answer_is_bounded_in_size_and_time(serve):
    url = f"http://127.0.0.1:{serve().server_port}"

    assert refused(HERE, f"{url}/long", max_bytes=1999) == "outgoing_too_long"
    assert len(outgoing.request(HERE, "GET", f"{url}/long", max_bytes=2000).body) == 2000
    assert refused(HERE, f"{url}/drip", seconds=0.3) == "outgoing_late"  # though something comes all the time


def test_what_is_sent_and_what_comes_back(serve):
    server = serve()
    url = f"http://127.0.0.1:{server.server_port}/"

    answer = outgoing.request(HERE, "POST", url, form={"a": "b & c"})
    outgoing.request(HERE, "POST", url, json={"a": 1}, headers={"X-Own": "1"})

    assert answer.status == 404
    with pytest.raises(OutgoingError, match="no JSON"):
        answer.json()
    (form, _headers), (body, headers) = server.asked
    assert form == b"a=b+%26+c"
    assert json.loads(body) == {"a": 1}
    assert (headers["X-Own"], headers["Accept-Encoding"]) == ("1", "identity")


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch, serve):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")

    assert outgoing.request(HERE, "GET", f"http://127.0.0.1:{serve().server_port}/").status == 200


@pytest.fixture
def tls(tmp_path, monkeypatch):
    """A server's side of TLS for ``known.test``, which this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "known.test")])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("known.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(private + made.public_bytes(encoding))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_certificates_are_compared_with_the_name(names, serve, tls):
    server = serve(context=tls)
    names["known.test"], names["other.test"] = [["127.0.0.1"]], [["127.0.0.1"]]

    assert outgoing.request(HERE, "GET", f"https://known.test:{server.server_port}/").status == 200
    assert refused(HERE, f"https://other.test:{server.server_port}/") == "outgoing_failed"
    assert refused(HERE, f"https://127.0.0.1:{server.server_port}/") == "outgoing_failed"


def test_a_redirect_uses_no_connection_that_was_checked_for_another_name(names, serve, tls):
    server = serve(context=tls)
    port = server.server_port
    names["known.test"], names["other.test"] = [["127.0.0.1"]], [["127.0.0.1"]]

    url = f"https://known.test:{port}/to/https://other.test:{port}/"
    assert refused(HERE, url, redirects=1) == "outgoing_failed"


def test_nothing_leads_from_tls_to_plain_http(names, serve, tls):
    secure, plain = serve(context=tls), serve()
    names["known.test"] = [["127.0.0.1"]]

    url = f"https://known.test:{secure.server_port}/to/http://known.test:{plain.server_port}/"
    assert refused(HERE, url, redirects=1) == "outgoing_refused"
    assert plain.asked == []


@pytest.mark.parametrize("place", ["10.0.0.1/8", "http://id.internal", "*.internal", "10.0.0.300"])
def test_the_setting_holds_networks_and_names(place):
    with pytest.raises(ValidationError, match="no network and no name"):
        OutgoingSettings(allow=(place,))
