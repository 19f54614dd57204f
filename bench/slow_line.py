"""python -m bench.slow_line TO SECONDS FOLDER PORT: a TLS front for a server far away.

Each flight of bytes takes half of the seconds of a round trip, in either direction, outside of
the encryption, so that a TLS handshake takes its round trips as well; a connection's first
flight takes a whole round trip more, for TCP's own handshake. The certificate is made when it
starts, in FOLDER, and is its own authority.
"""

import asyncio
import ssl
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def make_certificate(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


async def serve(to: int, seconds: float, folder: Path, port: int) -> None:
    def front(to: int, handshake: float, one_way: float):
        async def connected(reader, writer):
            there = await asyncio.open_connection("127.0.0.1", to)
            await asyncio.gather(
                carry(reader, there[1], handshake, one_way), carry(there[0], writer, 0, one_way)
            )

        return connected

    tls = await asyncio.start_server(front(to, 0, 0), "127.0.0.1", 0, ssl=make_certificate(folder))
    tls_port = tls.sockets[0].getsockname()[1]
    slow = await asyncio.start_server(front(tls_port, seconds, seconds / 2), "127.0.0.1", port)
    await asyncio.gather(tls.serve_forever(), slow.serve_forever())


async def carry(reader, writer, handshake: float, one_way: float) -> None:
    """Pass bytes on as they come, each flight so many seconds late."""
    now = asyncio.get_running_loop().time
    under_way = asyncio.Queue()

    async def arrive() -> None:
        while flight := await under_way.get():
            due, sent = flight
            await asyncio.sleep(due - now())
            writer.write(sent)
        writer.close()

    arriving = asyncio.create_task(arrive())
    opened = now()
    while sent := await reader.read(65536):
        under_way.put_nowait((max(now(), opened + handshake) + one_way, sent))
    under_way.put_nowait(None)
    await arriving


to, seconds, folder, port = sys.argv[1:]
asyncio.run(serve(int(to), float(seconds), Path(folder), int(port)))
