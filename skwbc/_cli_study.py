"""The study of ``skwbc ablation``: it speaks of files and options, and keeps its command."""

from skwbc._ablation import AblationStudy
from skwbc._ablation_siblings import describe_leaks
from skwbc._cli_command import keep_command


class CommandStudy(AblationStudy):
    """An :class:`AblationStudy` of images that have files, and of options that were given."""

    def tell_command(self, names, command=None):
        """Take what only the command knows; `fit` needs it.

        Parameters
        ----------
        names : list of str
            Of the files of all images.
        command : tuple of Path and list of str, default=None
            The folder to keep the command in, and its arguments. None keeps nothing.
        """
        self._names = names
        self._command = command

    def check(self, X, y, groups):
        """Raise what `fit` would raise of these images before any training.

        Parameters
        ----------
        X, y, groups : array-like
            As `fit` takes them.
        """
        self._prepare(X, y, groups)

    def _begin(self):
        """Keep the command now that the folder is its own: before, it may be refused."""
        if self._command is not None:
            keep_command(*self._command)

    def _tell_leaks(self, leaks):
        return (
            f"{describe_leaks(leaks, self._names)} Leave one of each pair out, or give both one "
            "group in a table (--labels)."
        )
