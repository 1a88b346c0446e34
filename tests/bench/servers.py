# SPDX-License-Identifier: MIT
"""The servers: how each is started for a case.

Each is configured as its own documentation advises for speed: one process
that works, no log unless the case is about logs, sendfile, a cache of open
files where there is one and large enough for all that is asked for.
"""
import http.client
import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from machine import Group

BUILD = Path(os.environ.get("BUILD", "build/x86_64")).resolve()
NOBODY_WAITS = 10  # seconds for a server to start or to end


@dataclass
class Wish:
    """What a server is to do."""
    root: Path
    folder: Path          # for its files
    port: int
    workers: int = 1
    connections: int = 1024
    log: Path | None = None
    floor: str = "keep"   # the floor's way of doing the same
    target: str = "/small.txt"

    def write(self, name, text):
        """Write a configuration file and return its path."""
        path = self.folder / name
        path.write_text(text)
        return str(path)


def floor(wish):
    """The kernel's own cost: see floor.c."""
    return [BUILD / "bench/floor", wish.floor, wish.port,
            wish.root / wish.target.lstrip("/")]


def scratchd(wish):
    """The server of this project; its log goes to standard output."""
    return [BUILD / "scratchd", "--workers", wish.workers,
            "--access-log", "combined" if wish.log else "off",
            "--max-connections", wish.connections,
            "--listen", f"127.0.0.1:{wish.port}", wish.root]


def unguarded(wish):
    """The same without its sandbox, for what that costs."""
    return [*scratchd(wish)[:-1], "--sandbox", "off", wish.root]


def trusting(wish):
    """The same as nginx has it here: what its cache knows it believes for 60 s,
    and there is room for all that is asked for."""
    return [*scratchd(wish)[:-1], "--cache-ttl", "60000", "--cache-size",
            512 << 20, wish.root]


def bundle(wish):
    """The same with the site inside its own file."""
    made = wish.folder.parent / f"bundle-{wish.root.name}"
    program = BUILD / "scratchd"
    if not made.exists() or \
            made.stat().st_mtime < program.stat().st_mtime:
        run = subprocess.run([program, "bundle", wish.root, "-o", made],
                             capture_output=True, check=False)
        if run.returncode or not made.exists():
            return None
    return [made, *scratchd(wish)[1:-1]]


def spare_files(wish):
    """Return how many descriptors are left for open files."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return max(1000, min(limit, 65536) - 2 * wish.connections - 512)


def nginx(wish):
    """nginx.org/en/docs/http/ngx_http_core_module.html: open_file_cache,
    sendfile, tcp_nopush. What its cache knows it believes for 60 s. With a
    sixteenth of its connections left it closes idle ones."""
    log = f"{wish.log} combined buffer=64k flush=1s" if wish.log else "off"
    config = wish.write("nginx.conf", f"""
