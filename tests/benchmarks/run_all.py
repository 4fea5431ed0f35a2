#!/usr/bin/env python3
"""Measures Lull against the bare yardsticks of this folder, in interleaved rounds, and prints ratios.

    tests/benchmarks/run_all.py             about 20 minutes on an idle machine of two cores
    tests/benchmarks/run_all.py --quick     about 3 minutes: less of everything
    tests/benchmarks/run_all.py --only echo --only life

Builds everything with --config=release first. The data goes into a new folder below --dir, which should be on the disk
that is to be measured (/tmp often is not), and is removed at the end. Every figure is a ratio of two programs that ran one
after the other in the same round, so that a change of the machine's mood meets both; the table has the median of the rounds
with the least and the greatest.
"""
import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

import lull_server
from lull_server import Server, cold_caches, loadgen, run_line

TARGETS = ["//server:lull-server", "//tools/loadgen"] + [
    "//tests/benchmarks:" + name for name in ("own_store", "reference_store", "bare_grpc", "bare_log")]


class Table:
    """Rows of figures, one value a round."""

    def __init__(self):
        self.rows = {}

    def add(self, row, value, target="", unit="x", **details):
        entry = self.rows.setdefault(row, {"target": target, "unit": unit, "values": [], "details": []})
        entry["values"].append(value)
        entry["details"].append(details)
        print(f"  {row}: {text(value, unit)}  {details_text(details)}", flush=True)

    def skip(self, row, why):
        self.rows[row] = {"target": "", "unit": "", "values": [], "details": [], "skipped": why}
        print(f"  {row}: SKIPPED, {why}", flush=True)

    def markdown(self):
        yield "| | median | least – greatest | target | of the median round |"
        yield "|---|---|---|---|---|"
        for row, entry in self.rows.items():
            values = entry["values"]
            if not values:
                yield f"| {row} | skipped | | | {entry['skipped']} |"
                continue
            unit = entry["unit"]
            middle = statistics.median_low(values)
            details = entry["details"][values.index(middle)]
            yield (f"| {row} | **{text(middle, unit)}** | {text(min(values), unit)} – {text(max(values), unit)} "
                   f"| {entry['target']} | {details_text(details)} |")


def text(value, unit):
    return f"{value:.2f} ×" if unit == "x" else f"{value:.3g} {unit}" if value < 100 else f"{value:.0f} {unit}"


def details_text(details):
    return ", ".join(f"{key.replace('_', ' ')} {value:,.0f}" if isinstance(value, (int, float)) and value >= 100
                     else f"{key.replace('_', ' ')} {value:.3g}" if isinstance(value, float)
                     else f"{key.replace('_', ' ')} {value}" for key, value in details.items())


