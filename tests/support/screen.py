"""screen: what is going on: a bar at the bottom of a terminal, plain lines elsewhere."""
import sys
import time

WIDTH = 28


class Screen:
    """Stages with weights; inside a stage, done of total."""

    def __init__(self, name, stages, out=sys.stdout):
        self.name, self.stages, self.out = name, stages, out
        self.terminal = out.isatty()
        self.total = sum(weight for _, weight in stages)
        self.before = 0
        self.stage = self.weight = None
        self.share = 0.0
        self.text = ""
        self.times = []     # (stage, seconds) of those that are done
        self.drawn_at = self.told_at = 0
        self.started = self.begun = time.monotonic()

    def begin(self, stage):
        self.close()
        self.before += self.weight or 0
        self.stage = stage
        self.weight = dict(self.stages)[stage]
        self.share, self.text, self.told_at = 0.0, "", time.monotonic()
        self.begun = time.monotonic()
        if not self.terminal:
            self.say(f"{stage} ...")
        self.draw(True)

    def close(self):
        """Says how long the stage took."""
        if self.stage:
            self.times.append((self.stage, time.monotonic() - self.begun))
            self.say(f"{self.stage}: done in {self.times[-1][1]:.1f} s")

    def step(self, done, total, text=""):
        """How far the stage is; on a terminal at once, else a line now and then."""
        self.share = min(1.0, done / total) if total else 1.0
        self.text = text
        if self.terminal:
            self.draw(False)
        elif time.monotonic() - self.told_at >= 5:
            self.told_at = time.monotonic()
            self.say(f"{self.stage}: {done} of {total}{', ' + text if text else ''}")

    def draw(self, now):
        if not self.terminal or not now and time.monotonic() - self.drawn_at < 0.1:
            return
        self.drawn_at = time.monotonic()
        part = (self.before + (self.weight or 0) * self.share) / self.total
        bar = "#" * round(WIDTH * part)
        line = f"[{bar:.<{WIDTH}}] {round(100 * part):3d} % {self.stage or ''} {self.text}"
        self.out.write("\r\x1b[K" + line[:100])
        self.out.flush()

    def say(self, text):
        """A line that stays."""
        if self.terminal:
            self.out.write("\r\x1b[K")
        self.out.write(f"{self.name}: {text}\n" if text else "\n")
        self.out.flush()
        if self.stage:
            self.draw(True)

    def end(self, well=True):
        if well:
            self.close()
        if self.terminal:
            self.out.write("\r\x1b[K")
        self.stage = None
        self.out.flush()

    def seconds(self):
        return time.monotonic() - self.started
