"""python -m bench.latency_proxy TO SECONDS FOLDER PORT: a TLS proxy that makes a server far away.

Each chunk of bytes is delayed by half a round trip in either direction. The delay is added outside
the encryption, so that a TLS handshake takes its round trips, too; a connection's first chunk is
delayed by a whole round trip more, for the TCP handshake. The certificate is self-signed and
written to FOLDER at the start.
"""

import asyncio
import ssl
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Handler = Callable[[StreamReader, StreamWriter], Awaitable[None]]


def make_certificate(folder: Path) -> ssl.SSLContext:
    """Write certificate.pem and key.pem for 127.0.0.1, and return a server's context for them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(address, critical=False)
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
    """Serve TLS on a port, `seconds` of round trip away from the server on port `to`."""

    def forward(to: int, handshake: float, one_way: float) -> Handler:
        async def connected(reader: StreamReader, writer: StreamWriter) -> None:
            upstream = await asyncio.open_connection("127.0.0.1", to)
            await asyncio.gather(
                relay(reader, upstream[1], handshake, one_way),
                relay(upstream[0], writer, 0, one_way),
            )

        return connected

    context = make_certificate(folder)
    tls = await asyncio.start_server(forward(to, 0, 0), "127.0.0.1", 0, ssl=context)
    tls_port = tls.sockets[0].getsockname()[1]
    slow = await asyncio.start_server(forward(tls_port, seconds, seconds / 2), "127.0.0.1", port)
    await asyncio.gather(tls.serve_forever(), slow.serve_forever())


async def relay(
    reader: StreamReader, writer: StreamWriter, handshake: float, one_way: float
) -> None:
    """Forward bytes, each chunk `one_way` seconds late, the first one by `handshake` more."""
    now = asyncio.get_running_loop().time
    queue: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()

    async def deliver() -> None:
        while item := await queue.get():
            due, chunk = item
            await asyncio.sleep(due - now())
            writer.write(chunk)
        writer.close()

    delivery = asyncio.create_task(deliver())
    opened_at = now()
    while chunk := await reader.read(65536):
        queue.put_nowait((max(now(), opened_at + handshake) + one_way, chunk))
    queue.put_nowait(None)
    await delivery


if __name__ == "__main__":
    to, seconds, folder, port = sys.argv[1:]
    asyncio.run(serve(int(to), float(seconds), Path(folder), int(port)))
