# SPDX-License-Identifier: MIT
"""What is no matter of load: memory with idle connections (W7), the way from
exec to the first answer (W8), and how even the workers' shares are."""
import os
import signal
import socket
import time
from pathlib import Path

import cases
import clients
from machine import CPUS, tree_cpu
from sample import NoGroup, wish_for
from servers import Server, command, environment, on_cpus

IDLE = 10000
STARTS = 10
# Bundles of little and of much: what they carry is not read at the start.
BUNDLES = {f"bundle of {mib} MiB": mib for mib in (1, 256)}
BALANCED = ("scratchd", "nginx", "lighttpd", "h2o")


def pss(pids):
    """Return the bytes of user memory of processes, shared ones in part."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def kernel_memory():
    """Return the bytes of the kernel's objects, of the whole machine."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("Slab:"):
            return int(line.split()[1]) * 1024
    return 0


def open_idle(address, count):
    """Open connections that have had one answer each, and keep them. It is
    done here since no load generator stops after one request."""
    request = b"GET /small.txt HTTP/1.1\r\nHost: a\r\n\r\n"
    opened = []
    for _ in range(count):
        sock = socket.create_connection(address, timeout=5)
        opened.append(sock)
        sock.sendall(request)
        got = b""
        while not got.endswith(cases.SMALL):
            data = sock.recv(4096)
            if not data:
                raise LookupError("connections are not kept")
            got += data
    return opened


def still_open(opened):
    """Whether the server has closed none of them meanwhile."""
    for sock in opened:
        sock.setblocking(False)
        try:
            if not sock.recv(1, socket.MSG_PEEK):
                return False
        except BlockingIOError:
            continue
        except ConnectionResetError:
            return False
    return True


def memory(name, plan):
    """Return the memory of a server with IDLE connections."""
    root = cases.make_site(plan.folder)
    case = cases.Case("W7", "", connections=IDLE)
    server = Server(name, wish_for(name, case, plan.folder, root), {CPUS[0]})
    opened = []
    try:
        if not server.get(case.target, cases.SMALL, 50):
            raise LookupError(f"{name} does not keep connections")
        before, kernel = pss(server.pids()), kernel_memory()
        opened = open_idle(server.address, IDLE)
        if not still_open(opened):
            raise LookupError(f"{name} does not keep {IDLE} connections")
        after, kernel = pss(server.pids()), kernel_memory() - kernel
        return {"server": name, "before": before, "after": after,
                "each": (after - before) / IDLE, "kernel": kernel / IDLE}
    finally:
        for sock in opened:
            sock.close()
        server.stop()


def ask(address, end):
    """Ask until there is an answer, and return the time when it came."""
    while time.monotonic() < end:
        try:
            with socket.create_connection(address, timeout=5) as sock:
                sock.sendall(b"GET /small.txt HTTP/1.1\r\nHost: a\r\n"
                             b"Connection: close\r\n\r\n")
                got = b""
                while data := sock.recv(4096):
                    got += data
                    if got.endswith(cases.SMALL):
                        return time.monotonic()
        except (ConnectionRefusedError, ConnectionResetError):
            continue
    raise LookupError("no answer")


def start_once(name, plan):
    """Return the seconds from exec to the first answer, and those of CPU."""
    kind, root = name, cases.make_site(plan.folder)
    if name in BUNDLES:
        kind, root = "bundle", cases.make_sized(plan.folder, BUNDLES[name])
    wish = wish_for(kind, cases.Case("W8", ""), plan.folder, root)
    argv = command(kind, wish)
    null = os.open("/dev/null", os.O_RDWR)
    # The child inherits where this process may run.
    os.sched_setaffinity(0, {CPUS[0]})
    begin = time.monotonic()
    pid = os.posix_spawnp(argv[0], argv, environment(), setsid=True,
                          file_actions=[(os.POSIX_SPAWN_DUP2, null, fd)
                                        for fd in (0, 1, 2)])
    os.sched_setaffinity(0, {CPUS[-1]})
    os.close(null)
    try:
        taken = ask(("127.0.0.1", wish.port), begin + 10) - begin
        cpu = sum(tree_cpu(pid))
    finally:
        # A master ends its workers, and waits for them.
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + 10
        while not os.waitpid(pid, os.WNOHANG)[0]:
            if time.monotonic() > end:
                os.killpg(pid, signal.SIGKILL)
            time.sleep(0.002)
    return {"server": name, "taken": taken, "cpu": cpu}


def start(name, plan):
    """Return several starts of a server, or of one of BUNDLES."""
    return [start_once(name, plan) for _ in range(STARTS)]


def shares(server):
    """Return for each thread of a server its CPU seconds, and the bytes that
    it has written to files and pipes."""
    found = {}
    for pid in server.pids():
        for task in Path(f"/proc/{pid}/task").iterdir():
            cpu = int((task / "schedstat").read_text().split()[0]) / 1e9
            io = (task / "io").read_text().split()
            found[task.name] = cpu, int(io[io.index("wchar:") + 1])
    return found


def balance(name, case, plan):
    """Return the least busy of two workers as a part of the busiest one, by
    CPU time and by requests.

    All requests are alike and each is logged, so what a worker writes is in
    proportion to its requests. The system has all CPUs to place them on.
    """
    root = cases.make_site(plan.folder)
    wish = wish_for(name, case, plan.folder, root)
    wish.workers, wish.log = 2, plan.folder / "access.log"
    server = Server(name, wish, set(CPUS))
    try:
        server.get(case.target, cases.SMALL, 2)
        before = shares(server)
        clients.run(server.url, case, plan.seconds, plan.folder,
                    on_cpus(NoGroup(), set(CPUS)))
        after = shares(server)
    finally:
        server.stop()
    row = {"server": name, "case": case.name}
    for index, what in enumerate(("cpu", "requests")):
        used = sorted((after[task][index] - before.get(task, (0, 0))[index]
                       for task in after), reverse=True)
        row[what] = used[1] / used[0] if len(used) > 1 and used[0] else 0.0
    return row
