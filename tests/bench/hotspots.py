"""hotspots: where each service's processor time goes while it works off a backlog: the ten
functions that take most, by perf (cpu-clock, so that it works without hardware counters), and the
same for their Postgres backends."""
import os
import re
import signal
import subprocess

TOP = 10


class Recording:
    def __init__(self, program, folder, options=("-F", "997")):
        """options: of perf record; ("-F", "499", "--call-graph", "dwarf") shows callers too."""
        os.makedirs(folder, exist_ok=True)
        self.program, self.folder, self.options, self.running = program, folder, options, {}

    def backends(self):
        """The services' connections: postgres-orders and so on."""
        return {"postgres-" + user.removeprefix("batuta_"): pid for user, pid in
                self.program.rig.rows("select usename, max(pid) from pg_stat_activity"
                                      " where datname = %s and usename like 'batuta_%%'"
                                      " and usename not like '%%read' group by 1",
                                      (self.program.database,))}

    def __call__(self, pids):
        for name, pid in {**pids, **self.backends()}.items():
            self.running[name] = subprocess.Popen(
                ["perf", "record", "-q", "-e", "cpu-clock", *self.options,
                 "-p", str(pid), "-o", self.file(name)],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self.end

    def file(self, name):
        return os.path.join(self.folder, name + ".perf")

    def end(self):
        for process in self.running.values():
            process.send_signal(signal.SIGINT)
        for process in self.running.values():
            process.wait(60)

    def report(self, name, *options):
        done = subprocess.run(["perf", "report", "-i", self.file(name), "--stdio", "-q",
                               "--percent-limit", "0.3", "-g", "none", "--no-inline", *options],
                              capture_output=True, text=True, timeout=300)
        return [line.rstrip() for line in done.stdout.splitlines() if line.strip()]

    def top(self, name):
        """[(percent, function, library)], most first, each function's own time."""
        found = []
        for line in self.report(name, "--no-children", "--sort", "symbol,dso"):
            part = re.match(r"\s*([\d.]+)%\s+\[(.)\]\s+(\S+)\s+(\S+)", line)
            if part:
                found.append((float(part.group(1)), part.group(3),
                              "kernel" if part.group(2) == "k" else part.group(4)))
        return found[:TOP]

    def shares(self, name):
        """Own time by thread and by library: what is the loop's, what is librdkafka's."""
        return {key: [re.sub(r"\s+", " ", line.strip()) for line in
                      self.report(name, "--no-children", "--sort", key)[:6]]
                for key in ("comm,tid", "dso")}


def table(recording, names, us):
    """Lines of text: top ten of each, in microseconds an order where `us` has the whole."""
    lines = []
    for name in names:
        whole = us.get(name)
        lines.append(f"{name}: {whole:.1f} us an order" if whole else f"{name}:")
        for percent, function, library in recording.top(name):
            cost = f"{whole * percent / 100:6.1f} us  " if whole else ""
            lines.append(f"  {percent:5.1f} %  {cost}{function}  ({library})")
    return lines
