"""Programs of the benchmarks, and a lull-server to put a load on."""
import json
import os
import signal
import subprocess
import time

# Of the store's writing connection: nothing is in it after a start, writing fills it.
CACHE_SIZE = "64 MiB"

CONFIG = """
limits: {max_live_jobs: 50000000}
default_class: standard
classes: [{name: standard, ttl: 24h}]
upstreams: [{name: up, base_url: "http://127.0.0.1:9", credential: key}]
route_groups: [{name: chat, models: [m1], upstreams: [{upstream: up}]}]
"""

_programs = {}


def find_programs(targets, config, build=True):
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    bazel = ["bazel"] + os.environ.get("BAZEL_STARTUP", "").split()
    options = [f"--config={config}"] if config else []
    options += os.environ.get("BAZEL_OPTIONS", "").split()
    if build:
        subprocess.run(bazel + ["build"] + options + targets, cwd=root, check=True)
    found = subprocess.run(bazel + ["info"] + options + ["bazel-bin"], cwd=root, check=True, stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True)
    for target in targets:
        package, _, name = target[2:].partition(":")
        name = name or package.rsplit("/", 1)[-1]
        _programs[name] = os.path.join(found.stdout.strip(), package, name)


def program(name):
    return _programs[name]


def number(word):
    try:
        return float(word)
    except ValueError:
        return word


def run_line(name, *arguments):
    """Runs a yardstick; its line of key=value pairs."""
    words = [program(name)] + [str(argument) for argument in arguments]
    line = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {key: number(value) for key, _, value in (pair.partition("=") for pair in line.split())}


def loadgen(server, mode, **options):
    """Runs loadgen; its report. Fails where a call failed."""
    options.setdefault("time", "15m")
    words = [program("loadgen"), mode, f"--server={server.address}", "--output=json"]
    for name, value in options.items():
        name = "--" + name.replace("_", "-")
        words.append(name if value is True else f"{name}={value}")
    run = subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return json.loads(run.stdout)


def cold_caches():
    """Empties the page cache; False where that is not allowed."""
    os.sync()
    try:
        with open("/proc/sys/vm/drop_caches", "w") as file:
            file.write("3")
    except OSError:
        return False
    return True


class Server:
    """A server over a folder of its own; runs from `with` until its end."""

    def __init__(self, folder):
        self.folder = folder
        self.address = ""
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self):
        """Returns the seconds until it serves."""
        config = os.path.join(self.folder, "server.yaml")
        ready = os.path.join(self.folder, "ready")
        with open(config, "w") as file:
            file.write(CONFIG)
        if os.path.exists(ready):
            os.remove(ready)
        begin = time.monotonic()
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [program("lull-server"), f"--config={config}", f"--data-dir={self.folder}/data",
                 "--grpc-address=127.0.0.1:0", "--http-address=none", f"--ready-file={ready}"], stderr=log, stdout=log)
        while not os.path.exists(ready):
            if self.process.poll() is not None or time.monotonic() - begin > 300:
                with open(os.path.join(self.folder, "log")) as log:
                    raise RuntimeError("lull-server does not start: " + log.read()[-2000:])
            time.sleep(0.002)
        took = time.monotonic() - begin
        with open(ready) as file:
            self.address = json.load(file)["grpc"]
        return took

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def rss_bytes(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
