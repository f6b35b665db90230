"""steps: what a bench of hours has measured so far, kept in a file: broken off and started again,
it goes on after the last step, as long as the programs and what is asked are the same."""
import json
import os

from rig import SERVICES


class Steps:
    def __init__(self, path, rig, options):
        """Only a full bench goes on where another ended; a short one begins anew."""
        self.path, self.found = path, {}
        built = {s: os.stat(os.path.join(rig.bin, "batuta-" + s)).st_mtime for s in SERVICES}
        self.same = json.loads(json.dumps({"programs": built, "options": options}))
        if options["mode"] != "full":
            self.done()
            return
        try:
            with open(path, encoding="utf-8") as file:
                before = json.load(file)
        except (FileNotFoundError, ValueError):
            return
        if before["same"] == self.same:
            self.found = before["steps"]

    def kept(self, name):
        return self.found.get(name)

    def keep(self, name, results):
        self.found[name] = results
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump({"same": self.same, "steps": self.found}, file, indent=1)
        os.replace(self.path + ".new", self.path)

    def done(self):
        if os.path.exists(self.path):
            os.unlink(self.path)
