# SPDX-License-Identifier: MIT
"""Starts other people's programs beside the server: nginx and haproxy, as
plain processes that keep all they write below one folder."""
import socket
import subprocess

from harness import free_port
from wire import wait_for

NGINX = """\
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    access_log off;
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    {http}
    server {{
        listen {listen};
        server_name test;
        {server}
    }}
}}
"""

HAPROXY = """\
global
    tune.bufsize 65536
defaults
    mode http
    timeout connect 10s
    timeout client 10s
    timeout server 10s
frontend front
    bind {bind}
    default_backend back
backend back
    http-reuse always
    {options}
    server one 127.0.0.1:{upstream} {server}
"""


class Program:
    """A running program that listens on 127.0.0.1 at self.port."""

    def __init__(self, argv, port):
        self.port = port
        self.address = ("127.0.0.1", port)
        self.proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT)
        try:
            wait_for(self.answers, argv[0])
        except BaseException:
            self.stop()
            raise

    def answers(self):
        """Whether it accepts connections."""
        assert self.proc.poll() is None, self.proc.stdout.read()
        try:
            socket.create_connection(self.address).close()
        except ConnectionRefusedError:
            return False
        return True

    def stop(self):
        """End it, by its pid."""
        self.proc.terminate()
        self.proc.wait(20)
        self.proc.stdout.close()


def start_nginx(folder, server, http="", listen="127.0.0.1:{port}"):
    """Start nginx with these lines in its server and http blocks."""
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, server=server, http=http,
                                   listen=listen.format(port=port)))
    # Root's worker would be another user, who cannot look below /tmp.
    return Program(["/usr/sbin/nginx", "-e", f"{folder}/error.log", "-p",
                    str(folder), "-c", str(config), "-g", "user root;"], port)


def start_haproxy(folder, upstream, options="", server="",
                  bind="127.0.0.1:{port}"):
    """Start haproxy in front of a port of 127.0.0.1, with these words on the
    line of its server and this line besides."""
    port = free_port()
    config = folder / "haproxy.cfg"
    config.write_text(HAPROXY.format(upstream=upstream, options=options,
                                     bind=bind.format(port=port),
                                     server=server))
    return Program(["/usr/sbin/haproxy", "-db", "-q", "-f", str(config)],
                   port)
