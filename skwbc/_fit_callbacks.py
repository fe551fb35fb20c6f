"""scikit-learn's callbacks, where it has them (1.9 and later), and silence where it has not.

A fit is a tree of tasks: search, pipeline, step, epoch. Each task has a context, which tells the
callbacks of its beginning and its end.
"""

from contextlib import nullcontext

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stand in for scikit-learn's mixin: nobody is told."""

        def _init_callback_context(self, **settings):
            return NoContext()

    def with_callbacks(method):
        """Stand in for scikit-learn's decorator."""
        return method


__all__ = ["CallbackSupportMixin", "NoContext", "with_callbacks"]


class NoContext:
    """The context of a task that nobody watches."""

    def subcontext(self, **settings):
        """Open a task below this one."""
        return self

    def call_on_fit_task_begin(self, **facts):
        """Tell nobody."""
        return self

    def call_on_fit_task_end(self, **facts):
        """Tell nobody, and go on."""
        return False

    def propagate_callback_context(self, step):
        """Let a step fit as if it stood alone."""
        return nullcontext()
