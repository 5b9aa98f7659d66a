"""Requests per second and latency of every peer, interleaved: A B C … A B C …, ratios taken round by round."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from subprocess import Popen

import uvloop

from tests.bench import contract, load, probes, processes

PEERS = {
    "nexus": "Nexus",
    "fastapi": "FastAPI",
    "litestar": "Litestar",
    "connexion": "stock Connexion",
    "by_hand": "bare ASGI",
    "judging": "  only judging",
    "bare": "  not even that",
}
KINDS = ("POST", "GET")
# Bare ASGI does what all others do: it judges, knows and counts its caller, and tells the audit log. The rows below it
# show what that costs, and what the server itself does.
AT_LEAST = {"fastapi": 2.5, "by_hand": 0.6}
# Requests per second compare only servers that had alike shares of their core; a busy machine gives them unlike ones.
LIKE_SHARES = 0.1
_WITHOUT_WORK = ("by_hand", "judging", "bare")


@dataclass
class Peer:
    """A running peer and what its runs have shown, by kind of request."""

    name: str
    port: int
    process: Popen
    figures: dict[str, list[load.Figures]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    cpu_us: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def forget(self) -> None:
        """Drop what has been shown: it was the warm-up."""
        for kind in KINDS:
            self.figures[kind].clear()
            self.cpu_us[kind].clear()

    def middle(self, kind: str, name: str) -> float:
        """The median over the rounds."""
        return median(getattr(figures, name) for figures in self.figures[kind])

    def share(self, kind: str) -> float:
        """How much of its core the peer had, the median over the rounds."""
        rounds = zip(self.figures[kind], self.cpu_us[kind], strict=True)
        return median(figures.per_second * used / 1e6 for figures, used in rounds)


def main(*, short: bool) -> list[str]:
    """Measure and print; return what is not as required."""
    rounds, seconds = (1, 0.2) if short else (30, 0.15)
    server_core, load_core = _cores()
    load.pin(load_core)
    requests = {
        "POST": [contract.post_request(resource) for resource in contract.RESOURCES],
        "GET": [contract.get_request(resource) for resource in contract.RESOURCES],
    }
    with ExitStack() as stack:
        peers = [_start(stack, name, server_core) for name in PEERS]
        failures = [lapse for peer in peers for lapse in _check(peer)]
        for peer in peers:
            _measure(peer, requests, 0.2)
            peer.forget()
        for _ in range(rounds):
            for peer in peers:
                _measure(peer, requests, seconds)
    by_name = {peer.name: peer for peer in peers}
    _print_table(by_name, rounds, seconds)
    return failures + _refusals(peers) + ([] if short else _shortfalls(by_name))


def _start(stack: ExitStack, name: str, core: int) -> Peer:
    port = processes.free_port()
    process = stack.enter_context(processes.running(["-m", "tests.bench.peers", name, str(port), str(core)]))
    processes.first_answer(process, port, probes.GOOD["a create"])
    return Peer(name, port, process)


def _check(peer: Peer) -> list[str]:
    """Prove that the peer does the work. What another cannot do is printed; what we do not do is a failure."""
    if peer.name in _WITHOUT_WORK:
        return []
    lapses = probes.lapses(peer.port)
    for lapse in lapses:
        print(f"{PEERS[peer.name]} does not refuse {lapse}")
    return [f"Nexus answers otherwise: {lapse}" for lapse in lapses] if peer.name == "nexus" else []


def _measure(peer: Peer, requests: Mapping[str, list[bytes]], seconds: float) -> None:
    for kind in KINDS:
        before = processes.cpu_seconds(peer.process)
        figures = uvloop.run(load.measure(peer.port, requests[kind], seconds))
        used = processes.cpu_seconds(peer.process) - before
        peer.figures[kind].append(figures)
        peer.cpu_us[kind].append(used / figures.answers * 1e6)


def ratio(peers: Mapping[str, Peer], kind: str, name: str, to: str) -> float:
    """The median, over the rounds, of one peer's requests per second by another's in the same round."""
    pairs = zip(peers[name].figures[kind], peers[to].figures[kind], strict=True)
    return median(mine.per_second / theirs.per_second for mine, theirs in pairs)


def _print_table(peers: Mapping[str, Peer], rounds: int, seconds: float) -> None:
    print(f"\nHTTP: {2 * len(contract.RESOURCES)} operations, {load.CONNECTIONS} connections, one worker on one core,")
    print(
        f"the load on another; medians of {rounds} interleaved round(s) of {seconds:g} s; no line per request logged\n"
    )
    for kind in KINDS:
        print(f"{kind:<19}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>9}{'core':>7}{'/ FastAPI':>11}{'/ bare':>9}")
        for name, title in PEERS.items():
            peer = peers[name]
            shown = [f"{peer.middle(kind, 'per_second'):>9,.0f}"]
            shown += [f"{peer.middle(kind, quantile):>9.2f}" for quantile in ("p50_ms", "p99_ms")]
            shown.append(f"{median(peer.cpu_us[kind]):>9.0f}{peer.share(kind):>7.0%}")
            shown += [
                f"{ratio(peers, kind, name, 'fastapi'):>11.2f}",
                f"{ratio(peers, kind, name, 'by_hand'):>9.2f}",
            ]
            print(f"{title:<19}" + "".join(shown))
        print()
    idle = min(peer.middle(kind, "generator_idle") for peer in peers.values() for kind in KINDS)
    print(f"The load generator had nothing to do in {idle:.0%} of its turns or more: it is not what was measured.")


def _refusals(peers: list[Peer]) -> list[str]:
    return [
        f"{PEERS[peer.name]} refused {sum(run.refused for run in peer.figures[kind])} {kind} requests"
        for peer in peers
        for kind in KINDS
        if any(run.refused for run in peer.figures[kind])
    ]


def _shortfalls(peers: Mapping[str, Peer]) -> list[str]:
    return [problem for kind in KINDS for to in AT_LEAST if (problem := _judge(peers, kind, to))]


def _judge(peers: Mapping[str, Peer], kind: str, to: str) -> str | None:
    """What is wrong with one ratio, if anything: that it is too low, or that this run cannot tell."""
    reached, least = ratio(peers, kind, "nexus", to), AT_LEAST[to]
    ours, theirs = peers["nexus"].share(kind), peers[to].share(kind)
    said = f"{kind} {reached:.2f} of {PEERS[to]} (required: {least})"
    if abs(ours - theirs) > LIKE_SHARES:
        print(f"UNSURE {said}: the shares of the core were {ours:.0%} and {theirs:.0%}")
        return f"{said}: not comparable, run it on a quiet machine"
    print(f"{'PASS' if reached >= least else 'FAIL'}   {said}")
    return None if reached >= least else said


def _cores() -> tuple[int, int]:
    """The server's core and the load's; -1 where there is no second one, and then the figures say little."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) == 1:
        print("Only one core: server and load share it")
        return -1, -1
    return available[0], available[1]