user root;
daemon off;
worker_processes {wish.workers};
pid {wish.folder}/nginx.pid;
error_log {wish.folder}/nginx.error;
events {{ worker_connections {wish.connections * 9 // 8 + 64}; }}
http {{
    include /etc/nginx/mime.types;
    access_log {log};
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 75s;
    keepalive_requests 1000000000;
    open_file_cache max={spare_files(wish)} inactive=60s;
    open_file_cache_valid 60s;
    open_file_cache_min_uses 1;
    client_body_temp_path {wish.folder}/1;
    proxy_temp_path {wish.folder}/2;
    fastcgi_temp_path {wish.folder}/3;
    uwsgi_temp_path {wish.folder}/4;
    scgi_temp_path {wish.folder}/5;
    server {{
        listen 127.0.0.1:{wish.port} backlog=4096 deferred;
        root {wish.root};
    }}
}}
""")
    return ["nginx", "-e", f"{wish.folder}/nginx.error", "-p", wish.folder,
            "-c", config]


def lighttpd(wish):
    """Its wiki, Docs_Performance: defaults, and limits that fit."""
    log = f'server.modules = ("mod_accesslog")\n' \
          f'accesslog.filename = "{wish.log}"' if wish.log else ""
    workers = wish.workers if wish.workers > 1 else 0
    config = wish.write("lighttpd.conf", f"""
server.document-root = "{wish.root}"
server.bind = "127.0.0.1"
server.port = {wish.port}
server.errorlog = "{wish.folder}/lighttpd.error"
server.max-worker = {workers}
server.max-fds = {2 * wish.connections + spare_files(wish)}
server.max-connections = {wish.connections + 64}
server.listen-backlog = 4096
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = 75
mimetype.assign = (".txt" => "text/plain", ".html" => "text/html",
    "" => "application/octet-stream")
{log}
""")
    return ["lighttpd", "-D", "-f", config]


def h2o(wish):
    """h2o.examp1e.net/configure.html; its file cache is built in."""
    log = f"access-log: {wish.log}" if wish.log else ""
    config = wish.write("h2o.conf", f"""
user: root
num-threads: {wish.workers}
max-connections: {wish.connections + 64}
http1-request-timeout: 75
listen:
  host: 127.0.0.1
  port: {wish.port}
hosts:
  default:
    paths:
      "/":
        file.dir: {wish.root}
{log}
""")
    return ["h2o", "-c", config]


def busybox(wish):
    """A process for each connection, which it does not keep; no log."""
    return None if wish.log else [
        "busybox", "httpd", "-f", "-p", f"127.0.0.1:{wish.port}", "-h",
        wish.root]


def webfs(wish):
    """One process, kept connections, sendfile."""
    log = ["-l", wish.log] if wish.log else []
    return ["webfsd", "-F", "-4", "-i", "127.0.0.1", "-p", wish.port, "-r",
            wish.root, "-c", wish.connections, "-t", "75", *log]


def mini_httpd(wish):
    """A process for each connection, which it does not keep."""
    log = ["-l", wish.log] if wish.log else []
    return ["mini_httpd", "-D", "-h", "127.0.0.1", "-p", wish.port, "-d",
            wish.root, "-u", "root", *log]


# By name: how to start it, and the package that it comes in.
KINDS = {
    "floor": (floor, None),
    "scratchd": (scratchd, None),
    "unguarded": (unguarded, None),
    "trusting": (trusting, None),
    "bundle": (bundle, None),
    "nginx": (nginx, "nginx-light"),
    "lighttpd": (lighttpd, "lighttpd"),
    "h2o": (h2o, "h2o"),
    "webfs": (webfs, "webfs"),
    "busybox": (busybox, "busybox"),
    "mini-httpd": (mini_httpd, "mini-httpd"),
}
# Who is in the tables unless others are asked for.
USUAL = " ".join(name for name in KINDS if name != "unguarded")


def on_cpus(group, cpus):
    """Return what puts a process into a group and on CPUs, before exec."""
    def enter():
        group.enter()
        os.sched_setaffinity(0, cpus)
    return enter


def command(name, wish):
    """Return what starts a server, as texts."""
    argv = KINDS[name][0](wish)
    if not argv or not shutil.which(str(argv[0])):
        raise LookupError(f"{name} cannot do this here")
    return [str(word) for word in argv]


def environment():
    """Return the environment without what would configure a server."""
    return {key: value for key, value in os.environ.items()
            if not key.startswith("SCRATCHD_") and key not in
            ("PORT", "ROUNDS", "SECONDS", "ONLY", "SERVERS", "SERIES")}


class Server:
    """A running server."""

    def __init__(self, name, wish, cpus):
        argv = command(name, wish)
        self.name, self.wish = name, wish
        self.address = ("127.0.0.1", wish.port)
        self.url = f"http://127.0.0.1:{wish.port}"
        self.group = Group()
        # Who logs to standard output logs where the others do.
        out = wish.log or wish.folder / f"{name}.out"
        with open(out, "wb") as stdout, \
                open(wish.folder / f"{name}.err", "wb") as stderr:
            self.proc = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, env=environment(),
                stdout=stdout, stderr=stderr, cwd=wish.folder,
                preexec_fn=on_cpus(self.group, cpus), start_new_session=True)
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise

    def wait(self):
        """Wait until it accepts connections."""
        end = time.monotonic() + NOBODY_WAITS
        while time.monotonic() < end:
            if self.proc.poll() is not None:
                raise RuntimeError(f"{self.name} ended: " + (
                    self.wish.folder / f"{self.name}.err").read_text())
            try:
                socket.create_connection(self.address).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.002)
        raise RuntimeError(f"{self.name} does not start")

    def cpu(self):
        """Return user and system seconds of all its processes so far."""
        return self.group.cpu(self.proc.pid)

    def pids(self):
        """Return its processes."""
        return self.group.pids(self.proc.pid)

    def get(self, target, content, count=1):
        """Ask for a file so many times and assert its exact bytes. Return
        whether the connection was kept."""
        client = http.client.HTTPConnection(*self.address, timeout=30)
        kept = True
        for _ in range(count):
            client.request("GET", target)
            response = client.getresponse()
            got = response.read()
            assert response.status == 200, f"{self.name}: {response.status}"
            assert got == content, f"{self.name}: other bytes: {target}"
            kept = kept and not response.will_close
        client.close()
        return kept

    def pipelines(self, target, content, count):
        """Whether requests that are sent at once are all answered."""
        request = f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
        got = b""
        with socket.create_connection(self.address, timeout=2) as sock:
            sock.sendall(request * count)
            try:
                while got.count(content) < count:
                    data = sock.recv(65536)
                    if not data:
                        break
                    got += data
            except (TimeoutError, ConnectionResetError):
                pass
        return got.count(content) == count

    def stop(self):
        """End all its processes."""
        if self.proc.poll() is None:
            self.proc.terminate()
            try:
                self.proc.wait(NOBODY_WAITS)
            except subprocess.TimeoutExpired:
                pass
        # Whoever is left: the session is the server's own.
        try:
            os.killpg(self.proc.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.proc.wait()
        self.group.close()