class Benchmarks:
    """One method for each group of rows; all take the size from `self.size`."""

    def __init__(self, folder, table, quick):
        self.folder = folder
        self.table = table
        self.quick = quick
        self.reference = None
        self.single_life = None

    def size(self, quick, full):
        return quick if self.quick else full

    def path(self, name):
        path = os.path.join(self.folder, name)
        shutil.rmtree(path, ignore_errors=True)
        os.mkdir(path)
        return path

    def store(self):
        jobs = self.size(40_000, 100_000)
        folder = self.path("store")
        self.reference = run_line("reference_store", folder, jobs, 10_000)
        own = run_line("own_store", folder, jobs, 10_000)
        log = run_line("bare_log", folder, jobs)
        shutil.rmtree(folder)
        self.table.add("own store / reference store", own["life"] / self.reference["life"], "≥ 0.9",
                       own=own["life"], reference=self.reference["life"], bare_log=log["rate"],
                       fdatasync_us=own["fdatasync_us"])

    def echo(self):
        for in_flight in (64, 256):
            count = self.size(60_000, 200_000)
            echo = run_line("bare_grpc", "echo", count, in_flight, 1024)
            with Server(self.path("echo")) as server:
                loadgen(server, "create", jobs=2_000, in_flight=in_flight)  # the first ones warm it up
                before = server.cpu_seconds()
                run = loadgen(server, "create", jobs=count // 3, in_flight=in_flight)
                cpu = server.cpu_seconds() - before
            self.table.add(f"CreateJob, {in_flight} in flight / bare echo", run["rate"] / echo["rate"], "≥ 0.25",
                           lull=run["rate"], echo=echo["rate"], p99_ms=run["latency"]["p99_ms"],
                           server_cpu_us=cpu / run["jobs"] * 1e6)

    def submit(self):
        reference = self.reference or run_line("reference_store", self.path("store"), 40_000, 10_000)
        with Server(self.path("submit")) as server:
            loadgen(server, "submit", jobs=5_000)
            run = loadgen(server, "submit", jobs=self.size(100_000, 400_000), connections=2)
        self.table.add("SubmitJobs, 100 a message / the reference store's inserts", run["rate"] / reference["submit"],
                       "≥ 0.4", lull=run["rate"], reference=reference["submit"], p99_ms=run["latency"]["p99_ms"])

    def life(self):
        reference = self.reference or run_line("reference_store", self.path("store"), 40_000, 10_000)
        jobs = self.size(60_000, 200_000)
        with Server(self.path("life")) as server:
            loadgen(server, "submit", jobs=10_000)
            before = server.cpu_seconds()
            bulk = loadgen(server, "life", jobs=jobs)
            cpu = server.cpu_seconds() - before
            single = loadgen(server, "life", jobs=jobs // 3, per_message=1, in_flight=64)
        self.single_life = single["rate"]
        self.table.add("whole life, in bulk, two worker processes / the reference store's life",
                       bulk["rate"] / reference["life"], "≥ 0.4", lull=bulk["rate"], reference=reference["life"])
        self.table.add("whole life, submitted singly / the reference store's life", single["rate"] / reference["life"],
                       "reported", lull=single["rate"], reference=reference["life"])
        self.table.add("server CPU a job, whole life in bulk", cpu / bulk["jobs"] * 1e6, "reported", "µs")

    def latency(self):
        seconds = self.size("5s", "15s")
        with Server(self.path("latency")) as server:
            loadgen(server, "latency", time="2s", rate=50, in_flight=4)
            run = loadgen(server, "latency", time=seconds, rate=50, in_flight=4)
            self.table.add("submit to start p99, idle (50 jobs/s)", run["latency"]["p99_ms"], "≤ 5 ms", "ms",
                           p50_ms=run["latency"]["p50_ms"], max_ms=run["latency"]["max_ms"])
            rate = int((self.single_life or loadgen(server, "life", jobs=20_000, per_message=1)["rate"]) / 2)
            run = loadgen(server, "latency", time=seconds, rate=rate, in_flight=32)
            self.table.add("submit to start p99, half load", run["latency"]["p99_ms"], "≤ 20 ms", "ms",
                           jobs_per_second=rate, reached=run["rate"], p50_ms=run["latency"]["p50_ms"])

    def fanout(self):
        for watchers in (100, 1000):
            events = self.size(200_000, 1_000_000) // watchers
            bare = run_line("bare_grpc", "fanout", events, watchers, 128)
            with Server(self.path("fanout")) as server:
                run = loadgen(server, "watch", jobs=events, watchers=watchers, body_bytes=200)
            self.table.add(f"status fan-out, {watchers} watchers, events / bare fan-out's messages",
                           run["rate"] / bare["rate"], "≥ 0.4", lull=run["rate"], bare=bare["rate"],
                           events_a_message=run["jobs"] / run["messages"])

    def waiting(self):
        many = self.size(300_000, 5_000_000)
        jobs = self.size(60_000, 200_000)
        rates = {}
        for waiting in (10_000, many):
            with Server(self.path("waiting")) as server:
                loadgen(server, "submit", jobs=waiting, connections=2, body_bytes=200)
                rates[waiting] = loadgen(server, "life", jobs=jobs, backlog=10_000)["rate"]
        self.table.add(f"whole life with {many:,} waiting / with 10,000", rates[many] / rates[10_000], "≥ 0.7",
                       many=rates[many], few=rates[10_000])

    def memory(self):
        live = self.size(200_000, 1_000_000)
        folder = self.path("memory")
        with Server(self.path("empty")) as server:
            loadgen(server, "submit", jobs=100)
            server.kill()
            server.start()
            empty = server.rss_bytes()
            fresh_submit = loadgen(server, "submit", jobs=self.size(50_000, 100_000))["rate"]
            fresh_life = loadgen(server, "life", jobs=self.size(30_000, 100_000))["rate"]
        jobs = {"labels": 3, "request_ids": True, "ttl": "48h", "body_bytes": 1024}
        with Server(folder) as server:
            filled = loadgen(server, "submit", jobs=live, connections=2, **jobs)["rate"]
            server.kill()
            cold = cold_caches()
            ready = server.start()
            self.table.add(f"memory a live job, of {live:,}, after a restart", (server.rss_bytes() - empty) / live,
                           "≤ 200 B", "B", empty_MiB=empty / 2**20, cache_size=lull_server.CACHE_SIZE)
            self.table.add(f"ready after SIGKILL with {live:,} live jobs", ready, "≤ 2 s", "s",
                           caches="cold" if cold else "WARM: dropping them needs root")
            submit = loadgen(server, "submit", jobs=self.size(50_000, 100_000), **jobs)["rate"]
            life = loadgen(server, "life", jobs=self.size(30_000, 100_000))["rate"]
        self.table.add(f"SubmitJobs beside {live:,} live jobs / beside none", submit / fresh_submit, "reported",
                       beside=submit, none=fresh_submit, filling_them=filled)
        self.table.add(f"whole life beside {live:,} live jobs / beside none", life / fresh_life, "reported",
                       beside=life, none=fresh_life)


def machine():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"{datetime.date.today()}, {os.cpu_count()} cores of {model}, {memory:.0f} GiB, Linux {platform.release()}, "
            f"load average {os.getloadavg()[0]:.1f} at the start")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less of everything, one round less")
    parser.add_argument("--rounds", type=int, help="rounds of the interleaved rows (default 3; --quick: 1)")
    parser.add_argument("--only", action="append", help="store, echo, submit, life, latency, fanout, memory or waiting")
    parser.add_argument("--dir", default=".", help="where the data goes (default: here)")
    parser.add_argument("--json", help="also write every value into this file")
    parser.add_argument("--config", default="release", help="Bazel's --config; empty: none (default: release)")
    parser.add_argument("--no-build", action="store_true", help="take the programs as they are")
    options = parser.parse_args()
    lull_server.find_programs(TARGETS, options.config, build=not options.no_build)
    once = ("waiting", "memory")  # long, and not a matter of the machine's mood
    rounds = options.rounds or (1 if options.quick else 3)
    folder = tempfile.mkdtemp(prefix="lull_benchmark.", dir=options.dir)
    table = Table()
    header = machine()
    print(header, flush=True)
    try:
        benchmarks = Benchmarks(folder, table, options.quick)
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", flush=True)
            for name in ("store", "echo", "submit", "life", "latency", "fanout"):
                if not options.only or name in options.only:
                    getattr(benchmarks, name)()
        for name in once:
            if not options.only or name in options.only:
                print(name, flush=True)
                getattr(benchmarks, name)()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{header}\n")
    print("\n".join(table.markdown()))
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"machine": header, "rows": table.rows}, file, indent=2)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error}\n{error.stdout or ''}{error.stderr or ''}")
