"""Tell scikit-learn's callbacks of the epochs of a network."""

import keras


class FitTasks(keras.callbacks.Callback):
    """Open a task for each epoch, and stop the training where a callback asks for it.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext or NoContext
        Of the task that the epochs are parts of.
    name : str
        Of each task.
    **facts
        What the callbacks may see, as in scikit-learn's `call_on_fit_task_end`.
    """

    def __init__(self, context, name, **facts):
        super().__init__()
        self.context = context
        self.name = name
        self.facts = facts

    def on_epoch_begin(self, epoch, logs=None):
        """Open the task."""
        self._task = self.context.subcontext(task_name=self.name)
        self._task.call_on_fit_task_begin(**self.facts)

    def on_epoch_end(self, epoch, logs=None):
        """Close the task."""
        if self._task.call_on_fit_task_end(**self.facts):
            self.model.stop_training = True
