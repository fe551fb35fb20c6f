"""A study that trains nothing, for tests of the command line."""

import pandas as pd

from skwbc import cli
from skwbc._cli_command import keep_command


class FakeStudy:
    """Stands in for CommandStudy: keeps what it is given and trains nothing."""

    made = checked = ()

    def __init__(self, models, arms, **parameters):
        self.models, self.arms_, self.parameters = models, arms, parameters
        self.protocol = parameters["protocol"]
        self.made.append(self)

    def tell_command(self, names, command=None):
        self.command = command

    def check(self, X, y, groups=None):
        self.made.remove(self)
        self.checked.append(self)

    def fit(self, X, y, groups=None):
        self.parameters["folder"].mkdir(parents=True, exist_ok=True)
        if self.command is not None:
            keep_command(*self.command)
        self.X, self.y, self.groups = X, y, groups
        return self

    def table(self):
        return pd.DataFrame({"test": [0.5]}, index=["original"])

    def compare(self):
        row = {"difference": 0.1, "low": -0.2, "high": 0.4, "p": 0.4, "n_folds": 6}
        row |= {"p_adjusted": 0.9, "smallest_difference": 0.5}
        table = pd.DataFrame([row], index=["GAN"])
        table.attrs["baseline"] = "copies"
        return table

    def verdict(self):
        return ["GAN: nobody knows."]

    def limits(self):
        return ["One split says little."]

    def report(self, path, *, notes, names):
        self.notes, self.names = notes, names
        path.mkdir(parents=True, exist_ok=True)
        (path / "report.md").write_text("table")
        return [path / "report.md"]


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])
