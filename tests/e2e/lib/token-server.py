"""Gives tokens of a registry's to one user, as Docker Hub does: token-server.py PASSWORD, at port 5556, by /srv/token.key and /srv/token.crt.
Source: distribution 2.8, "Token Authentication Specification"."""
import base64
import http.server
import json
import subprocess
import sys
import time
import urllib.parse

KNOWN = "Basic " + base64.b64encode(f"mirror:{sys.argv[1]}".encode()).decode()


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args, given=b""):
    return subprocess.run(["openssl", *args], input=given, capture_output=True, check=True).stdout


def token(scopes):
    certificate = base64.b64encode(openssl("x509", "-in", "/srv/token.crt", "-outform", "DER")).decode()
    now = int(time.time())
    access = [{"type": kind, "name": name, "actions": actions.split(",")} for kind, name, actions in (scope.split(":", 2) for scope in scopes)]
    head = {"typ": "JWT", "alg": "RS256", "x5c": [certificate]}
    body = {"iss": "lab", "aud": "lab", "sub": "mirror", "iat": now, "nbf": now - 9, "exp": now + 600, "jti": str(now), "access": access}
    signed = ".".join(text(json.dumps(part).encode()) for part in (head, body))
    return signed + "." + text(openssl("dgst", "-sha256", "-sign", "/srv/token.key", given=signed.encode()))


class Tokens(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.headers.get("Authorization") != KNOWN:
            self.send_error(401)
            return
        scopes = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query).get("scope", [])
        answer = json.dumps({"token": token(scopes)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


http.server.ThreadingHTTPServer(("", 5556), Tokens).serve_forever()
