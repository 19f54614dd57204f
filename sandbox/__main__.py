"""python -m sandbox --port 8001: the stand-in as a program of its own."""

import argparse
import os

from sandbox import create_app
from sandbox.server import make_server


def main():
    options = argparse.ArgumentParser(prog="sandbox", description="The stand-in Kakao.")
    options.add_argument("--port", type=int, default=8001)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--site", default="http://localhost:8000", help="where notices go")
    chosen = options.parse_args()

    names = ("client_id", "client_secret", "admin_key")
    from_env = {name: os.environ.get(f"KAKAO_{name.upper()}") for name in names}
    app = create_app(site=chosen.site, **{name: value for name, value in from_env.items() if value})
    server = make_server(app, chosen.host, chosen.port)
    print(f"Stand-in Kakao (not Kakao) at http://{chosen.host}:{server.port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


main()
