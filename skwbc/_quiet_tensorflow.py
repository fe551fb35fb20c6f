"""Start TensorFlow without its chatter, for programs that own the terminal."""

import os
import sys
import tempfile
from contextlib import contextmanager


@contextmanager
def hold_back_stderr():
    """Hold back what is written to file descriptor 2, by C++ as well, and drop it.

    If the block raises, the text is written after all: it may say why.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held_back:
        stderr = os.dup(2)
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except BaseException:
            _restore(stderr)
            held_back.seek(0)
            os.write(2, held_back.read())
            raise
        _restore(stderr)


def _restore(stderr):
    sys.stderr.flush()
    os.dup2(stderr, 2)
    os.close(stderr)


def start_tensorflow():
    """Import TensorFlow and find its devices, silently.

    The log level alone does not do it: what C++ logs while TensorFlow is loaded, before the
    level is read, and when it first looks for a GPU goes straight to file descriptor 2. Python
    exceptions are not hidden; later logs are, unless TF_CPP_MIN_LOG_LEVEL is set: TensorFlow
    logs optimisations that it leaves out as errors.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with hold_back_stderr():
        import tensorflow

        tensorflow.config.list_logical_devices()
    tensorflow.get_logger().setLevel("ERROR")
